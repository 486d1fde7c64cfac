"""A fit whose loss is no longer finite stops at once and keeps the last good weights."""

from __future__ import annotations

import math
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback
from torch import Tensor

from fairtab.errors import Diverged


class StopDiverged(Callback):
    """Raise Diverged at the first loss of training or validation that is not finite.

    The network then has the weights that were validated in the last epoch with finite losses, or its first weights if
    there was no such epoch. This callback goes before one that averages weights: then it keeps the averages.

    Examples
    --------
    >>> from fairtab.neural.training import quiet_trainer
    >>> trainer = quiet_trainer("", accelerator="cpu", callbacks=[StopDiverged()])
    """

    def on_fit_start(self, _: pl.Trainer, module: pl.LightningModule) -> None:
        """Keep the first weights."""
        self._keep(module)

    def on_train_batch_end(
        self, trainer: pl.Trainer, _: pl.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        """Check the loss of a training step; a private fit tells none."""
        if "loss" in outputs:
            step = f", step {index + 1} of {trainer.num_training_batches}"
            self._check(trainer, "train/loss", outputs["loss"], step)

    def on_validation_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Check the losses of an epoch, and keep its weights."""
        for name, value in trainer.callback_metrics.items():
            self._check(trainer, name, value)
        self._keep(module)

    def on_exception(self, _: pl.Trainer, module: pl.LightningModule, exception: BaseException) -> None:
        """Install the last good weights."""
        if isinstance(exception, Diverged):
            module.load_state_dict(self._good)
            module.eval()

    def _keep(self, module: pl.LightningModule) -> None:
        self._good = {name: value.detach().clone() for name, value in module.state_dict().items()}

    def _check(self, trainer: pl.Trainer, name: str, loss: Tensor, step: str = "") -> None:
        value = float(loss)
        if not math.isfinite(value):
            place = f"epoch {trainer.current_epoch + 1} of {trainer.max_epochs}{step}"
            raise Diverged(f"{name} became {value} in {place}: a lower learning_rate may help")
