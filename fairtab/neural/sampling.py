"""From fitted networks to a table: rows are sampled chunk by chunk."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from fairtab import seeds
from fairtab.codec import Codec
from fairtab.diffusion.finite import finite
from fairtab.neural.batches import CHUNK
from fairtab.progress import progress
from fairtab.table import Table


class SampleRows(Protocol):
    """A function that samples one row for each condition.

    Examples
    --------
    >>> def zeros(condition, *, generator):
    ...     return torch.zeros(len(condition), 1), torch.zeros(len(condition), 0, dtype=torch.long)
    >>> sample_rows: SampleRows = zeros
    """

    def __call__(self, condition: Tensor, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return x_num [B, d_num] and x_cat int64 [B, d_cat], as `Codec.decode` reads them.

        Parameters
        ----------
        condition
            Codes of the conditions. int64 [B, n_conditions]
        generator
            The only source of random numbers.
        """
        ...


def sample_table(sample_rows: SampleRows, codec: Codec, condition: Tensor, *, seed: int, device: str) -> Table:
    """Sample a table in chunks. Each chunk has a random stream of its own.

    Parameters
    ----------
    sample_rows
        Samples a chunk.
    codec
        Decodes the rows.
    condition
        Codes of the conditions of each row. int64 [N, n_conditions]
    seed
        The same seed gives the same rows.
    device
        Where `sample_rows` works.

    Returns
    -------
    Table
        One row for each row of `condition`.

    Raises
    ------
    Diverged
        A sampled number is not finite.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab import Schema
    >>> frame = pd.DataFrame({"age": [20, 30], "sex": ["f", "m"], "y": [0, 1]})
    >>> codec = Codec.fit(Table(frame, Schema(("age",), (), "y", 1, ("sex",))), conditions=["y"])
    >>> def zeros(condition, *, generator):
    ...     return torch.zeros(len(condition), 0), torch.zeros(len(condition), 2, dtype=torch.long)
    >>> sample_table(zeros, codec, torch.tensor([[1], [0]]), seed=0, device="cpu").frame["y"].tolist()
    [1, 0]
    """
    num, cat = [], []
    with progress("sampling", len(condition)) as advance:
        for i, chunk in enumerate(condition.split(CHUNK)):
            generator = seeds.torch_generator(seed, "sample", i, device=device)
            x_num, x_cat = sample_rows(chunk.to(device), generator=generator)
            num.append(finite(x_num.cpu(), "sampled numbers"))
            cat.append(x_cat.cpu())
            advance(len(chunk), f"{sum(map(len, num)):,} rows")
    return codec.decode(torch.cat(num), torch.cat(cat), condition, seed=seed)
