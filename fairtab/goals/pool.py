"""Rows of every (label, group) cell, sampled once and mixed anew for each joint that a search considers."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fairtab import seeds
from fairtab.joint import Joint
from fairtab.table import Table

if TYPE_CHECKING:
    from fairtab.synthesizer import Synthesizer

SPARE = 1.25  # rows of a cell in a block beside what the typical joint needs: most joints then do with one block


class Pool:
    """A synthesizer's rows by cell, in blocks that are sampled when they are first needed.

    A joint's table takes the first rows of each cell, so that two joints share what rows they can and differ by little
    else (common random numbers), and what it is does not depend on the joints before it.

    typical: a joint like those that will be asked for; n: rows of the tables.
    """

    def __init__(self, synthesizer: Synthesizer, typical: Joint, n: int, *, seed: int) -> None:
        self.synthesizer, self.n, self.seed = synthesizer, n, seed
        p = typical.probability
        counts = np.ceil(p[p > 0] * n * SPARE) + 1
        self.block = Joint(counts / counts.sum())
        self.block_rows = int(counts.sum())
        self.blocks: list[pd.DataFrame] = []
        self.rows: dict[tuple[Hashable, ...], np.ndarray] = {}  # of each cell, positions in all blocks together

    def table(self, joint: Joint) -> Table:
        """n rows by `joint`, in random order; fewer where the synthesizer gives no row of a cell."""
        counts = joint.counts(self.n)
        counts = counts[counts > 0]
        if not self.blocks:
            self._grow()
        while any(0 < len(self.rows.get(cell, ())) < k for cell, k in counts.items()):
            self._grow()
        chosen = np.concatenate([self.rows[cell][:k] for cell, k in counts.items() if cell in self.rows])
        order = seeds.numpy_generator(self.seed, "mix").permutation(chosen)
        return Table(pd.concat(self.blocks, ignore_index=True).iloc[order], self.schema)

    def _grow(self) -> None:
        seed = seeds.derive(self.seed, "block", len(self.blocks))
        block = self.synthesizer.sample(self.block_rows, seed=seed, joint=self.block)
        self.schema = block.schema
        start = sum(map(len, self.blocks))
        for cell, rows in block.frame.groupby(list(self.schema.conditions), observed=True, sort=False).indices.items():
            self.rows[cell] = np.concatenate([self.rows.get(cell, np.empty(0, dtype=np.int64)), start + rows])
        self.blocks.append(block.frame)
