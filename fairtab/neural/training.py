"""Training with Lightning: a phase of a fit, and training by a loss that the network itself knows."""

from __future__ import annotations

import contextlib
import logging
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Protocol

import pytorch_lightning as pl
import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from pytorch_lightning.callbacks import Callback
from torch import Tensor, nn

from fairtab import seeds
from fairtab.neural.loss_guard import StopDiverged
from fairtab.progress import progress

WARMUP_STEPS = 100  # of the learning rate, or a tenth of a shorter fit


class TrainerFactory(Protocol):
    """Makes the Lightning Trainer of a phase.

    Examples
    --------
    >>> from functools import partial
    >>> factory: TrainerFactory = partial(quiet_trainer, accelerator="cpu")
    >>> factory("", max_epochs=3).max_epochs
    3
    """

    def __call__(self, phase: str, /, **options: Any) -> pl.Trainer:
        """Return a Trainer for the phase of this name, with these options of Lightning."""
        ...


def quiet_trainer(phase: str, /, **options: Any) -> pl.Trainer:
    """Make a Trainer that writes no files and says nothing of devices.

    Parameters
    ----------
    phase
        Name of the phase. It is not used.
    **options
        Options of Lightning's Trainer.

    Returns
    -------
    pl.Trainer
        The Trainer.

    Examples
    --------
    >>> quiet_trainer("", accelerator="cpu", max_epochs=3).max_epochs
    3
    """
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)  # its import sets INFO: device tips, adverts
    return pl.Trainer(logger=False, **options)


class Loader(Protocol):
    """Batches that can be counted and iterated over many times, such as `Batches` or torch's DataLoader.

    Examples
    --------
    >>> from torch.utils.data import DataLoader, TensorDataset
    >>> loader: Loader = DataLoader(TensorDataset(torch.zeros(10, 3)), batch_size=5)
    >>> len(loader)
    2
    """

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Phase:
    """One phase of a fit: what is trained, on which batches, and for how long.

    Parameters
    ----------
    module
        The networks, their losses and their optimisers, as a LightningModule: `LossTraining`, `AdversarialTraining`
        (`fairtab.neural.adversarial`), or one of your own. Its `training_step` returns the loss of a batch, and the
        epoch's mean is logged as "train/loss".
    batches, validation
        Batches for training and for validation, None to validate nothing.
    epochs
        Passes over `batches`.
    name
        Stays empty if a method has a single phase. If it has several, each has a name, and a log file under it.

    Examples
    --------
    >>> from torch.utils.data import DataLoader, TensorDataset
    >>> class Mean(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.mean = nn.Parameter(torch.zeros(1))
    ...
    ...     def loss(self, x):
    ...         return (x - self.mean).square().mean()
    >>> network, loader = Mean(), DataLoader(TensorDataset(torch.full((8, 1), 3.0)), batch_size=8)
    >>> module = LossTraining(network, learning_rate=0.1, weight_decay=0.0, ema_decay=0.0)
    >>> Phase(module=module, batches=loader, validation=loader, epochs=1).epochs
    1
    """

    module: pl.LightningModule
    batches: Loader
    validation: Loader | None
    epochs: int
    name: str = ""

    def train(self, trainer: TrainerFactory) -> None:
        """Train the networks in place, with a progress bar and no checkpoints, and leave them in evaluation mode.

        Random numbers come from torch's global stream: seed it around the call.

        Raises
        ------
        Diverged
            A loss is not finite (`fairtab.neural.loss_guard`).
        KeyboardInterrupt
            Ctrl-C was pressed. Lightning itself would end the process.
        """
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The `srun` command is available")  # a cluster's login node
            warnings.filterwarnings(
                "ignore", message="You defined a `validation_step`"
            )  # a private fit validates nothing
            # Lightning 2.6 calls torch's pytree as it was before torch 2.13
            warnings.filterwarnings("ignore", message=r".*LeafSpec.* is deprecated", category=FutureWarning)
            lightning = trainer(
                self.name,
                max_epochs=self.epochs,
                log_every_n_steps=len(self.batches),
                callbacks=[StopDiverged(), Losses(self.name)],  # averages of weights come after the first
                plugins=[LightningEnvironment()],  # a fit is one process, also in a job of Slurm
                enable_progress_bar=False,
                enable_model_summary=False,
                enable_checkpointing=False,
            )
            try:
                lightning.fit(self.module, self.batches, self.validation)
            except SystemExit:  # Lightning's own answer to Ctrl-C
                raise KeyboardInterrupt from None
        self.module.eval()


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


class WeightAverage(Callback):
    """Keep an exponential moving average of the weights, validate it, and install it at the end.

    Lightning's own `WeightAveraging` computes the same, but walks through all modules at each step.

    Parameters
    ----------
    decay
        The share of the old average in the new one. It starts low and rises to `decay`, so that a short fit does not
        end near its random start.

    Examples
    --------
    >>> WeightAverage(0.999).decay
    0.999
    """

    def __init__(self, decay: float) -> None:
        self.decay = decay

    def on_fit_start(self, _: pl.Trainer, module: pl.LightningModule) -> None:
        """Start from the first weights."""
        self._weights = [parameter.data for parameter in module.parameters()]
        self._averages = [weight.clone() for weight in self._weights]
        self._n = 0

    def on_train_batch_end(self, *_: Any) -> None:
        """Move the average towards the new weights. The first weights count for nothing."""
        decay = min(self.decay, (1 + self._n) / (10 + self._n)) if self._n else 0.0
        torch._foreach_lerp_(self._averages, self._weights, 1 - decay)
        self._n += 1

    def on_validation_epoch_start(self, *_: Any) -> None:
        """Install the average."""
        self._swap()

    def on_validation_epoch_end(self, *_: Any) -> None:
        """Install the weights that are trained."""
        self._swap()

    def on_train_end(self, *_: Any) -> None:
        """Install the average for good."""
        self._swap()

    def _swap(self) -> None:
        for weight, average in zip(self._weights, self._averages, strict=True):
            trained = weight.clone()
            weight.copy_(average)
            average.copy_(trained)


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
