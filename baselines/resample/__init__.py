"""Real training rows drawn to the joint asked for: the ceiling of any balanced sampler."""

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
    """For each draw of conditions, a training row that has them; a cell's rows are used up before any comes again."""

    steerable = True

    def sample(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None = None) -> Table:
        """Rows of a cell that no training row is in come from the label's other cells, with a warning.

        Raises InputError where no cell of a label has rows.
        """
        conditions = self._possible(requested(joint, Joint.from_table(self.train))).draw(n, seed=seed)
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
        """The joint over the cells that have training rows, each label's share kept."""
        p = joint.probability
        found = cell_counts(self.train).reindex(p.index, fill_value=0) > 0
        if found[p > 0].all():
            return joint
        words = "; ".join(", ".join(map(str, cell)) for cell in p.index[~found & (p > 0)])
        warnings.warn(f"resample: no training row to draw for {words}", SmallCellWarning, stacklevel=3)
        kept = p.where(found, 0.0)
        p_y, kept_y = (each.groupby(level=0).transform("sum") for each in (p, kept))
        if ((p_y > 0) & (kept_y == 0)).any():
            raise InputError("resample: a label that the joint asks for has no training rows")
        return Joint((kept / kept_y.where(kept_y > 0, 1.0)) * p_y)
