"""The method of a cell, as configured."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.utils import get_class

from experiments.run.cell import Cell
from experiments.tracking import Tracker, losses

if TYPE_CHECKING:
    from fairtab.synthesizer import Synthesizer


def unfitted(cell: Cell, trainer: Callable[..., Any]) -> Synthesizer:
    """The cell's method as configured; one that is trained takes `trainer`, which makes a Lightning Trainer."""
    options = dict(cell.options)
    if cell.sampler is not None:
        options["sampler"] = cell.sampler  # so that what cannot be sampled is not fitted either
    if cell.trainer is not None:
        options["trainer"] = trainer
    return get_class(cell.target)(**options)


def place(cell: Cell, synthesizer: Synthesizer) -> None:
    """Say where a method draws its rows, and where programs log and for how long at most. It is no part of the method.

    What has a trainer has a `device`: the method draws its rows where the trainer fits.
    """
    synthesizer.log_path, synthesizer.timeout_s = cell.run.program_log_path, cell.timeout_s
    if cell.trainer is not None and cell.trainer.get("accelerator") in ("gpu", "cuda"):
        synthesizer.device = "cuda"


def trainer(options: dict[str, Any], folder: Path, trackers: Sequence[Tracker], phase: str, **more: Any) -> Any:
    """A Lightning Trainer that logs into the folder of the fit. What the method sets itself (`more`) stays as it is."""
    import pytorch_lightning as pl

    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)  # its import sets INFO: device tips, adverts
    log_to = losses.lightning_loggers(folder, trackers, phase)
    return pl.Trainer(**{**options, **more}, logger=log_to, default_root_dir=folder)
