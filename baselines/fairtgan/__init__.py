"""TabFairGAN: a Wasserstein GAN that learns the table first, then demographic parity (Rajabi and Garibay 2022)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import pandas as pd
import torch
from torch import Tensor, nn

from baselines.fairtgan.network import TabFairGAN
from fairtab.codec import NUMBERS_STAY, Codec
from fairtab.errors import InputError, check_choice, check_setting
from fairtab.neural.adversarial import AdversarialTraining
from fairtab.neural.batches import TrainingData
from fairtab.neural.loss_training import sized_phase
from fairtab.neural.synthesizer import NeuralSynthesizer
from fairtab.neural.training import Phase
from fairtab.table import Table


@dataclass(kw_only=True, eq=False)
class FairTGAN(NeuralSynthesizer):
    """Learn p(row) of all columns, label and sensitive attributes included, then lower the parity gap between groups.

    Parameters
    ----------
    epochs
        Passes over the training table that teach the table alone.
    fair_epochs
        Passes after those. In them, the generator's loss also has the fairness term.
    min_steps
        Least number of steps of both: a small table has further epochs of either kind.
    fairness_weight
        Weight of the fairness term (lambda_f), the gap in p(y = 1 | s) between groups.
    attribute
        The sensitive attribute s of the gap; None takes the first.
    gradient_penalty
        Weight of the penalty in the critic's loss (lambda_p).
    critic_steps
        Steps of the critic for each step of the generator.
    temperature
        Of the Gumbel-softmax.
    batch_size
        Rows of a batch.
    learning_rate, betas
        Of Adam, for both networks.
    trainer, device
        See `NeuralSynthesizer`.
    """

    epochs: int = 170
    fair_epochs: int = 30
    min_steps: int = 1000
    fairness_weight: float = 0.5
    attribute: str | None = None
    gradient_penalty: float = 10.0
    critic_steps: int = 4
    temperature: float = 0.2
    batch_size: int = 256
    learning_rate: float = 2e-4
    betas: Sequence[float] = (0.5, 0.999)

    steerable = False

    @property
    def gan(self) -> TabFairGAN:
        return cast(TabFairGAN, self.networks["gan"])

    def prepare(self, train: Table) -> Codec:
        """Raises InputError if the attribute is not a sensitive one, or if no training row is positive."""
        if self.attribute is not None:
            check_choice("attribute", self.attribute, train.schema.sensitive)
        asked = self.epochs + self.fair_epochs
        check_setting("epochs and fair_epochs", asked, asked >= 1, "at least 1 together")
        train.schema.check_binary("FairTGAN")
        if not train.y.any():
            raise InputError(f"expected rows with the positive label {train.schema.positive!r}, got none")
        return Codec.fit(train, NUMBERS_STAY, conditions=())

    def build_networks(self) -> dict[str, nn.Module]:
        schema = self.codec.schema
        columns = {column.name: i for i, column in enumerate(self.codec.categorical)}
        label = columns[schema.target]
        gan = TabFairGAN(
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
        return {"gan": gan}

    def phases(self, data: TrainingData) -> Iterator[Phase]:
        """One phase: the fairness term comes in while both networks and their optimisers go on."""
        beta_1, beta_2 = self.betas
        asked = self.epochs + self.fair_epochs
        module = AdversarialTraining(
            self.gan, learning_rate=self.learning_rate, betas=(beta_1, beta_2), critic_steps=self.critic_steps
        )
        phase = sized_phase(module, data, batch_size=self.batch_size, epochs=asked, min_steps=self.min_steps)
        self.gan.unfair_epochs = round(self.epochs * phase.epochs / asked)
        yield phase

    def sample_rows(self, condition: Tensor, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        return self.gan.sample(len(condition), generator=generator)
