"""Training two networks against each other with Lightning: Wasserstein GANs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pytorch_lightning as pl
import torch
from pytorch_lightning.core.optimizer import LightningOptimizer
from torch import Tensor, nn

from fairtab import seeds
from fairtab.neural.batches import Batches
from fairtab.neural.training import TrainerFactory, train


class Adversaries(Protocol):
    """A generator, its critic, and their losses: an `nn.Module`, of which this is what training needs."""

    @property
    def generator(self) -> nn.Module: ...
    @property
    def critic(self) -> nn.Module: ...
    def eval(self) -> object: ...

    @property
    def critic_loss(self) -> Callable[..., Tensor]:
        """What the critic is to lower on a batch of real rows. []"""
        ...

    def generator_loss(self, n: int, *, epoch: int) -> Tensor:
        """What the generator is to lower on n rows of its own in this epoch, the first being 0. []"""
        ...

    @property
    def distance(self) -> Callable[..., Tensor]:
        """The critic's estimate of the Wasserstein distance from a batch of real rows to the generator's. []"""
        ...


def fit_adversaries(
    network: Adversaries,
    batches: Batches,
    validation: Batches,
    *,
    trainer: TrainerFactory,
    epochs: int,
    learning_rate: float,
    betas: tuple[float, float],
    critic_steps: int,
) -> None:
    """Train `network` in place, and leave it in evaluation mode.

    Random numbers come from torch's global stream: seed it around the call.
    """
    module = AdversarialModule(network, learning_rate=learning_rate, betas=betas, critic_steps=critic_steps)
    train(module, batches, validation, trainer=trainer, epochs=epochs)
    network.eval()


class AdversarialModule(pl.LightningModule):
    """Adam on both networks; on each batch the critic takes `critic_steps` steps, then the generator takes one."""

    def __init__(
        self, network: Adversaries, *, learning_rate: float, betas: tuple[float, float], critic_steps: int
    ) -> None:
        super().__init__()
        self.automatic_optimization = False  # Lightning's own loop knows one optimizer
        self.network = network
        self.learning_rate, self.betas, self.critic_steps = learning_rate, betas, critic_steps

    def training_step(self, batch: tuple[Tensor, ...], _: int) -> Tensor:
        optimizers = self.optimizers()
        assert isinstance(optimizers, list)  # Lightning gives a single one bare
        for_generator, for_critic = optimizers
        for _ in range(self.critic_steps):
            critic_loss = self.network.critic_loss(*batch)
            self._step(for_critic, critic_loss)
        loss = self.network.generator_loss(len(batch[-1]), epoch=self.current_epoch)
        self._step(for_generator, loss)
        self._log("train/critic_loss", critic_loss, batch)
        self._log("train/loss", loss, batch)
        return loss.detach()

    def validation_step(self, batch: tuple[Tensor, ...], index: int) -> None:
        with seeds.torch_seeded(index, "validation"):  # the same noise each time, and none taken from training's stream
            self._log("validation/distance", self.network.distance(*batch), batch)

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        both = (self.network.generator, self.network.critic)
        return [
            torch.optim.Adam(each.parameters(), lr=self.learning_rate, betas=self.betas, fused=True) for each in both
        ]

    def _step(self, optimizer: LightningOptimizer, loss: Tensor) -> None:
        optimizer.optimizer.zero_grad()
        self.manual_backward(loss)
        optimizer.step()

    def _log(self, name: str, value: Tensor, batch: tuple[Tensor, ...]) -> None:
        self.log(name, value, on_step=False, on_epoch=True, batch_size=len(batch[-1]))
