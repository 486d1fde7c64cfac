"""What backbones are told besides the row: the step, and the conditions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Embedding(nn.Module):
    """Step and conditions as one vector. [C, d_embedding]"""

    def __init__(self, condition_cardinalities: Sequence[int], d_embedding: int) -> None:
        super().__init__()
        self.conditions = ConditionEmbedding(condition_cardinalities, d_embedding)
        self.step = StepEmbedding(d_embedding)

    def forward(self, t: Tensor, condition: Tensor) -> Tensor:
        return F.silu(sum(self.conditions(condition), start=self.step(t)))


class ConditionEmbedding(nn.ModuleList):
    """Each condition as a vector of its own, with one more than it has values: the learned null."""

    def __init__(self, condition_cardinalities: Sequence[int], d_embedding: int) -> None:
        super().__init__(nn.Embedding(k + 1, d_embedding) for k in condition_cardinalities)

    def forward(self, condition: Tensor) -> list[Tensor]:
        """1 + n_sensitive tensors [C, d_embedding], for int64 [C, 1 + n_sensitive]."""
        return [embed(code) for embed, code in zip(self, condition.unbind(-1), strict=True)]


class StepEmbedding(nn.Linear):
    """A linear map of the step's sinusoids (Vaswani et al. 2017). [C, d_embedding]"""

    frequencies: Tensor

    def __init__(self, d_embedding: int) -> None:
        super().__init__(2 * (d_embedding // 2), d_embedding)
        frequencies = torch.exp(-math.log(10_000) * torch.arange(d_embedding // 2) / (d_embedding // 2))
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, t: Tensor) -> Tensor:
        angles = t.unsqueeze(-1) * self.frequencies
        return super().forward(torch.cat([angles.sin(), angles.cos()], dim=-1))
