"""TabDiff: joint diffusion of numbers and categories with learned schedules (Shi et al., ICLR 2025)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from baselines.tabdiff.network import Denoiser
from baselines.tabdiff.process import MixedDiffusion
from fairtab.codec import NUMBERS_STAY, Codec
from fairtab.neural.batches import TrainingData
from fairtab.neural.loss_training import loss_phase
from fairtab.neural.synthesizer import NeuralSynthesizer
from fairtab.neural.training import Phase
from fairtab.table import Table


@dataclass(kw_only=True, eq=False)
class TabDiff(NeuralSynthesizer):
    """Learn p(row) of all columns, label and sensitive attributes included, in one diffusion.

    Numbers get Gaussian noise, as in Karras et al. 2022. Cells of all other columns are masked. Each column has a
    schedule of its own, with a learned exponent: a power mean of the smallest and the largest noise for numbers, and
    for categories the chance to be masked, which is log-linear. One network predicts all columns at once: tokens, a
    transformer, an MLP, a transformer. It is trained by the weighted squared error of numbers plus the likelihood bound
    of categories. A sample starts at noise and masks. Each step may first go a little
    forward (`churn`), and then goes one step back.

    Parameters
    ----------
    d_token
        Width of a column's token.
    n_layers, n_heads, d_hidden
        Of both transformers: layers, attention heads, width of the feed-forward layers.
    width
        Of the MLP's first and last hidden layer; the two between are twice as wide.
    n_steps
        Steps of sampling.
    churn
        How far each step first goes forward, in steps; the paper has 1. In few steps this costs more than it corrects.
    epochs, min_steps
        Passes over the training table, and more of them until there are at least so many gradient steps.
    batch_size
        Rows of a gradient step.
    learning_rate, weight_decay
        Of AdamW.
    ema_decay
        Of the moving average of the weights. Rows are sampled with the averaged weights.
    trainer, device
        See `NeuralSynthesizer`.
    """

    d_token: int = 4
    n_layers: int = 1
    n_heads: int = 1
    d_hidden: int = 32
    width: int = 256
    n_steps: int = 50
    churn: float = 0.0
    epochs: int = 100
    min_steps: int = 3000
    batch_size: int = 512
    learning_rate: float = 2e-3
    weight_decay: float = 0.0
    ema_decay: float = 0.997

    steerable = False

    @property
    def diffusion(self) -> MixedDiffusion:
        return cast(MixedDiffusion, self.networks["diffusion"])

    def prepare(self, train: Table) -> Codec:
        return Codec.fit(train, NUMBERS_STAY, conditions=())

    def build_networks(self) -> dict[str, nn.Module]:
        sizes: dict[str, Any] = {"d_num": len(self.codec.numerical), "cardinalities": self.codec.cardinalities}
        denoiser = Denoiser(
            **sizes,
            d_token=self.d_token,
            n_layers=self.n_layers,
            n_heads=self.n_heads,
            d_hidden=self.d_hidden,
            width=self.width,
        )
        return {"diffusion": MixedDiffusion(denoiser, **sizes)}

    def phases(self, data: TrainingData) -> Iterator[Phase]:
        yield loss_phase(self.diffusion, self, data, min_steps=self.min_steps)

    def sample_rows(self, condition: Tensor, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        return self.diffusion.sample(len(condition), n_steps=self.n_steps, churn=self.churn, generator=generator)
