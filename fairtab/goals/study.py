"""What a search has measured, kept in an Optuna study, so that an interrupted search continues where it stopped."""

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
    """Points that Optuna's TPE proposes, and what was measured at each.

    Parameters
    ----------
    path
        An SQLite file; None keeps everything in memory.
    ranges
        The lowest and the highest value of each coordinate of a point.
    start
        The first point.
    seed
        Where the random numbers start.
    settings
        Whatever else decides what is measured. Other settings get another study in the same file.

    Examples
    --------
    >>> study = Study(None, {"x": (0.0, 1.0)}, {"x": 0.5}, seed=0, settings="an example")
    >>> study.measure(lambda point: {"auc": point["x"]}, merit=lambda metrics: metrics["auc"])
    >>> study.measured
    [({'x': 0.5}, {'auc': 0.5})]
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
        """Propose one more point and measure it. The proposal depends on nothing but the earlier measurements."""
        n = len(self)
        # seeded by the number of points, so that a resumed study proposes what an uninterrupted one would
        self.study.sampler = optuna.samplers.TPESampler(seed=seeds.derive(self.seed, "tpe", n), multivariate=True)
        if n == 0 and not self._trials("WAITING"):  # a process that was killed may have enqueued the start already
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
        """Every point and its metrics, in the order of measurement."""
        return [(trial.params, _numbers(trial.user_attrs["metrics"])) for trial in self._complete()]

    def cached(self, name: str, make: Callable[[], Metrics]) -> Metrics:
        """Return the metrics kept under a name; if there are none yet, call `make` and keep its result."""
        if name not in self.study.user_attrs:
            self.study.set_user_attr(name, _plain(make()))
        return _numbers(self.study.user_attrs[name])

    def _complete(self) -> list[optuna.trial.FrozenTrial]:
        return self._trials("COMPLETE")

    def _trials(self, state: str) -> list[optuna.trial.FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState[state],))


def _plain(metrics: Metrics) -> dict[str, float | None]:
    """Replace nan by None, since JSON has no nan."""
    return {name: float(value) if math.isfinite(value) else None for name, value in metrics.items()}


def _numbers(metrics: Mapping[str, float | None]) -> Metrics:
    return {name: math.nan if value is None else value for name, value in metrics.items()}
