"""Where losses go while a network is trained: always to a CSV file, and to each tracker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.store.place import LOSSES
from experiments.tracking import Tracker, tolerated


def count_epochs(folder: Path) -> int | None:
    """Count the epochs that a fit has logged in `folder`; None if it has logged none."""
    path = folder / LOSSES
    return int(pd.read_csv(path)["epoch"].max()) + 1 if path.exists() else None


def lightning_loggers(folder: Path, trackers: Sequence[Tracker]) -> list[Any]:
    """Make Lightning's loggers for a fit that is written into `folder`."""
    from pytorch_lightning.loggers import CSVLogger

    return [CSVLogger(folder, name="", version=""), *map(_logger, trackers)]


def _logger(tracker: Tracker) -> Any:
    """Make a Lightning logger for a tracker. After the tracker's first error, it logs no more."""
    from pytorch_lightning.loggers.logger import Logger

    class Losses(Logger):
        name, version = tracker.TITLE, ""
        failed = False

        def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
            if not self.failed:
                self.failed = True
                with tolerated(tracker.TITLE, "losses"):
                    tracker.losses(metrics, step or 0)
                    self.failed = False

        def log_hyperparams(self, *_: Any, **__: Any) -> None:
            """Do nothing: the tracker has the cell's configuration already."""

    return Losses()
