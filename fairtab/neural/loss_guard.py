"""A fit whose loss is no longer a number ends at once, with the last weights that were good."""

from __future__ import annotations

import math
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback
from torch import Tensor

from fairtab.errors import Diverged


class StopDiverged(Callback):
    """Raises Diverged at the first loss of training or validation that is not finite.

    The network then has the weights that the last epoch with finite losses was validated with, or else those it began
    with. It goes before a callback that averages weights, so that what it keeps is the average.
    """

    def on_fit_start(self, _: pl.Trainer, module: pl.LightningModule) -> None:
        self._keep(module)

    def on_train_batch_end(
        self, trainer: pl.Trainer, _: pl.LightningModule, outputs: Any, batch: Any, index: int
    ) -> None:
        self._check(trainer, "train/loss", outputs["loss"], f", step {index + 1} of {trainer.num_training_batches}")

    def on_validation_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        for name, value in trainer.callback_metrics.items():
            self._check(trainer, name, value)
        self._keep(module)

    def on_exception(self, _: pl.Trainer, module: pl.LightningModule, exception: BaseException) -> None:
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
