"""Training with Lightning: the phases of a fit."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import pytorch_lightning as pl
from lightning_fabric.plugins.environments.lightning import LightningEnvironment

from fairtab.neural.loss_guard import StopDiverged
from fairtab.neural.losses import Losses


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
    >>> import torch
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
        The networks, their losses and their optimisers, as a LightningModule: `LossTraining`
        (`fairtab.neural.loss_training`), `AdversarialTraining` (`fairtab.neural.adversarial`), or one of your own. Its
        `training_step` returns the loss of a batch, and the epoch's mean is logged as "train/loss".
    batches, validation
        Batches for training and for validation, None to validate nothing.
    epochs
        Passes over `batches`.
    name
        Stays empty if a method has a single phase. If it has several, each has a name, and a log file under it.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from torch.utils.data import DataLoader, TensorDataset
    >>> from fairtab.neural.loss_training import LossTraining
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
