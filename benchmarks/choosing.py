"""What does it cost to choose the offsets of groups on other rows than the test rows?

    python -m benchmarks.choosing dataset=compas
    python -m benchmarks.choosing dataset=bank --splits 0,1,2

A classifier learns from the real training table. The oracle finds the offsets of groups that are best for some rows,
with their labels in view: for the validation rows; for these and the training rows (by classifiers that have not seen
them, out of fold); for the test rows. Each set of offsets then moves the test rows. The difference of SCORE to the
last one is what the choice alone costs: the classifier is the same, and there is no synthetic table. SCORE is that of
the first sensitive attribute. Split 42 is the benchmark's own. The command prints a table, for docs/tried.md.
"""

from __future__ import annotations

import sys
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import expit

from benchmarks.settings import asked
from experiments.columns import mean_and_std
from experiments.configuration import compose_config
from experiments.reports.text import markdown
from experiments.run.cell import Cell
from fairtab import Split, Table
from fairtab.datasets import loading
from fairtab.goals.unseen import out_of_fold
from fairtab.learners.classifier import make_model
from fairtab.learners.learner import Decisions, Plain, groups_of
from fairtab.metrics.evaluate import judge
from fairtab.metrics.inputs import Predictions
from fairtab.metrics.judgement import Judge
from fairtab.metrics.oracle import Oracle, log_odds

MIN_GROUP_ROWS = 15
MODEL = {"iterations": 200}  # as many trees as in a search


class Chosen(Plain):
    """The plain classifier with the oracle's offsets for validation rows, or for training rows out of fold, too."""

    of_train: np.ndarray | None = None  # what is predicted for training rows

    def fit(self, table: Table, validation: Table, *, seed: int) -> Self:
        """Train it, and choose the offset of each group."""
        super().fit(table, validation, seed=seed)
        self.schema = table.schema
        parts = [(validation, super().predict(validation.inputs).probability)]
        if self.of_train is not None:
            parts.append((table, self.of_train))
        y, probability = (np.concatenate(values) for values in zip(*((rows.y, p) for rows, p in parts), strict=True))
        sensitive = pd.concat([rows.sensitive for rows, _ in parts], ignore_index=True)
        plain = Predictions(y, probability, (probability > 0.5).astype(int), sensitive)
        moved = Oracle().move(plain, min_group_rows=MIN_GROUP_ROWS)
        added = pd.Series(log_odds(moved.probability) - log_odds(probability))
        self.offset = added.groupby(groups_of(sensitive, self.schema)).median()
        return self

    def predict(self, inputs: pd.DataFrame) -> Decisions:
        """Predict, with the groups moved. A group without validation rows stays where it is."""
        offset = pd.Series(groups_of(inputs, self.schema)).map(self.offset).fillna(0.0)
        at = log_odds(super().predict(inputs).probability) + offset.to_numpy()
        return Decisions(expit(at), (at > 0).astype(int))


class Trained:
    """A classifier that needs no training any more."""

    def __init__(self, model: Any) -> None:
        self.predict_proba = model.predict_proba

    def fit(self, *_: Any, **__: Any) -> None:
        """Do nothing."""


def main(arguments: list[str] | None = None) -> None:
    """Measure splits of a dataset, and print the table."""
    overrides, splits = asked(__doc__, arguments, "splits", "42,1,2,3,4,5", "values of dataset.split_seed")
    scores = {}
    for split_seed in splits:
        cell = Cell.from_config(compose_config([*overrides, f"dataset.split_seed={split_seed}"]))
        scores[split_seed] = costs(loading.load(cell.dataset), seed=0)
    table = pd.DataFrame(scores).T
    lines = [[str(name), *(f"{value:.3f}" for value in row)] for name, row in table.iterrows()]
    lines.append(["mean", *(mean_and_std(table[name]) for name in table)])
    sys.stdout.write(markdown.table(["split", *table.columns], lines))


def costs(split: Split, *, seed: int) -> dict[str, float]:
    """Compute SCORE on test rows: as it is, with offsets chosen in both ways, and with the oracle's."""
    model = make_model(seed, MODEL)
    few, all_rows = (Chosen(classifier=lambda _: Trained(model)) for _ in range(2))
    all_rows.of_train = out_of_fold(split.train, split.validation, MODEL, seed=seed).of_train
    learners: dict[str, Judge] = {
        "real table": lambda _: model,  # the first one trains it
        "validation rows": few,
        "training rows, too": all_rows,
        "oracle": Oracle(classifier=lambda _: Trained(model)),
    }
    name = f"score/{split.schema.sensitive[0]}"
    scores = {
        learner: judge(
            split.train,
            split.test,
            seed=seed,
            classifier=classifier,
            min_group_rows=MIN_GROUP_ROWS,
            validation=split.validation,
        ).metrics[name]
        for learner, classifier in learners.items()
    }
    costs = {
        f"cost, {choice}": scores["oracle"] - scores[choice] for choice in ("validation rows", "training rows, too")
    }
    return {**scores, **costs}


if __name__ == "__main__":
    main()
