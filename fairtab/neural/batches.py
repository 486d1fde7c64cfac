"""Training batches, cut from tensors in memory."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from fairtab import seeds
from fairtab.codec import Codec, Encoded
from fairtab.errors import InputError
from fairtab.table import Table

CHUNK = 4096  # rows at once where no gradients are kept: more of them leave the processor's cache


class Batches:
    """The rows of an encoded table in batches, an iterable that Lightning takes as a loader.

    For training, each pass brings the rows in a new order with numerical columns spread afresh, and the incomplete last
    batch is left out. Otherwise each pass is the same, so that its loss can be compared with the last pass'.
    """

    def __init__(self, codec: Codec, encoded: Encoded, batch_size: int, *, seed: int, training: bool) -> None:
        self.codec, self.encoded, self.seed, self.training = codec, encoded, seed, training
        self.n_rows = len(encoded.condition)
        self.batch_size = min(batch_size, self.n_rows)
        self.n_passes = 0

    @classmethod
    def watched(cls, codec: Codec, validation: Table) -> Batches:
        """The validation rows that can be encoded. Raises InputError where there are none."""
        seen = codec.seen(validation)
        if not seen.any():
            raise InputError("validation: every row has a category or a condition that the training table has not")
        rows = Table(validation.frame[seen], validation.schema)
        return cls(codec, codec.encode(rows), CHUNK, seed=0, training=False)

    def __len__(self) -> int:
        full, rest = divmod(self.n_rows, self.batch_size)
        return full + (rest > 0 and not self.training)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        # a stream of its own, so that neither loader's rows change what the other draws
        generator = seeds.torch_generator(self.seed, "batches", self.n_passes if self.training else 0)
        self.n_passes += 1
        x_num = self.codec.spread(self.encoded.x_num, generator)
        order = torch.randperm(self.n_rows, generator=generator) if self.training else torch.arange(self.n_rows)
        for rows in order.split(self.batch_size)[: len(self)]:
            yield x_num[rows], self.encoded.x_cat[rows], self.encoded.condition[rows]
