"""Rows as vectors, and the loss of their score (Kim et al., ICLR 2023)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from baselines.shared.layers import Flat, largest
from baselines.stasy.network import ScoreNetwork
from baselines.stasy.sde import SDE

T_MIN = 1e-3  # the score of clean rows, at t = 0, is infinite


class ScoreModel(nn.Module):
    """The score network of rows, which are vectors of numbers and one-hot categories.

    Parameters
    ----------
    sde
        Adds the noise.
    d_num, cardinalities
        Number of numerical columns, and of categories of each categorical one.
    width
        See `ScoreNetwork`.
    """

    def __init__(self, sde: SDE, *, d_num: int, cardinalities: Sequence[int], width: int) -> None:
        super().__init__()
        self.sde = sde
        self.flat = Flat(d_num, cardinalities)
        self.score = ScoreNetwork(sde, d_in=self.flat.width, width=width)

    def losses(self, x_num: Tensor, x_cat: Tensor, _: Tensor) -> Tensor:
        """Denoising score matching of each row at a random time, weighted by lambda(t) = std(t)^2. [B]"""
        x_0 = self.flat(x_num, x_cat)  # [B, width]
        t = T_MIN + (1 - T_MIN) * torch.rand((len(x_0), 1), device=x_0.device)
        m, std = self.sde.marginal(t)  # [B, 1]
        eps = torch.randn_like(x_0)
        return (std * self.score(m * x_0 + std * eps, t) + eps).square().mean(1)

    def loss(self, x_num: Tensor, x_cat: Tensor, condition: Tensor) -> Tensor:
        """The mean loss of a batch. []"""
        return self.losses(x_num, x_cat, condition).mean()

    def rows(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Read vectors [B, width] as x_num [B, d_num] and x_cat int64 [B, d_cat], the largest of each column's."""
        x_num, *categorical = self.flat.split(x)
        return x_num, largest(categorical)
