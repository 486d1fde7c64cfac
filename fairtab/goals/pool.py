"""Rows of every (label, group) cell, sampled once and mixed again for each joint that a search tries."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd

from fairtab import seeds
from fairtab.joint import Joint
from fairtab.synthesizer import Synthesizer
from fairtab.table import Table

SPARE = 1.25  # a block has more rows of a cell than the typical joint needs, so that most joints need one block


class Pool:
    """Rows of a synthesizer, by cell. They are sampled in blocks, when they are first needed.

    A joint's table takes the first rows of each cell. So two joints share as many rows as they can and differ by little
    else (common random numbers), and a joint's table does not depend on the joints that were asked for before it.

    Parameters
    ----------
    synthesizer
        A fitted method that can be steered to a joint.
    typical
        A joint like those that will be asked for.
    n
        The number of rows of a table.
    seed
        Where the random numbers start.

    Examples
    --------
    >>> from baselines.resample import Resample
    >>> from fairtab import Schema
    >>> frame = pd.DataFrame({"hired": [1, 1, 1, 0] * 5, "sex": ["m", "m", "f", "m"] * 5})
    >>> train = Table(frame, Schema((), (), "hired", 1, ("sex",)))
    >>> pool = Pool(Resample().fit(train, train, seed=0), Joint.from_table(train), 8, seed=0)
    >>> pool.table(Joint.from_table(train)).frame.value_counts().sort_index().to_dict()
    {(0, 'm'): 2, (1, 'f'): 2, (1, 'm'): 4}
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
        """Return `n` rows with this joint, in random order; fewer if the synthesizer gives no row of a cell."""
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
