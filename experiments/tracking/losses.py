"""Where losses go while a network is trained: a CSV file always, and whoever watches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.store.place import LOSSES
from experiments.tracking import Watcher, tolerated


def epochs(folder: Path) -> int | None:
    """How many epochs the losses of the fit in `folder` speak of, None where it logged none."""
    path = folder / LOSSES
    return int(pd.read_csv(path)["epoch"].max()) + 1 if path.exists() else None


def lightning_loggers(folder: Path, watchers: Sequence[Watcher]) -> list[Any]:
    """Lightning's loggers for a fit that is written into `folder`."""
    from pytorch_lightning.loggers import CSVLogger

    return [CSVLogger(folder, name="", version=""), *map(_logger, watchers)]


def _logger(watcher: Watcher) -> Any:
    """A logger of Lightning's for a watcher, which falls silent where the watcher fails."""
    from pytorch_lightning.loggers.logger import Logger

    class Losses(Logger):
        name, version = watcher.TITLE, ""
        lost = False

        def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
            if not self.lost:
                self.lost = True
                with tolerated(watcher.TITLE, "losses"):
                    watcher.losses(metrics, step or 0)
                    self.lost = False

        def log_hyperparams(self, *_: Any, **__: Any) -> None:
            """The cell's configuration is known already."""

    return Losses()
