"""The joint that a goal needs: offsets of the label's log-odds by group, searched after one fit.

A candidate is a joint (`Space`), its table a mix of rows sampled once (`Pool`), and what it reaches is measured on
validation rows by a quick classifier. What one classifier reaches is partly luck, so candidates are ranked by what
those around them reach too, and the best few are measured again on fresh rows. No function here takes a test table.
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
from fairtab.metrics.classifier import Model
from fairtab.metrics.evaluate import judge
from fairtab.progress import progress
from fairtab.synthesizer import Synthesizer
from fairtab.table import Table

QUICK = {"iterations": 200, "one_hot_max_size": 64}  # CatBoost in a quarter of the time, with the same answers
FINALISTS, REPEATS, ROUNDS = 4, 3, 3
BANDWIDTH = 0.15  # log-odds: joints closer than this make classifiers that differ by luck alone
SELECTED = "utility/positive_rate"


@dataclass(frozen=True)
class Search:
    """What a search found.

    joint : the one chosen
    met : whether it meets the goal's bounds by more than a standard error, and the selection rate is kept
    reached : its metrics on validation rows, means over fresh samples
    candidates : all joints measured, one row each: the point, its metrics (means over `n_repeats` fresh samples where
        there are any), `merit` (what it was ranked by), `met`, `chosen`
    selection_rate : the share predicted positive by the classifier trained on the real table
    """

    joint: Joint
    met: bool
    reached: Metrics
    candidates: pd.DataFrame
    selection_rate: float


def search(
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
) -> Search:
    """Find the joint whose classifier meets the goal, for a fitted synthesizer that can be steered.

    TPE proposes candidates. The best few, by what they reach less one standard error over fresh samples, decide; where
    none of them holds the bounds, candidates with as much in reserve as was lost come next.

    Parameters
    ----------
    n : rows of a candidate's table; as many as training rows by default
    classifier, min_group_rows : see `fairtab.metrics.evaluate`; CatBoost, made quick (`QUICK`), by default
    study : an SQLite file that keeps what was measured: a search that was interrupted goes on from it

    Raises
    ------
    InputError
        The synthesizer cannot be steered, or the goal names an attribute that the table has not.
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
                break  # none is left with enough in reserve
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
    return Search(
        joint=space.joint(measured[best][0]),
        met=bool(final[best] >= 0),
        reached=repeated[best].mean().to_dict(),
        candidates=candidates.assign(met=candidates["merit"] >= 0, chosen=candidates.index == best),
        selection_rate=selection_rate,
    )


class _Measure:
    """What classifiers reach on validation rows."""

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
        """Trained on a table by the joint at a point. repeat: a number for fresh rows and another classifier's seed."""
        if repeat not in self.pools:
            typical, seed = self.space.joint(self.space.start), seeds.derive(self.seed, "pool", repeat)
            self.pools[repeat] = Pool(self.synthesizer, typical, self.n, seed=seed)
        return self.evaluate(self.pools[repeat].table(self.space.joint(point)), repeat)

    def evaluate(self, table: Table, repeat: int = 0) -> Metrics:
        """Trained on a table."""
        return judge(table, self.validation, seed=seeds.derive(self.seed, "judge", repeat), **self.options)


@dataclass(frozen=True)
class _Rules:
    """What is better: the goal's value where its bounds are met, else by how little they are missed."""

    goal: Goal
    attributes: tuple[str, ...]
    selection_rate: float

    def merit(self, metrics: Metrics, reserve: Mapping[str, float] | None = None) -> float:
        """At least 0 where everything is met, `reserve` beyond the bounds; below 0 by how much it is not."""
        left = {name: defined(value) - (reserve or {}).get(name, 0.0) for name, value in metrics.items()}
        drift = abs(defined(metrics[SELECTED]) - self.selection_rate) - self.goal.selection_shift
        missed = self.goal.shortfall(left, self.attributes) + max(0.0, drift)
        return -missed if missed else self.goal.value(left, self.attributes)


def _smoothed(measured: list[tuple[Point, Metrics]], space: Space) -> list[Metrics]:
    """What each candidate can be expected to reach: a mean over all, weighted by nearness (Nadaraya and Watson)."""
    at = np.array([space.log_odds(point) for point, _ in measured])
    metrics = pd.DataFrame([metrics for _, metrics in measured]).fillna(0.0)
    distance = np.square(at[:, None] - at[None]).mean(2)
    weights = np.exp(-distance / (2 * BANDWIDTH**2))
    smoothed = weights @ metrics.to_numpy() / weights.sum(1, keepdims=True)
    return pd.DataFrame(smoothed, columns=metrics.columns).to_dict("records")


def _less_one_error(rows: pd.DataFrame) -> Metrics:
    """Means less one standard error; of the selection rate, which is kept and not raised, the mean."""
    less = rows.mean() - rows.std(ddof=1) / math.sqrt(len(rows))
    return {**less, SELECTED: rows[SELECTED].mean()}


def _lost(expected: list[Metrics], repeated: Mapping[int, pd.DataFrame]) -> Metrics:
    """By how much finalists fell, on average, from what was expected of them to what counts."""
    falls = [pd.Series(expected[i]) - pd.Series(_less_one_error(rows)) for i, rows in repeated.items()]
    return pd.DataFrame(falls).mean().clip(lower=0).drop(SELECTED).to_dict()
