"""Training with Lightning, the same for every neural synthesizer."""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, WeightAveraging
from torch import Tensor, nn

from fairtab import seeds
from fairtab.neural.batches import Batches
from fairtab.neural.loss_guard import StopDiverged
from fairtab.progress import progress

WARMUP_STEPS = 100  # of the learning rate, or a tenth of a shorter fit
TrainerFactory = Callable[..., pl.Trainer]


class Trainable(Protocol):
    """A network that knows its own loss on a batch: an `nn.Module`, of which this is what training needs."""

    @property
    def loss(self) -> Callable[..., Tensor]: ...
    def parameters(self) -> Iterator[nn.Parameter]: ...
    def eval(self) -> object: ...


def quiet_trainer(**options: Any) -> pl.Trainer:
    """A Trainer that leaves no files."""
    return pl.Trainer(logger=False, **options)


def fit_network(
    network: Trainable,
    batches: Batches,
    validation: Batches,
    *,
    trainer: TrainerFactory,
    epochs: int,
    learning_rate: float,
    weight_decay: float,
    ema_decay: float,
) -> None:
    """Train `network` in place, and leave it in evaluation mode with its averaged weights.

    Random numbers come from torch's global stream: seed it around the call.
    """
    module = Module(network, learning_rate=learning_rate, weight_decay=weight_decay)
    train(module, batches, validation, trainer=trainer, epochs=epochs, callbacks=[weight_average(ema_decay)])
    network.eval()


def train(
    module: pl.LightningModule,
    batches: Batches,
    validation: Batches,
    *,
    trainer: TrainerFactory,
    epochs: int,
    callbacks: Sequence[Callback] = (),
) -> None:
    """Run a LightningModule with the project's Trainer: a progress bar of its own, no checkpoints.

    Raises
    ------
    Diverged
        A loss is not finite (`fairtab.neural.loss_guard`).
    KeyboardInterrupt
        As elsewhere: Lightning itself would end the process.
    """
    lightning = trainer(
        max_epochs=epochs,
        log_every_n_steps=len(batches),
        callbacks=[StopDiverged(), *callbacks, FitProgress()],
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
    )
    with warnings.catch_warnings():  # Lightning 2.6 calls torch's pytree as it was before torch 2.13
        warnings.filterwarnings("ignore", message=r".*LeafSpec.* is deprecated", category=FutureWarning)
        try:
            lightning.fit(module, batches, validation)
        except SystemExit:  # Lightning's own answer to Ctrl-C
            raise KeyboardInterrupt from None


class Module(pl.LightningModule):
    """AdamW with linear warm-up and cosine decay to zero over the whole fit, on whatever loss the network has."""

    def __init__(self, network: Trainable, *, learning_rate: float, weight_decay: float) -> None:
        super().__init__()
        self.network = network
        self.learning_rate, self.weight_decay = learning_rate, weight_decay

    def training_step(self, batch: tuple[Tensor, ...], _: int) -> Tensor:
        return self._logged_loss("train/loss", batch)

    def validation_step(self, batch: tuple[Tensor, ...], index: int) -> None:
        with seeds.torch_seeded(index, "validation"):  # the same noise each time, and none taken from training's stream
            self._logged_loss("validation/loss", batch)

    def _logged_loss(self, name: str, batch: tuple[Tensor, ...]) -> Tensor:
        loss = self.network.loss(*batch)
        self.log(name, loss, on_step=False, on_epoch=True, batch_size=len(batch[-1]))
        return loss

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay, fused=True
        )
        n_steps = int(self.trainer.estimated_stepping_batches)
        warmup = min(WARMUP_STEPS, max(1, n_steps // 10))

        def factor(step: int) -> float:
            return min(1.0, (step + 1) / warmup) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / n_steps)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def weight_average(decay: float) -> WeightAveraging:
    """An exponential moving average of the weights, which replaces them at the end of the fit.

    The decay starts low and rises to `decay`, so that a short fit does not end near its random start.
    """

    def average(averages: list[Tensor], weights: list[Tensor], n_averaged: Tensor | int) -> None:
        n = float(n_averaged)
        torch._foreach_lerp_(averages, weights, 1 - min(decay, (1 + n) / (10 + n)))

    return WeightAveraging(use_buffers=False, multi_avg_fn=average)


class FitProgress(Callback):
    """One bar over the whole fit, with the latest loss."""

    def __init__(self) -> None:
        self._open = contextlib.ExitStack()

    def on_train_start(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        self._advance = self._open.enter_context(progress("fitting", int(trainer.estimated_stepping_batches)))

    def on_train_batch_end(self, trainer: pl.Trainer, _: pl.LightningModule, outputs: Any, *args: Any) -> None:
        self._advance(1, f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}  loss {float(outputs['loss']):.3f}")

    def on_train_end(self, *_: Any) -> None:
        self._open.close()

    def on_exception(self, *_: Any) -> None:
        self._open.close()
