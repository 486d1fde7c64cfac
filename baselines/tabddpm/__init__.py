"""TabDDPM: diffusion of mixed-type rows given their label alone (Kotelnikov et al., ICML 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from baselines.shared.layers import Flat
from fairtab import saving, seeds
from fairtab.backbones.embedding import StepEmbedding
from fairtab.codec import NUMBERS_STAY, Codec
from fairtab.diffusion import multinomial
from fairtab.diffusion.denoiser import Prediction
from fairtab.diffusion.process import Diffusion
from fairtab.diffusion.sampler import Sampler
from fairtab.errors import InputError
from fairtab.joint import Joint
from fairtab.neural.batches import Batches
from fairtab.neural.sampling import draw_table
from fairtab.neural.training import TrainerFactory, fit_network, quiet_trainer
from fairtab.table import Table

FORMAT = 1  # of the saved folder


@dataclass(kw_only=True, eq=False)
class TabDDPM:
    """Learn p(row | label), sensitive attributes among the columns; labels are drawn from the training table's p(y).

    Numbers go through the quantile transform and diffuse by Gaussian noise, trained by the squared error of eps; all
    else diffuses by multinomial noise, trained by the variational bound, averaged over columns. Rows are drawn by
    ancestral sampling of every step.

    Parameters
    ----------
    width, n_layers : of the MLP's hidden layers; `width` is the embeddings' size, too
    T : steps of the forward process, and of sampling
    epochs : passes over the training table
    ema_decay : of the moving average of the weights, which is what samples
    trainer : makes the Lightning Trainer from its options
    device : where rows are drawn
    """

    width: int = 128
    n_layers: int = 3
    T: int = 1000
    epochs: int = 100
    batch_size: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    ema_decay: float = 0.999
    trainer: TrainerFactory = quiet_trainer
    device: str = "cpu"

    steerable = False

    def fit(self, train: Table, validation: Table, *, seed: int) -> Self:
        """Train on `train`. The loss on `validation` is logged; nothing is learned from it."""
        self.codec = Codec.fit(train, NUMBERS_STAY, conditions=[train.schema.target])
        batches = Batches(self.codec, self.codec.encode(train), self.batch_size, seed=seed, training=True)
        watched = Batches.watched(self.codec, validation)
        with seeds.torch_seeded(seed, "fit"):
            self.diffusion = self._new_diffusion()
            fit_network(
                self.diffusion,
                batches,
                watched,
                trainer=self.trainer,
                epochs=self.epochs,
                learning_rate=self.learning_rate,
                weight_decay=self.weight_decay,
                ema_decay=self.ema_decay,
            )
        return self

    def sample(self, n: int, *, seed: int, joint: Joint | None = None) -> Table:
        """Raises InputError when asked for a joint: only the label is a condition."""
        if joint is not None:
            raise InputError("method tabddpm is conditioned on the label alone: it cannot be steered to a joint")
        sampler = Sampler(n_steps=self.T, solver="ancestral", posterior="plug_in")
        draw_rows = partial(self.diffusion.to(self.device).sample, sampler=sampler)
        return draw_table(draw_rows, self.codec, self._draw_labels(n, seed), seed=seed, device=self.device)

    @property
    def n_parameters(self) -> int:
        return sum(parameter.numel() for parameter in self.diffusion.parameters())

    def save(self, folder: Path) -> None:
        saving.save_model(folder, self, self.diffusion, format=FORMAT, codec=self.codec.to_dict())

    @classmethod
    def load(cls, folder: Path) -> Self:
        with saving.reading(folder):
            state = saving.load_state(folder, cls, format=FORMAT)
            method = cls(**state["settings"])
            method.codec = Codec.from_dict(state["codec"])
            method.diffusion = method._new_diffusion()
            saving.load_weights(folder, method.diffusion)
        return method

    def _draw_labels(self, n: int, seed: int) -> Tensor:
        """Codes drawn from p(y). int64 [n, 1]"""
        (label,) = self.codec.conditions
        p_y = torch.from_numpy(label.counts / label.counts.sum()).expand(n, -1)
        return multinomial.draw(p_y, seeds.torch_generator(seed, "labels")).unsqueeze(1)

    def _new_diffusion(self) -> Diffusion:
        sizes: dict[str, Any] = {
            "d_num": len(self.codec.numerical),
            "cardinalities": self.codec.cardinalities,
            "condition_cardinalities": self.codec.condition_cardinalities,
        }
        return Diffusion(
            LabelMLP(**sizes, width=self.width, n_layers=self.n_layers),
            **sizes,
            T=self.T,
            parametrization="eps",
            condition_dropout=0.0,
            categorical_loss="variational_bound",
            loss_weighting="kinds",
        )


class LabelMLP(nn.Module):
    """TabDDPM's denoiser: the row, the step and the label added up, then a plain MLP (Sec. 3, "Model").

    A `fairtab.diffusion.denoiser.Denoiser`, except that its label is always given.
    """

    def __init__(
        self,
        *,
        d_num: int,
        cardinalities: Sequence[int],
        condition_cardinalities: Sequence[int],
        width: int,
        n_layers: int,
    ) -> None:
        super().__init__()
        (n_labels,) = condition_cardinalities
        self.flat = Flat(d_num, cardinalities)
        self.row = nn.Linear(self.flat.width, width)
        self.step = nn.Sequential(StepEmbedding(width), nn.SiLU(), nn.Linear(width, width))
        self.label = nn.Embedding(n_labels, width)
        self.layers = nn.Sequential(*(layer for _ in range(n_layers) for layer in (nn.Linear(width, width), nn.ReLU())))
        self.head = nn.Linear(width, self.flat.width)

    def forward(self, x_num: Tensor, x_cat: Tensor, t: Tensor, condition: Tensor, case: Tensor) -> Prediction:
        embedding = self.step(t) + self.label(condition[:, 0])  # [C, width]
        h = self.row(self.flat(x_num, x_cat)) + F.embedding(case, embedding)
        num, *logits = self.flat.split(self.head(self.layers(h)))
        return Prediction(num, logits)
