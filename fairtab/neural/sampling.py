"""From a fitted network to a table: rows drawn chunk by chunk."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from fairtab import seeds
from fairtab.codec import Codec
from fairtab.neural.batches import CHUNK
from fairtab.progress import progress
from fairtab.table import Table


class DrawRows(Protocol):
    def __call__(self, condition: Tensor, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """x_num [B, d_num] and x_cat [B, d_cat], as `Codec.decode` reads them, for int64 [B, n_conditions]."""
        ...


def draw_table(draw_rows: DrawRows, codec: Codec, condition: Tensor, *, seed: int, device: str) -> Table:
    """The table of one row for each row of `condition`. Each chunk has a stream of random numbers of its own."""
    num, cat = [], []
    with progress("sampling", len(condition)) as advance:
        for i, chunk in enumerate(condition.split(CHUNK)):
            generator = seeds.torch_generator(seed, "sample", i, device=device)
            x_num, x_cat = draw_rows(chunk.to(device), generator=generator)
            num.append(x_num.cpu())
            cat.append(x_cat.cpu())
            advance(len(chunk), f"{sum(map(len, num)):,} rows")
    return codec.decode(torch.cat(num), torch.cat(cat), condition)
