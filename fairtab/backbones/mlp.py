"""A residual MLP whose blocks are modulated by step and conditions (adaptive layer norm, Peebles and Xie 2023)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fairtab.backbones.embedding import Embedding
from fairtab.diffusion.denoiser import Prediction


class MLP(nn.Module):
    """The fast backbone: rows in, one hidden layer of `width`, `n_blocks` residual blocks, a prediction out."""

    starts: Tensor

    def __init__(
        self,
        *,
        d_num: int,
        cardinalities: Sequence[int],
        condition_cardinalities: Sequence[int],
        width: int = 128,
        n_blocks: int = 2,
        d_embedding: int = 128,
    ) -> None:
        super().__init__()
        self.cardinalities = tuple(cardinalities)
        self.d_num, self.width = d_num, width
        starts = torch.tensor([0, *self.cardinalities]).cumsum(0)[:-1]
        self.register_buffer("starts", starts, persistent=False)
        self.from_num = nn.Linear(d_num, width) if d_num else None
        self.from_cat = nn.EmbeddingBag(sum(self.cardinalities), width, mode="sum") if cardinalities else None
        self.embed = Embedding(condition_cardinalities, d_embedding)
        self.blocks = nn.ModuleList(Block(width, d_embedding) for _ in range(n_blocks))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, d_num + sum(self.cardinalities))
        if self.from_cat is not None:
            nn.init.normal_(self.from_cat.weight, std=(d_num + len(self.cardinalities)) ** -0.5)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x_num: Tensor, x_cat: Tensor, t: Tensor, condition: Tensor, case: Tensor) -> Prediction:
        h = x_num.new_zeros(len(x_num), self.width)
        if self.from_num is not None:
            h = h + self.from_num(x_num)
        if self.from_cat is not None:
            h = h + self.from_cat(x_cat + self.starts)
        embedding = self.embed(t, condition)  # [C, d_embedding]
        for block in self.blocks:
            h = block(h, embedding, case)
        num, logits = self.head(self.norm(h)).split([self.d_num, sum(self.cardinalities)], dim=-1)
        return Prediction(num, logits.split(self.cardinalities, dim=-1))


class Block(nn.Module):
    """h + MLP(scale * norm(h) + shift), with scale and shift read off the embedding. [B, width]"""

    def __init__(self, width: int, d_embedding: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulation = nn.Linear(d_embedding, 2 * width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, h: Tensor, embedding: Tensor, case: Tensor) -> Tensor:
        scale, shift = F.embedding(case, self.modulation(embedding)).chunk(2, dim=-1)
        return h + self.down(F.silu(self.up(self.norm(h) * (1 + scale) + shift)))
