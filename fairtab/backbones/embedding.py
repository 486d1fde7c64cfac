"""Embeddings of the step and of the conditions, the inputs of a backbone beside the row."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Embedding(nn.Module):
    """Embed step and conditions together, as one vector.

    Parameters
    ----------
    condition_cardinalities : sequence of int
        The number of values of the label and of each sensitive attribute.
    d_embedding : int
        Width of the vector.

    Examples
    --------
    >>> embed = Embedding((2, 5), d_embedding=8)
    >>> embed(torch.tensor([10, 10]), torch.tensor([[0, 4], [2, 5]])).shape  # 2 and 5 mean "not given"
    torch.Size([2, 8])
    """

    def __init__(self, condition_cardinalities: Sequence[int], d_embedding: int) -> None:
        super().__init__()
        self.conditions = ConditionEmbedding(condition_cardinalities, d_embedding)
        self.step = StepEmbedding(d_embedding)

    def forward(self, t: Tensor, condition: Tensor) -> Tensor:
        """Embed int64 t [C] and int64 condition [C, 1 + N] as [C, d_embedding]."""
        return F.silu(sum(self.conditions(condition), start=self.step(t)))


class ConditionEmbedding(nn.ModuleList):
    """Embed each condition as a vector of its own.

    Each condition has one vector more than it has values. This learned vector means "not given".

    Parameters
    ----------
    condition_cardinalities : sequence of int
        The number of values of the label and of each sensitive attribute.
    d_embedding : int
        Width of a vector.

    Examples
    --------
    >>> label, sex = ConditionEmbedding((2, 2), d_embedding=8)(torch.tensor([[1, 2]]))
    >>> label.shape
    torch.Size([1, 8])
    """

    def __init__(self, condition_cardinalities: Sequence[int], d_embedding: int) -> None:
        super().__init__(nn.Embedding(k + 1, d_embedding) for k in condition_cardinalities)

    def forward(self, condition: Tensor) -> list[Tensor]:
        """Embed int64 condition [C, 1 + N] as 1 + N tensors [C, d_embedding]."""
        return [embed(code) for embed, code in zip(self, condition.unbind(-1), strict=True)]


class StepEmbedding(nn.Linear):
    """Embed the step by a linear map of its sinusoids (Vaswani et al. 2017).

    Parameters
    ----------
    d_embedding : int
        Width of the vector.

    Examples
    --------
    >>> StepEmbedding(8)(torch.tensor([1, 1000])).shape
    torch.Size([2, 8])
    """

    frequencies: Tensor

    def __init__(self, d_embedding: int) -> None:
        super().__init__(2 * (d_embedding // 2), d_embedding)
        frequencies = torch.exp(-math.log(10_000) * torch.arange(d_embedding // 2) / (d_embedding // 2))
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, t: Tensor) -> Tensor:
        """Embed int64 t [C] as [C, d_embedding]."""
        return super().forward(self.sinusoids(t))

    def sinusoids(self, t: Tensor) -> Tensor:
        """Return what the linear map gets, [C, 2 * (d_embedding // 2)]."""
        angles = t.unsqueeze(-1) * self.frequencies
        return torch.cat([angles.sin(), angles.cos()], dim=-1)
