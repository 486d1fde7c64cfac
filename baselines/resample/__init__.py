"""Training rows drawn to the joint asked for: the ceiling of any method that balances."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from baselines.shared.rows import TrainingRows
from fairtab import seeds
from fairtab.errors import InputError, SmallCellWarning
from fairtab.joint import Joint, cell_counts, requested
from fairtab.table import Table


class Resample(TrainingRows):
    """Draw conditions, then a training row for each. A row comes again only after all rows of its cell.

    If a cell has no training rows, its rows come from other cells of the label, with a warning. A label that has no
    rows in any cell cannot be drawn: `sample` raises InputError.
    """

    steerable = True

    def draw(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None) -> Table:
        conditions = self._possible(requested(joint, self.joint)).draw(n, seed=seed)
        names = list(self.train.schema.conditions)
        rng = seeds.numpy_generator(seed, "sample")
        rows_of = self.train.frame.groupby(names, observed=True).indices
        chosen = np.empty(n, dtype=np.int64)
        for cell, places in conditions.groupby(names, observed=True).indices.items():
            n_rounds = -(-len(places) // len(rows_of[cell]))
            rows = np.concatenate([rng.permutation(rows_of[cell]) for _ in range(n_rounds)])
            chosen[places] = rows[: len(places)]
        return Table(self.train.frame.iloc[chosen], self.train.schema)

    def _possible(self, joint: Joint) -> Joint:
        """Restrict the joint to cells that have training rows. Each label keeps its share."""
        p = joint.probability
        found = cell_counts(self.train).reindex(p.index, fill_value=0) > 0
        if found[p > 0].all():
            return joint
        words = "; ".join(", ".join(map(str, cell)) for cell in p.index[~found & (p > 0)])
        warnings.warn(f"resample: no training row to draw for {words}", SmallCellWarning, stacklevel=4)
        kept = p.where(found, 0.0)
        p_y, kept_y = (each.groupby(level=0).transform("sum") for each in (p, kept))
        if ((p_y > 0) & (kept_y == 0)).any():
            raise InputError("resample: a label that the joint asks for has no training rows")
        return Joint((kept / kept_y.where(kept_y > 0, 1.0)) * p_y)
