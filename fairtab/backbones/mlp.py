"""The fast backbone: a residual MLP. Step and conditions modulate its blocks (adaptive layer norm)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fairtab.backbones.embedding import Embedding
from fairtab.diffusion.denoiser import Prediction


class MLP(nn.Module):
    """A residual MLP with adaptive layer norm (Peebles and Xie 2023).

    It starts from the prediction 0 for all numerical columns and uniform probabilities for all categories.

    Parameters
    ----------
    d_num : int
        Number of numerical columns.
    cardinalities : sequence of int
        The K of each categorical column.
    condition_cardinalities : sequence of int
        The number of values of the label and of each sensitive attribute.
    width : int
        Width of the hidden layer.
    n_blocks : int
        Number of residual blocks.
    d_embedding : int
        Width of the embedding of step and conditions.
    n_bins : int
        Number of bins of all numerical columns together, if it sees and predicts them as bins
        (`fairtab.diffusion.bins`). 0 if it does not.
    dropout : float, optional
        Probability that a hidden unit of a block is 0 in training (Srivastava et al. 2014). With few rows, the network
        then remembers less of them.

    Examples
    --------
    >>> network = MLP(d_num=2, cardinalities=(3, 5), condition_cardinalities=(2, 2), width=16)
    >>> x_num, x_cat, case = torch.zeros(4, 2), torch.zeros(4, 2, dtype=torch.long), torch.tensor([0, 0, 1, 0])
    >>> prediction = network(x_num, x_cat, torch.tensor([9, 9]), torch.tensor([[0, 1], [1, 2]]), case)
    >>> prediction.num.shape, [logits.shape[1] for logits in prediction.logits]
    (torch.Size([4, 2]), [3, 5])
    """

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
        n_bins: int = 0,
        dropout: float | None = None,
    ) -> None:
        super().__init__()
        self.cardinalities = tuple(cardinalities)
        self.d_num_out, self.width = n_bins or d_num, width
        starts = torch.tensor([0, *self.cardinalities]).cumsum(0)[:-1]
        self.register_buffer("starts", starts, persistent=False)
        self.from_num = nn.Linear(d_num + n_bins, width) if d_num else None
        self.from_cat = nn.EmbeddingBag(sum(self.cardinalities), width, mode="sum") if cardinalities else None
        self.embed = Embedding(condition_cardinalities, d_embedding)
        self.blocks = nn.ModuleList(Block(width, d_embedding, dropout or 0.0) for _ in range(n_blocks))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, self.d_num_out + sum(self.cardinalities))
        # a one-hot vector, and the masses of a column's bins, sum to 1, so the number of columns sets the scale
        scale = (d_num + len(self.cardinalities)) ** -0.5
        if self.from_num is not None and n_bins:
            nn.init.normal_(self.from_num.weight, std=scale)
        if self.from_cat is not None:
            nn.init.normal_(self.from_cat.weight, std=scale)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x_num: Tensor, x_cat: Tensor, t: Tensor, condition: Tensor, case: Tensor) -> Prediction:
        """Predict for rows x_t: see `Denoiser`."""
        h = x_num.new_zeros(len(x_num), self.width)
        if self.from_num is not None:
            h = h + self.from_num(x_num)
        if self.from_cat is not None:
            h = h + self.from_cat(x_cat + self.starts)
        embedding = self.embed(t, condition)  # [C, d_embedding]
        for block in self.blocks:
            h = block(h, embedding, case)
        num, logits = self.head(self.norm(h)).split([self.d_num_out, sum(self.cardinalities)], dim=-1)
        return Prediction(num, logits.split(self.cardinalities, dim=-1))


class Block(nn.Module):
    """A residual block: h + MLP((1 + scale) * norm(h) + shift), with scale and shift computed from the embedding.

    Parameters
    ----------
    width : int
        Width of h.
    d_embedding : int
        Width of the embedding.
    dropout : float
        Probability that a hidden unit is 0 in training.

    Examples
    --------
    >>> block = Block(width=4, d_embedding=8)
    >>> block(torch.zeros(3, 4), torch.zeros(1, 8), torch.zeros(3, dtype=torch.long)).shape
    torch.Size([3, 4])
    """

    def __init__(self, width: int, d_embedding: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulation = nn.Linear(d_embedding, 2 * width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, h: Tensor, embedding: Tensor, case: Tensor) -> Tensor:
        """Map h [B, width], with embedding [C, d_embedding] and case int64 [B], to [B, width]."""
        scale, shift = F.embedding(case, self.modulation(embedding)).chunk(2, dim=-1)
        return h + self.down(self.dropout(F.silu(self.up(self.norm(h) * (1 + scale) + shift))))
