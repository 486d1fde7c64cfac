"""Real training rows drawn to the joint asked for: the ceiling of any balanced sampler."""

from __future__ import annotations

import numpy as np

from baselines.rows import TrainingRows
from fairtab import seeds
from fairtab.balance import Joint
from fairtab.errors import InputError
from fairtab.table import Table


class Resample(TrainingRows):
    """For each draw of conditions, a training row that has them; a cell's rows are used up before any comes again."""

    steerable = True

    def sample(self, n: int, *, seed: int, joint: Joint | None = None) -> Table:
        """Raises InputError where the joint asks for a cell that no training row is in."""
        conditions = (joint or Joint.of(self.train)).draw(n, seed=seed)
        names = list(self.train.schema.conditions)
        rng = seeds.numpy_generator(seed, "sample")
        rows_of = self.train.frame.groupby(names, observed=True).indices
        chosen = np.empty(n, dtype=np.int64)
        for cell, places in conditions.groupby(names, observed=True).indices.items():
            if cell not in rows_of:
                raise InputError(f"resample: no training row to draw for {', '.join(map(str, cell))}")
            n_rounds = -(-len(places) // len(rows_of[cell]))
            rows = np.concatenate([rng.permutation(rows_of[cell]) for _ in range(n_rounds)])
            chosen[places] = rows[: len(places)]
        return Table(self.train.frame.iloc[chosen], self.train.schema)
