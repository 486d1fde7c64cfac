"""The networks of TabFairGAN and their losses (Rajabi and Garibay 2022)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from baselines.shared.layers import Flat, largest

UNIT_EDGE = 1e-6  # how near quantiles come to 0 and 1, whose normal quantiles are infinite


class TabFairGAN(nn.Module):
    """The generator, the critic and their losses: `fairtab.neural.adversarial.Adversaries`.

    Both networks have two layers as wide as a row. Numbers are quantiles, uniform over 0..1.

    Parameters
    ----------
    d_num, cardinalities
        Number of numerical columns, and of categories of each categorical one.
    label, positive
        The label's place among the categorical columns, and the code of its positive value.
    attribute
        The sensitive attribute's place among the categorical columns.
    unfair_epochs
        Epochs before the generator's loss has the fairness term.
    fairness_weight, gradient_penalty
        Weights of these terms of the losses.
    temperature
        Of the Gumbel-softmax.
    """

    def __init__(
        self,
        *,
        d_num: int,
        cardinalities: Sequence[int],
        label: int,
        positive: int,
        attribute: int,
        unfair_epochs: int,
        fairness_weight: float,
        gradient_penalty: float,
        temperature: float,
    ) -> None:
        super().__init__()
        self.flat = Flat(d_num, cardinalities)
        self.label, self.positive, self.attribute = label, positive, attribute
        self.unfair_epochs, self.fairness_weight = unfair_epochs, fairness_weight
        self.gradient_penalty, self.temperature = gradient_penalty, temperature
        width = self.flat.width
        self.generator = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))
        self.critic = Critic(width)

    def critic_loss(self, x_num: Tensor, x_cat: Tensor, _: Tensor) -> Tensor:
        """The negative Wasserstein distance plus the gradient penalty (Gulrajani et al. 2017). []"""
        real = self._real(x_num, x_cat)
        with torch.no_grad():
            fake = self.fake(len(real))
        distance = self.critic(real).mean() - self.critic(fake).mean()
        return self.gradient_penalty * gradient_penalty(self.critic, real, fake) - distance

    def generator_loss(self, n: int, *, epoch: int) -> Tensor:
        """The critic's negative score, plus the fairness term from epoch `unfair_epochs` on. []"""
        fake = self.fake(n)
        loss = -self.critic(fake).mean()
        if epoch < self.unfair_epochs:
            return loss
        _, *categorical = self.flat.split(fake)
        gap = parity_gap(categorical[self.label][:, self.positive], categorical[self.attribute])
        return loss + self.fairness_weight * gap

    def distance(self, x_num: Tensor, x_cat: Tensor, _: Tensor) -> Tensor:
        """The critic's estimate of the Wasserstein distance between real rows and generated ones. []"""
        real = self._real(x_num, x_cat)
        return self.critic(real).mean() - self.critic(self.fake(len(real))).mean()

    def fake(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Generated rows as the critic reads them, with categories by Gumbel-softmax. [n, width]"""
        shape, device = (n, self.flat.width), self.critic.device
        noise = torch.randn(shape, generator=generator, device=device)
        gumbel = -torch.empty(shape, device=device).exponential_(generator=generator).log()
        outputs = self.generator(noise)
        num, *_ = self.flat.split(outputs)
        _, *logits = self.flat.split((outputs + gumbel) / self.temperature)
        return torch.cat([num.relu(), *(each.softmax(-1) for each in logits)], dim=1)

    @torch.inference_mode()
    def sample(self, n: int, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """n rows as the codec decodes them: x_num [n, d_num] and x_cat int64 [n, d_cat]."""
        num, *categorical = self.flat.split(self.fake(n, generator))
        x_num = torch.special.ndtri(num.clamp(UNIT_EDGE, 1 - UNIT_EDGE))
        return x_num, largest(categorical)

    def _real(self, x_num: Tensor, x_cat: Tensor) -> Tensor:
        return self.flat(torch.special.ndtr(x_num), x_cat)


class Critic(nn.Sequential):
    """The score of a row is the sum of the last layer's units. [B], for [B, width]

    A further layer that makes one score of the units would exceed the published number of parameters.
    """

    def __init__(self, width: int) -> None:
        super().__init__(nn.Linear(width, width), nn.LeakyReLU(0.01), nn.Linear(width, width), nn.LeakyReLU(0.01))

    def forward(self, rows: Tensor) -> Tensor:
        return super().forward(rows).sum(-1)  # type: ignore[no-untyped-call]  # torch leaves it without annotations

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """The mean squared distance of the gradient's norm from 1 between real and fake rows, both [B, width]. []"""
    share = torch.rand((len(real), 1), device=real.device)
    between = (share * real + (1 - share) * fake).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (gradient.norm(dim=1) - 1).square().mean()


def parity_gap(positive: Tensor, groups: Tensor) -> Tensor:
    """The largest difference in the share of positives between two groups (demographic parity difference). []

    Parameters
    ----------
    positive
        Soft membership in the positive class. [B]
    groups
        Soft membership in each group. A group of less than one row in all is left out. [B, K]
    """
    sizes = groups.sum(0)
    told = sizes >= sizes.max().clamp(max=1)  # the largest stays in any case
    rates = (positive @ groups)[told] / sizes[told]  # a division by 0 would leave no gradient, even if it is masked
    return rates.max() - rates.min()
