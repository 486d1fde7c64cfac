"""Is a table at level 0 worth less than the real one because of its labels, or because of its other columns?

    python -m benchmarks.teacher dataset=bank
    python -m benchmarks.teacher dataset=compas method.epochs=60 --seeds 0,1,2

A teacher, CatBoost trained on the real training rows, draws new labels for rows: for synthetic ones, and for real ones
(there a teacher that has not seen the row). Then p(y | x) of a table is as good as the judge itself can learn it. What
is still lost after that, no better model of the label could win back. In each group as many labels are drawn as there
were, by systematic sampling along the probability (Madow 1949), which has the least luck. All is measured on validation
rows, with CatBoost of 400 trees. The command prints a table, for docs/tried.md.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, logit

from benchmarks.settings import fitted, over_seeds
from benchmarks.validation import TREES
from experiments.columns import mean_and_std
from experiments.reports.text import markdown
from experiments.run.cell import Cell
from fairtab import Split, Table, seeds
from fairtab.frames import with_columns
from fairtab.goals.unseen import out_of_fold
from fairtab.learners.classifier import Classifier
from fairtab.learners.learner import groups_of
from fairtab.metrics.evaluate import judge

MODEL = {"iterations": TREES}
MULTIPLES = (1, 4)  # tables of as many rows as training, and of four times as many
N_FOLDS = 5


def main(arguments: list[str] | None = None) -> None:
    """Measure a setting over its seeds, and print the table."""
    _, cell, results = over_seeds(measure, __doc__, arguments)
    lines = [[name, mean_and_std(results[name])] for name in results]
    sys.stdout.write(markdown.table([cell.dataset.name, "AUC"], lines))


def measure(cell: Cell, split: Split, seed: int) -> dict[str, float]:
    """Compute the AUC of real and synthetic rows, with their own labels and with the teacher's."""

    def auc(table: Table) -> float:
        return judge(table, split.validation, seed=seed, classifier=MODEL).metrics["utility/auc"]

    train = split.train
    teacher = Classifier(seed=seeds.derive(seed, "teacher"), model=MODEL).fit(train)
    own = out_of_fold(train, split.validation, MODEL, seed=seed, n_folds=N_FOLDS).of_train
    found = {
        "real rows": auc(train),
        "real rows, labels of a teacher": auc(relabelled(train, own, seed)),
    }
    method = fitted(cell, split, seed)
    for multiple in MULTIPLES:
        table = method.sample(multiple * len(train), seed=seed)
        name = "synthetic rows" if multiple == 1 else f"synthetic rows, {multiple} times as many"
        found[name] = auc(table)
        found[f"{name}, labels of a teacher"] = auc(relabelled(table, teacher.predict_probability(table.inputs), seed))
    return found


def relabelled(table: Table, probability: np.ndarray, seed: int) -> Table:
    """Draw each row's label anew, with as many positive ones in each group as before.

    In a group all log-odds are moved by one constant, so that the probabilities add up to the number of positive rows.
    """
    rng = seeds.numpy_generator(seed, "labels")
    at, y = logit(probability.clip(1e-6, 1 - 1e-6)), table.y
    drawn = y.copy()
    groups = pd.Series(groups_of(table.inputs, table.schema, "*".join(table.schema.sensitive)))
    for rows in groups.groupby(groups).indices.values():
        if 0 < (n := y[rows].sum()) < len(rows):
            shift = brentq(lambda c, at=at[rows], n=n: expit(at + c).sum() - n, -30, 30)
            drawn[rows] = systematic(expit(at[rows] + shift), rng)
    target, positive = table.frame[table.schema.target], table.schema.positive
    negative = next((value for value in target.unique() if value != positive), None)
    labels = pd.Series(drawn, index=target.index).map({1: positive, 0: negative}).astype(target.dtype)
    return Table(with_columns(table.frame, {table.schema.target: labels}), table.schema)


def systematic(p: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw 0 or 1 with probabilities p, so that of rows with similar p as many are 1 as expected: [N]."""
    order = np.argsort(p, kind="stable")
    crossed = np.floor(rng.random() + np.r_[0, p[order].cumsum()])
    drawn = np.empty(len(p), dtype=int)
    drawn[order] = np.diff(crossed)
    return drawn


if __name__ == "__main__":
    main()
