"""Rows as tokens, one vector a column, and back: for transformers over the columns of a row."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fairtab.errors import check_setting


class Tokenizer(nn.Module):
    """Turn each column of a row into a vector (Gorishniy et al. 2021; TabSyn, Eqs. 1 and 2).

    A number x becomes x * w + b, with w and b of its column. A category becomes a learned vector.

    Parameters
    ----------
    d_num
        Number of numerical columns.
    cardinalities
        Number of categories of each categorical column.
    d_token
        Width of a token.
    """

    starts: Tensor

    def __init__(self, d_num: int, cardinalities: Sequence[int], d_token: int) -> None:
        super().__init__()
        self.n_tokens = d_num + len(cardinalities)
        self.weight = nn.Parameter(torch.empty(d_num, d_token))
        self.bias = nn.Parameter(torch.empty(d_num, d_token))
        self.categories = nn.Embedding(sum(cardinalities), d_token)
        self.register_buffer("starts", torch.tensor([0, *cardinalities]).cumsum(0)[:-1], persistent=False)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(d_token**-0.5), d_token**-0.5)

    def forward(self, x_num: Tensor, x_cat: Tensor) -> Tensor:
        """Map x_num [B, d_num] and x_cat int64 [B, d_cat] to tokens [B, n_tokens, d_token]."""
        numbers = x_num.unsqueeze(-1) * self.weight + self.bias
        return torch.cat([numbers, self.categories(x_cat + self.starts)], dim=1)


class Detokenizer(nn.Module):
    """Read each column off its own token, by a linear map of the column (TabSyn, Eq. 3).

    Parameters
    ----------
    d_num, cardinalities, d_token
        As of `Tokenizer`.
    """

    def __init__(self, d_num: int, cardinalities: Sequence[int], d_token: int) -> None:
        super().__init__()
        self.d_num = d_num
        self.weight = nn.Parameter(torch.empty(d_num, d_token))
        self.bias = nn.Parameter(torch.zeros(d_num))
        self.categories = nn.ModuleList(nn.Linear(d_token, K) for K in cardinalities)
        nn.init.uniform_(self.weight, -(d_token**-0.5), d_token**-0.5)

    def forward(self, tokens: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Map tokens [B, n_tokens, d_token] to numbers [B, d_num] and logits [B, K] of each categorical column."""
        numbers = (tokens[:, : self.d_num] * self.weight).sum(-1) + self.bias
        of_columns = tokens[:, self.d_num :].unbind(1)
        return numbers, [head(token) for head, token in zip(self.categories, of_columns, strict=True)]


def transformer(d_token: int, *, n_layers: int, n_heads: int, d_hidden: int) -> nn.TransformerEncoder:
    """Make a transformer over the tokens of a row: attention between columns, without dropout.

    Parameters
    ----------
    d_token
        Width of a token.
    n_layers, n_heads
        Number of layers, and of attention heads in each.
    d_hidden
        Width of the feed-forward layers.

    Raises InputError if the heads do not share the token's width.
    """
    check_setting("d_token", d_token, d_token % n_heads == 0, f"a multiple of n_heads = {n_heads}")
    layer = nn.TransformerEncoderLayer(
        d_token, n_heads, d_hidden, dropout=0.0, activation=F.relu, batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, n_layers, enable_nested_tensor=False)


class StepMLP(nn.Module):
    """The denoising MLP of TabSyn and TabDiff: a vector plus the embedded noise level, then four layers.

    Parameters
    ----------
    d_in
        Width of the vector. The output is as wide.
    width
        Of the first and the last hidden layer; the two between are twice as wide.
    """

    frequencies: Tensor

    def __init__(self, d_in: int, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(d_in, width)
        self.noise = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.layers = nn.Sequential(
            nn.Linear(width, 2 * width),
            nn.SiLU(),
            nn.Linear(2 * width, 2 * width),
            nn.SiLU(),
            nn.Linear(2 * width, width),
            nn.SiLU(),
            nn.Linear(width, d_in),
        )
        half = width // 2
        self.register_buffer("frequencies", 10_000.0 ** -(torch.arange(half) / half), persistent=False)

    def forward(self, x: Tensor, c_noise: Tensor) -> Tensor:
        """Map x [B, d_in] and noise levels [B] to [B, d_in]."""
        angles = c_noise.unsqueeze(-1) * self.frequencies
        embedded = F.pad(torch.cat([angles.cos(), angles.sin()], dim=-1), (0, self.first.out_features % 2))
        return self.layers(self.first(x) + self.noise(embedded))
