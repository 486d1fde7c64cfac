"""Training two networks against each other with Lightning: Wasserstein GANs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pytorch_lightning as pl
import torch
from pytorch_lightning.core.optimizer import LightningOptimizer
from torch import Tensor, nn

from fairtab import seeds


class Adversaries(Protocol):
    """A generator, its critic and their losses: an `nn.Module`, of which training needs these members.

    Examples
    --------
    `baselines.fairtgan.TabFairGAN` is one.

    >>> issubclass(Adversaries, Protocol)
    True
    """

    @property
    def generator(self) -> nn.Module:
        """The network that makes rows."""
        ...

    @property
    def critic(self) -> nn.Module:
        """The network that scores rows."""
        ...

    @property
    def critic_loss(self) -> Callable[..., Tensor]:
        """The critic's loss, a function of the tensors of a batch of real rows, of shape []."""
        ...

    def generator_loss(self, n: int, *, epoch: int) -> Tensor:
        """Return the generator's loss on n rows of its own. The first epoch is 0; the shape is []."""
        ...

    @property
    def distance(self) -> Callable[..., Tensor]:
        """The estimated Wasserstein distance between a batch of real rows and generated ones, of shape []."""
        ...


class AdversarialTraining(pl.LightningModule):
    """Adam on both networks. On each batch the critic takes `critic_steps` steps, then the generator takes one.

    Parameters
    ----------
    network
        Both networks.
    learning_rate, betas
        Of Adam, for both networks.
    critic_steps
        Steps of the critic for each step of the generator.

    Examples
    --------
    >>> AdversarialTraining(nn.Identity(), learning_rate=2e-4, betas=(0.5, 0.999), critic_steps=4).critic_steps
    4
    """

    def __init__(
        self, network: Adversaries, *, learning_rate: float, betas: tuple[float, float], critic_steps: int
    ) -> None:
        super().__init__()
        self.automatic_optimization = False  # Lightning's own loop knows one optimizer
        self.network = network
        self.learning_rate, self.betas, self.critic_steps = learning_rate, betas, critic_steps

    def training_step(self, batch: tuple[Tensor, ...], _: int) -> Tensor:
        """Train both networks on a batch, and return the generator's loss, of shape []."""
        optimizers = self.optimizers()
        assert isinstance(optimizers, list)  # Lightning gives a single one bare
        for_generator, for_critic = optimizers
        for _ in range(self.critic_steps):
            critic_loss = self.network.critic_loss(*batch)
            self._step(for_critic, critic_loss)
        loss = self.network.generator_loss(len(batch[-1]), epoch=self.current_epoch)
        self._step(for_generator, loss)
        self._log("train/critic_loss", critic_loss, batch)
        return loss.detach()

    def validation_step(self, batch: tuple[Tensor, ...], index: int) -> None:
        """Log the distance to a validation batch."""
        with seeds.torch_seeded(index, "validation"):  # the same noise each time, and none of training's stream
            self._log("validation/distance", self.network.distance(*batch), batch)

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        """Return the optimisers of the generator and of the critic."""
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
