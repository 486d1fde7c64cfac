"""What a search has measured, kept in an Optuna study: a search that was interrupted goes on as if it had not been."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import optuna

from fairtab import seeds

Point = dict[str, float]
Metrics = dict[str, float]

optuna.logging.set_verbosity(optuna.logging.WARNING)


class Study:
    """Points proposed by TPE, and what was measured at each.

    path : an SQLite file, None to keep all in memory
    ranges : of each number of a point
    start : the first point
    settings : whatever else decides what is measured: another study of the same file where it differs
    """

    def __init__(
        self,
        path: Path | None,
        ranges: Mapping[str, tuple[float, float]],
        start: Point,
        *,
        seed: int,
        settings: Any,
    ) -> None:
        self.ranges, self.start, self.seed = ranges, start, seed
        storage = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            storage = f"sqlite:///{path.resolve()}"
        name = hashlib.sha256(repr((ranges, start, seed, settings)).encode()).hexdigest()[:12]
        self.study = optuna.create_study(storage=storage, study_name=name, direction="maximize", load_if_exists=True)

    def __len__(self) -> int:
        return len(self._complete())

    def measure(self, measure: Callable[[Point], Metrics], merit: Callable[[Metrics], float]) -> None:
        """Propose one more point and measure it. What is proposed depends on what was measured alone."""
        n = len(self)
        # seeded by how many there are, so that a resumed study goes on as an uninterrupted one
        self.study.sampler = optuna.samplers.TPESampler(seed=seeds.derive(self.seed, "tpe", n), multivariate=True)
        if n == 0 and not self._trials("WAITING"):  # a killed process may have left it, asked for or not
            self.study.enqueue_trial(self.start)
        trial = self.study.ask({name: optuna.distributions.FloatDistribution(*r) for name, r in self.ranges.items()})
        metrics = measure(trial.params)
        trial.set_user_attr("metrics", _plain(metrics))
        self.study.tell(trial, merit(metrics))

    @property
    def best(self) -> float:
        """The highest merit so far."""
        return self.study.best_value

    @property
    def measured(self) -> list[tuple[Point, Metrics]]:
        """Every point and its metrics, in order."""
        return [(trial.params, _numbers(trial.user_attrs["metrics"])) for trial in self._complete()]

    def cached(self, name: str, make: Callable[[], Metrics]) -> Metrics:
        """Metrics kept beside the points, made where they are not there yet."""
        if name not in self.study.user_attrs:
            self.study.set_user_attr(name, _plain(make()))
        return _numbers(self.study.user_attrs[name])

    def _complete(self) -> list[optuna.trial.FrozenTrial]:
        return self._trials("COMPLETE")

    def _trials(self, state: str) -> list[optuna.trial.FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState[state],))


def _plain(metrics: Metrics) -> dict[str, float | None]:
    """As JSON has it: no nan."""
    return {name: float(value) if math.isfinite(value) else None for name, value in metrics.items()}


def _numbers(metrics: Mapping[str, float | None]) -> Metrics:
    return {name: math.nan if value is None else value for name, value in metrics.items()}
