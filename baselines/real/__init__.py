"""The training table itself, as if it were synthetic: the ceiling of every table of results."""

from __future__ import annotations

import numpy as np
import pandas as pd

from baselines.shared.rows import TrainingRows
from fairtab import seeds
from fairtab.joint import Joint
from fairtab.table import Table


class Real(TrainingRows):
    """Return training rows. If as many are asked for as there are, each comes once, in order."""

    steerable = False

    def draw(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None) -> Table:
        if n == len(self.train):
            return self.train
        rows = seeds.numpy_generator(seed, "sample").choice(len(self.train), n, replace=n > len(self.train))
        return Table(self.train.frame.iloc[np.sort(rows)], self.train.schema)
