"""Training by a loss that the network itself knows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback
from torch import Tensor, nn

from fairtab import seeds
from fairtab.neural.averaging import WeightAverage
from fairtab.neural.batches import TrainingData
from fairtab.neural.training import Phase

WARMUP_STEPS = 100  # of the learning rate, or a tenth of a shorter fit


class HasLoss(Protocol):
    """A network that computes its own loss on a batch: an `nn.Module`, of which training needs these members.

    Examples
    --------
    >>> from fairtab.diffusion.process import Diffusion
    >>> hasattr(Diffusion, "loss")
    True
    """

    @property
    def loss(self) -> Callable[..., Tensor]:
        """A function of the tensors of a batch, of shape []."""
        ...

    def parameters(self) -> Iterator[nn.Parameter]:
        """Return what is trained."""
        ...


class LossTraining(pl.LightningModule):
    """Training by the loss that the network computes: AdamW, linear warm-up, then cosine decay to zero.

    The network ends with an exponential moving average of its weights.

    Parameters
    ----------
    network
        The network.
    learning_rate
        Its highest value.
    weight_decay
        Of AdamW.
    ema_decay
        Decay of the moving average (`WeightAverage`).

    Examples
    --------
    >>> LossTraining(nn.Linear(2, 1), learning_rate=1e-3, weight_decay=0.0, ema_decay=0.999).learning_rate
    0.001
    """

    def __init__(self, network: HasLoss, *, learning_rate: float, weight_decay: float, ema_decay: float) -> None:
        super().__init__()
        self.network = network
        self.learning_rate, self.weight_decay, self.ema_decay = learning_rate, weight_decay, ema_decay

    def training_step(self, batch: tuple[Tensor, ...], _: int) -> Tensor:
        """Return the loss of a training batch, of shape []."""
        return self.network.loss(*batch)

    def validation_step(self, batch: tuple[Tensor, ...], index: int) -> None:
        """Log the loss of a validation batch."""
        with seeds.torch_seeded(index, "validation"):  # the same noise each time, and none of training's stream
            loss = self.network.loss(*batch)
        self.log("validation/loss", loss, on_step=False, on_epoch=True, batch_size=len(batch[-1]))

    def configure_callbacks(self) -> list[Callback]:
        """Return the moving average of the weights."""
        return [WeightAverage(self.ema_decay)]

    def configure_optimizers(self) -> Any:
        """Return the optimiser and the schedule of its learning rate."""
        optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay, fused=True
        )
        n_steps = int(self.trainer.estimated_stepping_batches)
        warmup = min(WARMUP_STEPS, max(1, n_steps // 10))

        def factor(step: int) -> float:
            return min(1.0, (step + 1) / warmup) * 0.5 * (1 + math.cos(math.pi * min(1.0, step / n_steps)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class LossSettings(Protocol):
    """The settings that methods of one `LossTraining` share.

    Examples
    --------
    >>> from fairtab.settings import FairTabSettings
    >>> settings: LossSettings = FairTabSettings()
    >>> settings.batch_size
    512
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    ema_decay: float


def sized_phase(
    module: pl.LightningModule, data: TrainingData, *, batch_size: int, epochs: int, min_steps: int, name: str = ""
) -> Phase:
    """Make a phase of at least so many epochs and gradient steps.

    Parameters
    ----------
    module
        What is trained, as in `Phase`.
    data
        What it learns from.
    batch_size
        Rows of a gradient step.
    epochs, min_steps
        Least number of epochs and of gradient steps.
    name
        As in `Phase`.

    Returns
    -------
    Phase
        The phase.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab import Codec, Schema, Table
    >>> frame = pd.DataFrame({"age": range(5), "sex": ["f", "m", "f", "m", "f"], "y": [0, 1, 1, 0, 1]})
    >>> table = Table(frame, Schema(("age",), (), "y", 1, ("sex",)))
    >>> data = TrainingData.encode(Codec.fit(table), table, table, seed=0)
    >>> sized_phase(pl.LightningModule(), data, batch_size=2, epochs=1, min_steps=3).epochs  # of two steps each
    2
    """
    batches = data.batches(batch_size)
    epochs = batches.passes(epochs, min_steps)
    return Phase(name=name, module=module, batches=batches, validation=data.validation, epochs=epochs)


def loss_phase(network: HasLoss, settings: LossSettings, data: TrainingData, *, min_steps: int = 0) -> Phase:
    """Make the phase of a method whose only network knows its loss.

    Parameters
    ----------
    network
        The network.
    settings
        The method, or what else has these settings.
    data
        What it learns from.
    min_steps
        Least number of gradient steps. If the epochs make fewer, there are more epochs.

    Returns
    -------
    Phase
        The phase.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab import Codec, FairTab, Schema, Table
    >>> frame = pd.DataFrame({"age": range(5), "sex": ["f", "m", "f", "m", "f"], "y": [0, 1, 1, 0, 1]})
    >>> table = Table(frame, Schema(("age",), (), "y", 1, ("sex",)))
    >>> data = TrainingData.encode(Codec.fit(table), table, table, seed=0)
    >>> loss_phase(nn.Linear(1, 1), FairTab(epochs=2, batch_size=4), data, min_steps=3).epochs
    3
    """
    module = LossTraining(
        network,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        ema_decay=settings.ema_decay,
    )
    return sized_phase(module, data, batch_size=settings.batch_size, epochs=settings.epochs, min_steps=min_steps)
