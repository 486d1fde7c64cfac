"""TabDDPM: diffusion of mixed-type rows given their label alone (Kotelnikov et al., ICML 2023)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import pandas as pd
import torch
from torch import Tensor, nn

from baselines.shared.labels import draw_labels
from baselines.tabddpm.network import LabelMLP
from fairtab.codec import NUMBERS_STAY, Codec
from fairtab.diffusion.numbers import Regressed
from fairtab.diffusion.process import Diffusion
from fairtab.diffusion.sampler import Sampler
from fairtab.joint import Joint
from fairtab.neural.batches import TrainingData
from fairtab.neural.loss_training import loss_phase
from fairtab.neural.synthesizer import NeuralSynthesizer
from fairtab.neural.training import Phase
from fairtab.table import Table


@dataclass(kw_only=True, eq=False)
class TabDDPM(NeuralSynthesizer):
    """Learn p(row | label). Sensitive attributes are ordinary columns, and labels follow the training table's p(y).

    Numbers go through the quantile transform. They diffuse by Gaussian noise, trained by the squared error of eps. All
    other columns diffuse by multinomial noise, trained by the variational bound and averaged over columns. Sampling is
    ancestral and takes every step.

    Parameters
    ----------
    width, n_layers
        Of the MLP's hidden layers. The embeddings are as wide.
    T
        Number of steps of the forward process, and of sampling.
    epochs
        Passes over the training table.
    min_steps
        Least number of gradient steps: a small table has further epochs.
    batch_size
        Rows of a gradient step.
    learning_rate, weight_decay
        Of AdamW.
    ema_decay
        Of the moving average of the weights. Rows are sampled with the averaged weights.
    trainer, device
        See `NeuralSynthesizer`.
    """

    width: int = 128
    n_layers: int = 3
    T: int = 1000
    epochs: int = 100
    min_steps: int = 1000
    batch_size: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    ema_decay: float = 0.999

    steerable = False

    @property
    def diffusion(self) -> Diffusion:
        return cast(Diffusion, self.networks["diffusion"])

    def prepare(self, train: Table) -> Codec:
        return Codec.fit(train, NUMBERS_STAY, conditions=[train.schema.target])

    def build_networks(self) -> dict[str, nn.Module]:
        d_num = len(self.codec.numerical)
        sizes: dict[str, Any] = {
            "cardinalities": self.codec.cardinalities,
            "condition_cardinalities": self.codec.condition_cardinalities,
        }
        diffusion = Diffusion(
            LabelMLP(**sizes, d_num=d_num, width=self.width, n_layers=self.n_layers),
            Regressed(d_num, "eps"),
            **sizes,
            T=self.T,
            condition_dropout=0.0,
            categorical_loss="variational_bound",
            loss_weighting="kinds",
        )
        return {"diffusion": diffusion}

    def phases(self, data: TrainingData) -> Iterator[Phase]:
        yield loss_phase(self.diffusion, self, data, min_steps=self.min_steps)

    def sample_conditions(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None) -> Tensor:
        """Codes of labels drawn from p(y). int64 [n, 1]"""
        return draw_labels(self.codec, n, seed=seed)

    def sample_rows(self, condition: Tensor, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        sampler = Sampler(n_steps=self.T, solver="ancestral", posterior="plug_in")
        return self.diffusion.sample(condition, sampler, generator=generator)
