"""CoDi: two diffusions, of numbers and of categories, that are conditions of each other (Lee et al., ICML 2023)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from baselines.codi.diffusion import CoEvolvingDiffusion, Schedule
from fairtab.codec import NUMBERS_STAY, Codec
from fairtab.neural.batches import TrainingData
from fairtab.neural.loss_training import loss_phase
from fairtab.neural.synthesizer import NeuralSynthesizer
from fairtab.neural.training import Phase
from fairtab.table import Table


@dataclass(kw_only=True, eq=False)
class CoDi(NeuralSynthesizer):
    """Learn p(row) of all columns, label and sensitive attributes included.

    Numbers diffuse by Gaussian noise, trained by the squared error of eps. All other columns diffuse by multinomial
    noise, trained by the variational bound. Each of the two diffusions gets the other one's noisy rows of the same step
    as its condition (co-evolving conditional diffusion, Lee et al. 2023, arXiv 2304.12654). A contrastive loss makes
    them use it: the estimate of the clean row is to be nearer to the row than an estimate whose condition comes from
    another row.

    Parameters
    ----------
    width, n_levels
        Both networks are U-Nets of linear layers. `width` is that of the first of `n_levels` levels; it doubles from
        level to level.
    T
        Number of steps of the forward process, and of sampling.
    schedule
        Of the noise: "cosine", or the published "linear", which for small T ends far from pure noise.
    contrast
        Weight of the contrastive loss (lambda_C and lambda_D).
    margin
        How much nearer the estimate under the right condition is to be.
    epochs
        Passes over the training table.
    min_steps
        Least number of gradient steps: a small table has further epochs.
    batch_size
        Rows of a gradient step.
    learning_rate, weight_decay
        Of AdamW. One optimiser is as good as two: the losses of the networks share no gradient.
    ema_decay
        Of the moving average of the weights. Rows are sampled with the averaged weights.
    trainer, device
        See `NeuralSynthesizer`.
    """

    width: int = 64
    n_levels: int = 2
    T: int = 50
    schedule: Schedule = "cosine"
    contrast: float = 0.2
    margin: float = 1.0
    epochs: int = 100
    min_steps: int = 2000
    batch_size: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 0.0
    ema_decay: float = 0.999

    steerable = False

    @property
    def diffusion(self) -> CoEvolvingDiffusion:
        return cast(CoEvolvingDiffusion, self.networks["diffusion"])

    def prepare(self, train: Table) -> Codec:
        return Codec.fit(train, NUMBERS_STAY, conditions=())

    def build_networks(self) -> dict[str, nn.Module]:
        diffusion = CoEvolvingDiffusion(
            d_num=len(self.codec.numerical),
            cardinalities=self.codec.cardinalities,
            widths=[self.width * 2**level for level in range(self.n_levels)],
            T=self.T,
            schedule=self.schedule,
            contrast=self.contrast,
            margin=self.margin,
        )
        return {"diffusion": diffusion}

    def phases(self, data: TrainingData) -> Iterator[Phase]:
        """One phase: each step trains both networks."""
        yield loss_phase(self.diffusion, self, data, min_steps=self.min_steps)

    def sample_rows(self, condition: Tensor, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        return self.diffusion.sample(len(condition), generator=generator)
