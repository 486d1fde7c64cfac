"""TabFairGAN: a Wasserstein GAN that learns the table first, then demographic parity (Rajabi and Garibay 2022)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pandas as pd
import torch
from torch import Tensor, nn

from baselines.shared.layers import Flat
from fairtab import saving, seeds
from fairtab.codec import NUMBERS_STAY, Codec
from fairtab.errors import InputError, check_choice
from fairtab.joint import Joint
from fairtab.neural.adversarial import fit_adversaries
from fairtab.neural.batches import Batches
from fairtab.neural.sampling import draw_table
from fairtab.neural.training import TrainerFactory, quiet_trainer
from fairtab.table import Table

FORMAT = 1  # of the saved folder
UNIT_EDGE = 1e-6  # how near quantiles come to 0 and 1, whose normal quantiles are infinite


@dataclass(kw_only=True, eq=False)
class FairTGAN:
    """Learn p(row), label and sensitive attributes among the columns, then bring groups' shares of positives together.

    Parameters
    ----------
    epochs : passes over the training table that teach the table alone
    fair_epochs : passes after them in which the generator's loss has the fairness term, too
    fairness_weight : of that term (lambda_f), the gap in p(y = 1 | s) between groups
    attribute : the sensitive attribute s of the gap; None takes the first
    gradient_penalty : its weight in the critic's loss (lambda_p)
    critic_steps : steps of the critic for one of the generator
    temperature : of the Gumbel-softmax
    trainer : makes the Lightning Trainer from its options
    device : where rows are drawn
    """

    epochs: int = 170
    fair_epochs: int = 30
    fairness_weight: float = 0.5
    attribute: str | None = None
    gradient_penalty: float = 10.0
    critic_steps: int = 4
    temperature: float = 0.2
    batch_size: int = 256
    learning_rate: float = 2e-4
    betas: Sequence[float] = (0.5, 0.999)
    trainer: TrainerFactory = quiet_trainer
    device: str = "cpu"

    steerable = False

    def fit(self, train: Table, validation: Table, *, seed: int) -> Self:
        """Train on `train`. The critic's distance to `validation` is logged; nothing is learned from it.

        Raises InputError for an attribute that is not among the sensitive ones, or a table without positive labels.
        """
        if self.attribute is not None:
            check_choice("attribute", self.attribute, train.schema.sensitive)
        if not train.y.any():
            raise InputError(f"expected rows with the positive label {train.schema.positive!r}, got none")
        self.codec = Codec.fit(train, NUMBERS_STAY, conditions=())
        batches = Batches(self.codec, self.codec.encode(train), self.batch_size, seed=seed, training=True)
        watched = Batches.watched(self.codec, validation)
        beta_1, beta_2 = self.betas
        with seeds.torch_seeded(seed, "fit"):
            self.network = self._new_network()
            fit_adversaries(
                self.network,
                batches,
                watched,
                trainer=self.trainer,
                epochs=self.epochs + self.fair_epochs,
                learning_rate=self.learning_rate,
                betas=(beta_1, beta_2),
                critic_steps=self.critic_steps,
            )
        return self

    def sample(self, n: int, *, seed: int, joint: Joint | None = None) -> Table:
        """Raises InputError when asked for a joint: the generator takes no conditions."""
        if joint is not None:
            raise InputError("method fairtgan takes no conditions: it cannot be steered to a joint")
        no_conditions = torch.empty((n, 0), dtype=torch.long)
        network = self.network.to(self.device)
        return draw_table(network.draw_rows, self.codec, no_conditions, seed=seed, device=self.device)

    @property
    def n_parameters(self) -> int:
        """The generator's and the critic's."""
        return sum(parameter.numel() for parameter in self.network.parameters())

    def save(self, folder: Path) -> None:
        saving.save_model(folder, self, self.network, format=FORMAT, codec=self.codec.to_dict())

    @classmethod
    def load(cls, folder: Path) -> Self:
        with saving.reading(folder):
            state = saving.load_state(folder, cls, format=FORMAT)
            method = cls(**state["settings"])
            method.codec = Codec.from_dict(state["codec"])
            method.network = method._new_network()
            saving.load_weights(folder, method.network)
        return method

    def _new_network(self) -> TabFairGAN:
        schema = self.codec.schema
        columns = {column.name: i for i, column in enumerate(self.codec.categorical)}
        label = columns[schema.target]
        return TabFairGAN(
            d_num=len(self.codec.numerical),
            cardinalities=self.codec.cardinalities,
            label=label,
            positive=int(self.codec.categorical[label].encode(pd.Series([schema.positive]))[0]),
            attribute=columns[self.attribute or schema.sensitive[0]],
            unfair_epochs=self.epochs,
            fairness_weight=self.fairness_weight,
            gradient_penalty=self.gradient_penalty,
            temperature=self.temperature,
        )


class TabFairGAN(nn.Module):
    """Generator and critic, and what they are to lower: `fairtab.neural.adversarial.Adversaries`.

    Both have two layers as wide as a row. Numbers are quantiles, uniform over 0..1.
    label, positive, attribute: the label's column among the categorical ones, the code of its positive value, and the
    sensitive attribute's column.
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
        """The Wasserstein distance, negative, and the gradient penalty (Gulrajani et al. 2017). []"""
        real = self._real(x_num, x_cat)
        with torch.no_grad():
            fake = self.fake(len(real))
        distance = self.critic(real).mean() - self.critic(fake).mean()
        return self.gradient_penalty * gradient_penalty(self.critic, real, fake) - distance

    def generator_loss(self, n: int, *, epoch: int) -> Tensor:
        """The critic's score, negative, and from epoch `unfair_epochs` on the fairness term. []"""
        fake = self.fake(n)
        loss = -self.critic(fake).mean()
        if epoch < self.unfair_epochs:
            return loss
        _, *categorical = self.flat.split(fake)
        gap = parity_gap(categorical[self.label][:, self.positive], categorical[self.attribute])
        return loss + self.fairness_weight * gap

    def distance(self, x_num: Tensor, x_cat: Tensor, _: Tensor) -> Tensor:
        real = self._real(x_num, x_cat)
        return self.critic(real).mean() - self.critic(self.fake(len(real))).mean()

    def fake(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Rows as the critic reads them, categories by Gumbel-softmax. [n, width]"""
        shape, device = (n, self.flat.width), self.critic.device
        noise = torch.randn(shape, generator=generator, device=device)
        gumbel = -torch.empty(shape, device=device).exponential_(generator=generator).log()
        outputs = self.generator(noise)
        num, *_ = self.flat.split(outputs)
        _, *logits = self.flat.split((outputs + gumbel) / self.temperature)
        return torch.cat([num.relu(), *(each.softmax(-1) for each in logits)], dim=1)

    @torch.inference_mode()
    def draw_rows(self, condition: Tensor, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """One row for each of `condition` (int64 [B, 0]): x_num [B, d_num] and x_cat int64 [B, d_cat]."""
        num, *categorical = self.flat.split(self.fake(len(condition), generator))
        x_num = torch.special.ndtri(num.clamp(UNIT_EDGE, 1 - UNIT_EDGE))
        return x_num, torch.stack([column.argmax(-1) for column in categorical], dim=1)

    def _real(self, x_num: Tensor, x_cat: Tensor) -> Tensor:
        return self.flat(torch.special.ndtr(x_num), x_cat)


class Critic(nn.Sequential):
    """A score of each row, the sum of the last layer's units. [B], for [B, width]

    The published number of parameters leaves no room for another layer that would make one score of them.
    """

    def __init__(self, width: int) -> None:
        super().__init__(nn.Linear(width, width), nn.LeakyReLU(0.01), nn.Linear(width, width), nn.LeakyReLU(0.01))

    def forward(self, rows: Tensor) -> Tensor:
        return super().forward(rows).sum(-1)  # type: ignore[no-untyped-call]  # torch leaves it without annotations

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """How far the norm of the critic's gradient is from 1, squared, between real and fake rows. [] (both [B, width])"""
    share = torch.rand((len(real), 1), device=real.device)
    between = (share * real + (1 - share) * fake).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (gradient.norm(dim=1) - 1).square().mean()


def parity_gap(positive: Tensor, groups: Tensor) -> Tensor:
    """The largest difference in the share of positives between two groups (demographic parity difference). []

    positive: [B], groups: [B, K], both soft memberships. Groups of less than one row in all are left out.
    """
    sizes = groups.sum(0)
    rates = (positive @ groups / sizes)[sizes >= sizes.max().clamp(max=1)]  # the largest stays in any case
    return rates.max() - rates.min()
