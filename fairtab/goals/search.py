"""The search for the joint that a goal needs, after one fit.

A candidate is a joint (`Space`). Its table is a mix of rows that were sampled once (`Pool`). A quick classifier is
trained on this table and measured on validation rows. The result of one classifier is partly luck, so a candidate is
ranked together with its neighbours, and the best few are measured again on fresh rows. No function here takes a test
table.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fairtab import seeds
from fairtab.errors import InputError
from fairtab.goals.goal import Goal, defined
from fairtab.goals.pool import Pool
from fairtab.goals.space import Space
from fairtab.goals.study import Metrics, Point, Study
from fairtab.joint import Joint
from fairtab.learners.classifier import Model
from fairtab.metrics.evaluate import judge
from fairtab.progress import progress
from fairtab.synthesizer import Synthesizer
from fairtab.table import Table

QUICK = {"iterations": 200, "one_hot_max_size": 64}  # CatBoost in a quarter of the time, with the same results
FINALISTS, REPEATS, ROUNDS = 4, 3, 3
BANDWIDTH = 0.15  # in log-odds: classifiers of joints that are closer than this differ by luck alone
SELECTED = "utility/positive_rate"


@dataclass(frozen=True)
class SearchResult:
    """The result of a search: a joint, and what it reaches.

    Attributes
    ----------
    joint : Joint
        The joint that was chosen.
    met : bool
        Whether it meets the goal's bounds by more than one standard error, and keeps the selection rate.
    reached : dict
        Its metrics on validation rows, means over fresh samples.
    candidates : pd.DataFrame
        All joints that were measured, one row each: the point, its metrics, `n_repeats` (on how many fresh samples the
        metrics are means; 0 for a single measurement), `merit` (what it was ranked by), `met`, and `chosen`.
    selection_rate : float
        The share that a classifier trained on the real table predicts positive.

    Examples
    --------
    >>> joint = Joint(pd.Series([0.5, 0.5], index=pd.MultiIndex.from_product([[0, 1], ["f"]], names=["y", "sex"])))
    >>> SearchResult(joint, met=True, reached={}, candidates=pd.DataFrame(), selection_rate=0.5).met
    True
    """

    joint: Joint
    met: bool
    reached: Metrics
    candidates: pd.DataFrame
    selection_rate: float


def search_joint(
    synthesizer: Synthesizer,
    train: Table,
    validation: Table,
    goal: Goal,
    *,
    seed: int,
    n: int | None = None,
    n_candidates: int = 60,
    classifier: Model | None = None,
    min_group_rows: int = 15,
    study: Path | None = None,
) -> SearchResult:
    """Search for the joint with which a classifier trained on the synthetic table meets a goal.

    Optuna's TPE proposes the candidates. The best few are measured again on fresh samples and judged by their mean less
    one standard error. If none of them meets the bounds, the search tries candidates that exceed the bounds by as much
    as the first ones lost.

    Parameters
    ----------
    synthesizer
        A fitted method that can be steered to a joint.
    train, validation
        The tables it was fitted with. Candidates are measured on `validation`.
    goal
        What is asked for.
    seed
        Where the random numbers start.
    n
        The number of rows of a candidate's table, by default as many as `train` has.
    n_candidates
        How many joints are measured.
    classifier, min_group_rows
        As in `fairtab.metrics.evaluate`. The default classifier is CatBoost with few trees (`QUICK`).
    study
        An SQLite file that keeps every measurement. An interrupted search continues from it.

    Returns
    -------
    SearchResult
        The joint that was chosen. If no joint meets the goal, it is the nearest one, and `met` is False.

    Raises
    ------
    InputError
        The synthesizer cannot be steered, or the goal names an attribute that the table does not have.

    Examples
    --------
    >>> from baselines.resample import Resample  # any method that can be steered to a joint
    >>> from fairtab import Schema
    >>> from sklearn.dummy import DummyClassifier
    >>> frame = pd.DataFrame({"hired": [1, 1, 1, 0, 0, 0], "sex": ["m", "m", "f", "m", "f", "f"]})
    >>> train = Table(pd.concat([frame] * 5), Schema((), (), "hired", 1, ("sex",)))
    >>> model = Resample().fit(train, train, seed=0)
    >>> options = {"n_candidates": 3, "classifier": lambda seed: DummyClassifier(), "min_group_rows": 0}
    >>> found = search_joint(model, train, train, Goal(), seed=0, **options)
    >>> len(found.candidates), found.met, found.reached["utility/auc"]
    (3, True, 0.5)
    """
    if not synthesizer.steerable:
        raise InputError("a goal needs a method that can be steered to a joint: this one cannot")
    space = Space(goal, train)
    measure = _Measure(synthesizer, space, validation, n or len(train), seed, classifier or QUICK, min_group_rows)
    settings = (goal, measure.n, measure.options)
    kept = Study(study, space.ranges, space.start, seed=seed, settings=settings)
    selection_rate = kept.cached("real", lambda: measure.evaluate(train))[SELECTED]
    rules = _Rules(goal, space.attributes, selection_rate)
    with progress("searching", n_candidates + FINALISTS * REPEATS) as advance:
        for _ in range(len(kept), n_candidates):
            kept.measure(measure, rules.merit)
            advance(1, f"best {kept.best:.3f}")
        measured = kept.measured
        expected = _smoothed(measured, space)
        repeated: dict[int, pd.DataFrame] = {}
        reserve: Metrics = {}
        for _ in range(ROUNDS):
            merit = {i: rules.merit(expected[i], reserve) for i in range(len(measured)) if i not in repeated}
            ranked = sorted(merit, key=lambda i: (-merit[i], i))[:FINALISTS]
            if repeated and (not ranked or merit[ranked[0]] < 0):
                break  # no candidate that is left has enough in reserve
            for i in ranked:
                rows = []
                for r in range(1, REPEATS + 1):
                    rows.append(kept.cached(f"{i}/{r}", partial(measure, measured[i][0], repeat=r)))
                    advance(1, "the best again, on fresh rows")
                repeated[i] = pd.DataFrame(rows).fillna(0.0)
            final = {i: rules.merit(_less_one_error(rows)) for i, rows in repeated.items()}
            best = max(final, key=lambda i: (final[i], -i))
            if final[best] >= 0:
                break
            reserve = _lost(expected, repeated)
    candidates = pd.DataFrame([{**point, **m, "merit": rules.merit(m), "n_repeats": 0} for point, m in measured])
    for i, rows in repeated.items():
        again = {**rows.mean(), "merit": final[i], "n_repeats": len(rows)}
        candidates.loc[i, list(again)] = list(again.values())
    return SearchResult(
        joint=space.joint(measured[best][0]),
        met=bool(final[best] >= 0),
        reached=repeated[best].mean().to_dict(),
        candidates=candidates.assign(met=candidates["merit"] >= 0, chosen=candidates.index == best),
        selection_rate=selection_rate,
    )


class _Measure:
    """Trains classifiers and measures them on validation rows."""

    def __init__(
        self,
        synthesizer: Synthesizer,
        space: Space,
        validation: Table,
        n: int,
        seed: int,
        classifier: Model,
        min_group_rows: int,
    ) -> None:
        self.synthesizer, self.space, self.validation, self.n, self.seed = synthesizer, space, validation, n, seed
        self.options: dict[str, Any] = {"classifier": classifier, "min_group_rows": min_group_rows}
        self.pools: dict[int, Pool] = {}

    def __call__(self, point: Point, repeat: int = 0) -> Metrics:
        """Measure the joint at a point. Another `repeat` takes fresh rows and another seed for the classifier."""
        if repeat not in self.pools:
            typical, seed = self.space.joint(self.space.start), seeds.derive(self.seed, "pool", repeat)
            self.pools[repeat] = Pool(self.synthesizer, typical, self.n, seed=seed)
        return self.evaluate(self.pools[repeat].table(self.space.joint(point)), repeat)

    def evaluate(self, table: Table, repeat: int = 0) -> Metrics:
        """Measure a classifier that is trained on a table."""
        return judge(table, self.validation, seed=seeds.derive(self.seed, "judge", repeat), **self.options).metrics


@dataclass(frozen=True)
class _Rules:
    """The order of candidates: by the goal's value if the bounds are met, else by how little they are missed."""

    goal: Goal
    attributes: tuple[str, ...]
    selection_rate: float

    def merit(self, metrics: Metrics, reserve: Mapping[str, float] | None = None) -> float:
        """Return at least 0 if all bounds are exceeded by `reserve`, else less than 0 by how much they are missed."""
        left = {name: defined(value) - (reserve or {}).get(name, 0.0) for name, value in metrics.items()}
        drift = abs(defined(metrics[SELECTED]) - self.selection_rate) - self.goal.selection_shift
        missed = self.goal.shortfall(left, self.attributes) + max(0.0, drift)
        return -missed if missed else self.goal.value(left, self.attributes)


def _smoothed(measured: list[tuple[Point, Metrics]], space: Space) -> list[Metrics]:
    """Return what each candidate is expected to reach: a mean of all, weighted by nearness (Nadaraya and Watson)."""
    at = np.array([space.log_odds(point) for point, _ in measured])
    metrics = pd.DataFrame([metrics for _, metrics in measured]).fillna(0.0)
    distance = np.square(at[:, None] - at[None]).mean(2)
    weights = np.exp(-distance / (2 * BANDWIDTH**2))
    smoothed = weights @ metrics.to_numpy() / weights.sum(1, keepdims=True)
    return pd.DataFrame(smoothed, columns=metrics.columns).to_dict("records")


def _less_one_error(rows: pd.DataFrame) -> Metrics:
    """Return means less one standard error, but the plain mean of the selection rate, which is no lower bound."""
    less = rows.mean() - rows.std(ddof=1) / math.sqrt(len(rows))
    return {**less, SELECTED: rows[SELECTED].mean()}


def _lost(expected: list[Metrics], repeated: Mapping[int, pd.DataFrame]) -> Metrics:
    """Return by how much, on average, the finalists were worse on fresh rows than expected."""
    losses = [pd.Series(expected[i]) - pd.Series(_less_one_error(rows)) for i, rows in repeated.items()]
    return pd.DataFrame(losses).mean().clip(lower=0).drop(SELECTED).to_dict()
