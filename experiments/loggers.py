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


@contextlib.contextmanager
def wandb_run(run: Run, config: Mapping[str, Any], options: Mapping[str, Any] | None) -> Iterator[Any]:
    """The cell as a run in W&B, None where `options` is. Never a prompt, a long wait or an error of W&B's making."""
    if not options:
        yield None
        return
    os.environ.setdefault("WANDB_SILENT", "true")
    import wandb

    arguments = {
        "project": options["project"],
        "group": run.dataset,
        "job_type": run.method,
        "name": f"{run.variant}-seed-{run.seed}-{run.level}",
        "config": dict(config),
        "dir": run.root.parent,
    }
    tracked = _open(wandb, options["mode"], arguments)
    try:
        yield tracked
    finally:
        if tracked is not None:
            tracked.finish()


def log_metrics(tracked: Any, metrics: Mapping[str, float]) -> None:
    if tracked is not None:
        tracked.summary.update(dict(metrics))


def epochs(folder: Path) -> int | None:
    """How many epochs the losses of the fit in `folder` speak of, None where it logged none."""
    path = folder / "metrics.csv"
    return int(pd.read_csv(path)["epoch"].max()) + 1 if path.exists() else None


def lightning_loggers(folder: Path, tracked: Any) -> list[Any]:
    """Lightning's loggers for a fit that is written into `folder`."""
    from pytorch_lightning.loggers import CSVLogger, WandbLogger

    return [CSVLogger(folder, name="", version=""), *([WandbLogger(experiment=tracked)] if tracked else [])]


def _mode(wandb: Any, mode: str) -> str:
    if asked := os.environ.get("WANDB_MODE"):
        return asked
    if mode != "auto":
        return mode
    return "online" if wandb.login(prompt=False, verify=False) else "offline"


def _open(wandb: Any, mode: str, arguments: Mapping[str, Any]) -> Any:
    try:
        return wandb.init(
            mode=_mode(wandb, mode), settings=wandb.Settings(init_timeout=INIT_TIMEOUT, silent=True), **arguments
        )
    except Exception as error:  # noqa: BLE001 - whatever keeps W&B from starting must not keep the run from it
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        if mode == "offline":
            log.warning("W&B is left out: %s", reason)
            return None
        log.warning("W&B cannot be reached (%s): this run is kept offline", reason)
        return _open(wandb, "offline", arguments)
