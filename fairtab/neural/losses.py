"""The losses of a phase: logged, and shown."""

from __future__ import annotations

import contextlib
from statistics import fmean
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback

from fairtab.progress import progress


class Losses(Callback):
    """Log the mean loss of each epoch, and show one progress bar over a phase, with the latest loss.

    Lightning can average what a module logs at each step, but that takes as long as a tenth of a small network's step.

    Parameters
    ----------
    phase
        Name of the phase.

    Examples
    --------
    >>> Losses("autoencoder").description
    'fitting autoencoder'
    """

    def __init__(self, phase: str = "") -> None:
        self.description = f"fitting {phase}".strip()
        self._open = contextlib.ExitStack()
        self._losses: list[float] = []

    def on_train_start(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        """Open the bar."""
        self._advance = self._open.enter_context(progress(self.description, int(trainer.estimated_stepping_batches)))

    def on_train_batch_end(self, trainer: pl.Trainer, _: pl.LightningModule, outputs: Any, *args: Any) -> None:
        """Advance the bar."""
        if "loss" in outputs:  # a private fit tells none
            self._losses.append(float(outputs["loss"]))
        loss = f"  loss {self._losses[-1]:.3f}" if self._losses else ""
        self._advance(1, f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}{loss}")

    def on_train_epoch_end(self, _: pl.Trainer, module: pl.LightningModule) -> None:
        """Log the mean."""
        if self._losses:
            module.log("train/loss", fmean(self._losses))
        self._losses.clear()

    def on_train_end(self, *_: Any) -> None:
        """Close the bar."""
        self._open.close()

    def on_exception(self, *_: Any) -> None:
        """Close the bar."""
        self._open.close()
