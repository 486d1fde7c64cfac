"""Where losses go while a network is trained: always to a CSV file, and to each tracker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.store.place import loss_column, losses_paths
from experiments.tracking import Tracker, tolerated


def count_epochs(folder: Path) -> int | None:
    """Count the epochs that a fit has logged in `folder`, in all its phases; None if it has logged none."""
    paths = losses_paths(folder).values()
    return sum(int(pd.read_csv(path)["epoch"].max()) + 1 for path in paths) or None


def lightning_loggers(folder: Path, trackers: Sequence[Tracker], phase: str) -> list[Any]:
    """Make Lightning's loggers for a phase of a fit that is written into `folder`."""
    from pytorch_lightning.loggers import CSVLogger

    return [CSVLogger(folder, name=phase, version=""), *(_logger(tracker, phase) for tracker in trackers)]


def _logger(tracker: Tracker, phase: str) -> Any:
    """Make a Lightning logger for a tracker. After the tracker's first error, it logs no more."""
    from pytorch_lightning.loggers.logger import Logger

    class Losses(Logger):
        name, version = tracker.TITLE, ""
        failed = False

        def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
            if not self.failed:
                self.failed = True
                with tolerated(tracker.TITLE, "losses"):
                    tracker.losses({loss_column(key, phase): value for key, value in metrics.items()}, step or 0)
                    self.failed = False

        def log_hyperparams(self, *_: Any, **__: Any) -> None:
            """Do nothing: the tracker has the cell's configuration already."""

    return Losses()
