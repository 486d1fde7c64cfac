"""Layers that several neural methods are built of."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fairtab.diffusion.finite import finite


def largest(columns: Sequence[Tensor]) -> Tensor:
    """The code of the largest number in each column, [B, K] each. int64 [B, d_cat]

    Raises Diverged if a number is not finite.
    """
    return torch.stack([finite(column, "numbers of categories").argmax(-1) for column in columns], dim=1)


class Flat(nn.Module):
    """A row as one vector: its numbers, then every categorical column one-hot.

    Parameters
    ----------
    d_num
        Number of numerical columns.
    cardinalities
        Number of categories of each categorical column.

    Attributes
    ----------
    width : int
        Length of the vector.
    """

    starts: Tensor

    def __init__(self, d_num: int, cardinalities: Sequence[int]) -> None:
        super().__init__()
        self.sizes = (d_num, *cardinalities)
        self.width = sum(self.sizes)
        self.register_buffer("starts", torch.tensor(self.sizes).cumsum(0)[:-1], persistent=False)

    def forward(self, x_num: Tensor, x_cat: Tensor) -> Tensor:
        """Join x_num [B, d_num] and x_cat int64 [B, d_cat] to vectors [B, width]."""
        flat = F.pad(x_num, (0, self.width - x_num.shape[1]))
        return flat.scatter(1, x_cat + self.starts, 1.0)

    def split(self, flat: Tensor) -> tuple[Tensor, ...]:
        """Split vectors [B, width] into the numbers [B, d_num] and a tensor [B, K] for each categorical column."""
        return flat.split(self.sizes, dim=1)
