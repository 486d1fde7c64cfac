"""Every column drawn by itself: the floor of every table of results."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from baselines.shared.rows import TrainingRows
from fairtab import seeds
from fairtab.joint import Joint
from fairtab.table import Table


@dataclass(eq=False)
class Independent(TrainingRows):
    """Each column has the values and frequencies of the training table, and columns are not associated."""

    steerable = False

    def draw(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None) -> Table:
        frame = self.train.frame
        rng = seeds.numpy_generator(seed, "sample")
        columns = [frame[name].iloc[rng.integers(len(frame), size=n)].reset_index(drop=True) for name in frame.columns]
        return Table(pd.concat(columns, axis=1), self.train.schema)
