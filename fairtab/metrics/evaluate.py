"""Compute every metric of one synthetic table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from fairtab import seeds
from fairtab.frames import with_columns
from fairtab.metrics import bootstrap, closest, fairness, privacy
from fairtab.metrics.attacks.attacked import Attacked
from fairtab.metrics.catalogue import UNIFORM, family, split_name
from fairtab.metrics.inputs import Predictions, Tables
from fairtab.metrics.judgement import Judge, predict
from fairtab.metrics.score import scores
from fairtab.table import Split, Table
from fairtab.task import Task


@dataclass(frozen=True)
class Judged:
    """What a learner that was trained on a table says of real rows, and how good that is.

    Parameters
    ----------
    predictions : Predictions
        For the real rows.
    metrics : dict of str to float
        Utility, fairness and SCORE by name, nan if undefined.
    notes : list of str
        What was left out or is undefined, and why.
    min_group_rows : int
        Groups with fewer rows of either label were left out.

    Examples
    --------
    >>> predictions = Predictions(np.array([0, 1]), np.array([0.1, 0.9]), np.array([0, 1]), pd.DataFrame())
    >>> Judged(predictions, {"utility/auc": 1.0}, [], 0).metrics
    {'utility/auc': 1.0}
    """

    predictions: Predictions
    metrics: dict[str, float]
    notes: list[str]
    min_group_rows: int

    @cached_property
    def replicates(self) -> pd.DataFrame:
        """Metrics of bootstrap draws of the real rows: for a label of two values AUC, DPR, EOR and SCORE."""
        of = self.predictions
        if of.task is not Task.BINARY:
            by_attribute = fairness.groups_by_attribute(of.sensitive)
            large = {  # decided once, else a group would drop out of some draws
                name: fairness.large_groups(of.y_true, groups, self.min_group_rows, of.task)[0]
                for name, groups in by_attribute.items()
            }
            return bootstrap.recomputed(
                len(of.y_true),
                lambda rows: _measured(of.take(rows), 0, {name: member[rows] for name, member in large.items()})[0],
            )
        return bootstrap.replicates(
            of.y_true, of.probability, of.y_pred, of.sensitive, min_group_rows=self.min_group_rows
        )


@dataclass(frozen=True)
class Evaluation:
    """The metrics of one synthetic table, and what they were computed from.

    Parameters
    ----------
    metrics : dict of str to float
        By name, nan if undefined.
    notes : list of str
        What was left out or is undefined, and why.
    judged : Judged
        What a learner that was trained on the table says of test rows.
    tables : Tables
        The table beside the real ones, with the distances between them.
    attacked : Attacked, optional
        The attacks on it, if they were asked for.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(20, 60), "sex": ["F", "M"] * 20, "paid": [0] * 20 + [1] * 20})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> evaluation = evaluate(table, Split(table, table, table), seed=0, classifier={"iterations": 10})
    >>> evaluation.judged.predictions.y_pred.mean(), evaluation.tables.copies.mean()
    (np.float64(0.5), np.float64(1.0))
    """

    metrics: dict[str, float]
    notes: list[str]
    judged: Judged
    tables: Tables
    attacked: Attacked | None = None


def evaluate(
    synthetic: Table,
    split: Split,
    *,
    seed: int,
    classifier: Judge | None = None,
    min_group_rows: int = 15,
    uniform_sensitive: bool = False,
    attacks: bool = False,
) -> Evaluation:
    """Compute all metrics of the catalogue.

    Utility, fairness and fidelity are measured on test rows, privacy against training rows.

    Parameters
    ----------
    synthetic : Table
        The table to score.
    split : Split
        The real tables.
    seed : int
        The seed of the classifier, and of what is drawn.
    classifier : mapping, callable, Learner or Oracle, optional
        What is trained on the table: options of CatBoost, a function that makes another classifier from a seed
        (`fairtab.learners.classifier.Classifier`), a learner (`fairtab.learners`), or an oracle (`oracle.Oracle`).
    min_group_rows : int
        Leave out groups with fewer test rows of either label.
    uniform_sensitive : bool
        Whether to add the metrics of `score_uniform_sensitive`, which trains one more classifier.
    attacks : bool
        Whether to add the metrics of attacks (`attacks.attacked.Attacked`).

    Returns
    -------
    Evaluation
        The metrics are in the catalogue's order.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(20, 60), "sex": ["F", "M"] * 20, "paid": [0] * 20 + [1] * 20})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> result = evaluate(table, Split(table, table, table), seed=0, classifier={"iterations": 10})
    >>> result.metrics["utility/auc"], result.metrics["fidelity/column_error"]
    (1.0, 0.0)
    """
    judged = judge(
        synthetic,
        split.test,
        seed=seed,
        classifier=classifier,
        min_group_rows=min_group_rows,
        validation=split.validation,
    )
    tables = Tables(synthetic, split, seed)
    compared = {metric.name: metric.compute(tables) for metric in (*family("fidelity"), *family("privacy"))}
    metrics = judged.metrics | compared
    attacked = Attacked(synthetic, split, seed, min_group_rows) if attacks else None
    if attacked:
        metrics |= {metric.name: metric.compute(attacked) for metric in family("attacks")}
    if uniform_sensitive:
        metrics |= score_uniform_sensitive(
            synthetic, split, seed=seed, classifier=classifier, min_group_rows=min_group_rows
        )
    notes = [*_absent_groups(split), *judged.notes, *_drawn(tables), *_too_many_copies(tables)]
    notes += attacked.notes if attacked else []
    return Evaluation(metrics, notes, judged, tables, attacked)


def score_uniform_sensitive(
    synthetic: Table,
    split: Split,
    *,
    seed: int,
    classifier: Judge | None = None,
    min_group_rows: int = 15,
) -> dict[str, float]:
    """Score a synthetic table after its sensitive columns were overwritten (the paper's Tables 8 and 9).

    The new values are drawn uniformly from those of the training table. The scores show whether a method does more
    than break the tie between a row and its group.

    Parameters
    ----------
    synthetic, split, seed, classifier, min_group_rows
        As in `evaluate`.

    Returns
    -------
    dict of str to float
        The metrics that the catalogue marks as `uniform_sensitive`. Their names begin with "uniform_sensitive/".

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(20, 60), "sex": ["F", "M"] * 20, "paid": [0] * 20 + [1] * 20})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> scored = score_uniform_sensitive(table, Split(table, table, table), seed=0, classifier={"iterations": 10})
    >>> scored["uniform_sensitive/utility/auc"]
    1.0
    """
    rng = seeds.numpy_generator(seed, "uniform_sensitive")
    values = {name: np.sort(split.train.frame[name].unique()) for name in split.schema.sensitive}
    drawn = {name: rng.choice(groups, len(synthetic)) for name, groups in values.items()}
    overwritten = Table(with_columns(synthetic.frame, drawn), synthetic.schema)
    scored = judge(
        overwritten,
        split.test,
        seed=seed,
        classifier=classifier,
        min_group_rows=min_group_rows,
        validation=split.validation,
    )
    return {UNIFORM + name: value for name, value in scored.metrics.items() if split_name(name)[0].uniform_sensitive}


def judge(
    synthetic: Table,
    real: Table,
    *,
    seed: int,
    classifier: Judge | None = None,
    min_group_rows: int = 15,
    validation: Table | None = None,
) -> Judged:
    """Train a classifier on a synthetic table, and measure its utility, fairness and SCORE on real rows.

    Parameters
    ----------
    synthetic, real : Table
        Training rows of the classifier, and the rows it is scored on.
    seed, classifier, min_group_rows
        As in `evaluate`.
    validation : Table, optional
        Rows on which a learner may choose its thresholds. By default those of `synthetic`.

    Returns
    -------
    Judged
        Its predictions and its metrics.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(20, 60), "sex": ["F", "M"] * 20, "paid": [0] * 20 + [1] * 20})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> judge(table, table, seed=0, classifier={"iterations": 10}, min_group_rows=5).metrics["fairness/dpr/sex"]
    1.0
    """
    predictions, notes = predict(
        synthetic, validation or synthetic, real, seed=seed, classifier=classifier, min_group_rows=min_group_rows
    )
    metrics, fairness_notes = _measured(predictions, min_group_rows)
    return Judged(predictions, metrics, [*notes, *fairness_notes], min_group_rows)


def _measured(
    of: Predictions, min_group_rows: int, is_large: Mapping[str, np.ndarray] | None = None
) -> tuple[dict[str, float], list[str]]:
    """Compute utility and fairness, and SCORE for a label of two values."""
    metrics = {metric.name: metric.compute(of) for metric in family("utility", of.task)}
    parities, notes = fairness.evaluate_attributes(
        of.y_true,
        of.y_pred,
        of.sensitive,
        min_group_rows=min_group_rows,
        task=of.task,
        numbers=of.numbers,
        is_large=is_large,
    )
    metrics |= parities
    if of.task is Task.BINARY:
        metrics |= scores(metrics, list(of.sensitive.columns))
    return metrics, notes


def _absent_groups(split: Split) -> list[str]:
    """Name groups without a test row, which no fairness metric covers, and those that nothing was learned of."""
    said = []
    for name in split.schema.sensitive:
        train, test = (set(part.frame[name].astype(str)) for part in (split.train, split.test))
        for kind, groups in (("test", train - test), ("training", test - train)):
            if groups:
                said.append(f"{name}: groups without {kind} rows: {', '.join(sorted(groups))}")
    return said


def _drawn(tables: Tables) -> list[str]:
    """Say which metrics are of drawn rows only."""
    if max(map(len, (tables.synthetic, tables.train, tables.test, tables.holdout))) <= closest.MAX_ROWS:
        return []
    return [f"pair error and distances are of {closest.MAX_ROWS:,} rows drawn from each table that has more"]


def _too_many_copies(tables: Tables) -> list[str]:
    """Say if more synthetic rows are copies of training rows than holdout rows are by chance."""
    copies, by_chance = tables.copies, tables.copies_in_holdout
    if not privacy.more_than_chance(copies, by_chance):
        return []
    shares = f"{copies.mean():.2%} of the synthetic rows, {by_chance.mean():.2%} of the holdout rows"
    return [f"privacy: more exact copies of training rows than chance has it: {shares}"]
