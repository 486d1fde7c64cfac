"""Batches for training and validation, cut from tensors in memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from fairtab import seeds
from fairtab.codec import Codec, Encoded
from fairtab.errors import InputError
from fairtab.table import Table

CHUNK = 4096  # rows at once where no gradients are kept: more of them do not fit the processor's cache
VALIDATION_ROWS = 2048  # they are enough for the curve of a loss, and all of them would take a tenth of a fit


class Batches:
    """The rows of an encoded table in batches, an iterable that Lightning takes as a loader.

    In training, each pass has a new order of the rows and spreads numerical columns afresh, and the last batch is left
    out if it is incomplete. In validation all passes are the same, so that their losses can be compared.

    Parameters
    ----------
    codec
        Spreads the numerical columns.
    encoded
        The rows.
    batch_size
        Rows of a batch; if there are fewer rows, a batch has all of them.
    seed
        The same seed gives the same batches.
    training
        Whether the batches are for training.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab import Schema
    >>> frame = pd.DataFrame({"age": range(5), "sex": ["f", "m", "f", "m", "f"], "y": [0, 1, 1, 0, 1]})
    >>> table = Table(frame, Schema(("age",), (), "y", 1, ("sex",)))
    >>> codec = Codec.fit(table)
    >>> [len(x_num) for x_num, x_cat, condition in Batches(codec, codec.encode(table), 2, seed=0, training=True)]
    [2, 2]
    """

    def __init__(self, codec: Codec, encoded: Encoded, batch_size: int, *, seed: int, training: bool) -> None:
        self.codec, self.encoded, self.seed, self.training = codec, encoded, seed, training
        self.n_rows = len(encoded.condition)
        self.batch_size = min(batch_size, self.n_rows)
        self.n_passes = 0

    @classmethod
    def for_validation(cls, codec: Codec, validation: Table) -> Self:
        """Return the first validation rows that can be encoded, as one batch.

        Raises
        ------
        InputError
            No row can be encoded.
        """
        seen = codec.seen(validation)
        if not seen.any():
            raise InputError(
                "validation: every row has a category, a condition or a gap that is not in the training table"
            )
        rows = Table(validation.frame[seen].head(VALIDATION_ROWS), validation.schema)
        return cls(codec, codec.encode(rows), VALIDATION_ROWS, seed=0, training=False)

    def __len__(self) -> int:
        full, rest = divmod(self.n_rows, self.batch_size)
        return full + (rest > 0 and not self.training)

    def passes(self, epochs: int, min_steps: int) -> int:
        """Return how many passes make at least this many epochs and gradient steps."""
        return max(epochs, math.ceil(min_steps / len(self)))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        # a stream of its own, so that neither loader changes the random numbers of the other
        generator = seeds.torch_generator(self.seed, "batches", self.n_passes if self.training else 0)
        self.n_passes += 1
        x_num = self.codec.spread(self.encoded.x_num, generator)
        order = torch.randperm(self.n_rows, generator=generator) if self.training else torch.arange(self.n_rows)
        for rows in order.split(self.batch_size)[: len(self)]:
            yield x_num[rows], self.encoded.x_cat[rows], self.encoded.condition[rows]


@dataclass(frozen=True, eq=False)
class TrainingData:
    """What the training phases of a method learn from.

    Parameters
    ----------
    codec
        The fitted codec.
    encoded
        The rows of the training table.
    validation
        Batches of the validation table.
    seed
        The seed of the fit.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab import Schema
    >>> frame = pd.DataFrame({"age": range(5), "sex": ["f", "m", "f", "m", "f"], "y": [0, 1, 1, 0, 1]})
    >>> table = Table(frame, Schema(("age",), (), "y", 1, ("sex",)))
    >>> data = TrainingData.encode(Codec.fit(table), table, table, seed=0)
    >>> len(data.batches(2)), len(data.validation)
    (2, 1)
    """

    codec: Codec
    encoded: Encoded
    validation: Batches
    seed: int

    @classmethod
    def encode(cls, codec: Codec, train: Table, validation: Table, *, seed: int) -> Self:
        """Encode both tables. Raises InputError if no row of `validation` can be encoded."""
        return cls(codec, codec.encode(train), Batches.for_validation(codec, validation), seed)

    def batches(self, batch_size: int) -> Batches:
        """Return training batches."""
        return Batches(self.codec, self.encoded, batch_size, seed=self.seed, training=True)
