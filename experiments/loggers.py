"""Where losses and metrics can be watched: a CSV file always, Weights & Biases where asked for."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.store import Run

log = logging.getLogger(__name__)

INIT_TIMEOUT = 10  # seconds to wait for W&B's servers before going on offline
FINISH_TIMEOUT = 300  # seconds for what is left to upload; the rest stays on disk, for `wandb sync`


@contextlib.contextmanager
def wandb_run(run: Run, config: Mapping[str, Any], options: Mapping[str, Any] | None) -> Iterator[Any]:
    """The cell as a run in W&B, None where `options` is. Never a prompt, a long wait or an error of W&B's making."""
    if not options:
        yield None
        return
    os.environ.setdefault("WANDB_SILENT", "true")
    arguments = {
        "project": options["project"],
        "group": run.dataset,
        "job_type": run.method,
        "name": f"{run.variant}-seed-{run.seed}-{run.level}",
        "config": dict(config),
        "dir": run.root.parent,
    }
    tracked = None
    with tolerated("this run"):
        import wandb

        tracked = _open(wandb, options["mode"], arguments)
    try:
        yield tracked
    finally:
        if tracked is not None:
            with tolerated("the end of this run"):
                tracked.finish()


@contextlib.contextmanager
def tolerated(what: str) -> Iterator[None]:
    """Turn whatever goes wrong inside into one warning: watching a run must not keep it from its end."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - see above
        log.warning("W&B goes without %s: %s", what, _reason(error))


def epochs(folder: Path) -> int | None:
    """How many epochs the losses of the fit in `folder` speak of, None where it logged none."""
    path = folder / "metrics.csv"
    return int(pd.read_csv(path)["epoch"].max()) + 1 if path.exists() else None


def lightning_loggers(folder: Path, tracked: Any) -> list[Any]:
    """Lightning's loggers for a fit that is written into `folder`."""
    from pytorch_lightning.loggers import CSVLogger

    return [CSVLogger(folder, name="", version=""), *([_losses_logger(tracked)] if tracked else [])]


def _losses_logger(tracked: Any) -> Any:
    """Lightning's own for W&B, which falls silent where W&B fails."""
    from pytorch_lightning.loggers import WandbLogger

    class Losses(WandbLogger):
        lost = False

        def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
            if not self.lost:
                self.lost = True
                with tolerated("losses"):
                    super().log_metrics(metrics, step)
                    self.lost = False

        def log_hyperparams(self, *arguments: Any, **options: Any) -> None:
            with tolerated("the method's options"):
                super().log_hyperparams(*arguments, **options)

    return Losses(experiment=tracked)


def _mode(wandb: Any, mode: str) -> str:
    if asked := os.environ.get("WANDB_MODE"):
        return asked
    if mode != "auto":
        return mode
    return "online" if wandb.login(prompt=False, verify=False) else "offline"


def _open(wandb: Any, mode: str, arguments: Mapping[str, Any]) -> Any:
    try:
        settings = wandb.Settings(init_timeout=INIT_TIMEOUT, finish_timeout=FINISH_TIMEOUT, silent=True)
        return wandb.init(mode=_mode(wandb, mode), settings=settings, **arguments)
    except Exception as error:  # noqa: BLE001 - whatever keeps W&B from starting must not keep the run from it
        if mode == "offline":
            log.warning("W&B is left out: %s", _reason(error))
            return None
        log.warning("W&B cannot be reached (%s): this run is kept offline", _reason(error))
        return _open(wandb, "offline", arguments)


def _reason(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
