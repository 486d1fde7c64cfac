"""The score network of STaSy (Kim et al., ICLR 2023)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from baselines.stasy.sde import SDE
from fairtab.backbones.embedding import StepEmbedding

WIDTHS = 1, 2, 1, 1  # of the hidden layers, in units of `width`
D_EMBEDDING = 16  # small: each of a layer's units has so many weights twice
STEPS = 20  # t = 1 is this step to the embedding: most of its sinusoids are then smooth in t


class ConcatSquash(nn.Module):
    """A linear layer whose units have a gate and a bias of the time (Grathwohl et al., ICLR 2019)."""

    def __init__(self, d_in: int, d_out: int) -> None:
        super().__init__()
        self.linear = nn.Linear(d_in, d_out)
        self.gate = nn.Linear(D_EMBEDDING, d_out)
        self.bias = nn.Linear(D_EMBEDDING, d_out, bias=False)

    def forward(self, h: Tensor, time: Tensor) -> Tensor:
        return torch.addcmul(self.bias(time), self.linear(h), self.gate(time).sigmoid())


class ScoreNetwork(nn.Module):
    """The score of noisy rows, grad log p_t(x_t), of which the layers predict the noise: score = -eps / std.

    Each hidden layer sees the row and all layers before it.

    Parameters
    ----------
    sde
        Scales the rows that the layers see, and the score.
    d_in
        Length of a row.
    width
        The hidden layers are `width`, 2 `width`, `width` and `width` wide.
    """

    def __init__(self, sde: SDE, *, d_in: int, width: int) -> None:
        super().__init__()
        self.sde = sde
        self.embed = nn.Sequential(StepEmbedding(D_EMBEDDING), nn.SiLU())
        self.layers = nn.ModuleList()
        d = d_in
        for factor in WIDTHS:
            self.layers.append(ConcatSquash(d, factor * width))
            d += factor * width
        self.head = nn.Linear(d, d_in)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Rows x [B, d_in] at times t, [B, 1] or one time for all [1, 1]. Returns [B, d_in]."""
        m, std = self.sde.marginal(t)
        time = self.embed(STEPS * t.squeeze(1))
        h = x / (m**2 + std**2).sqrt()  # about unit scale, however large the noise
        for layer in self.layers:
            h = torch.cat([layer(h, time).relu(), h], dim=1)
        return -self.head(h) / std
