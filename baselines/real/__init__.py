"""The training table itself, as if it were synthetic: the ceiling that stands in every table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from baselines.shared.rows import TrainingRows
from fairtab import seeds
from fairtab.joint import Joint
from fairtab.synthesizer import check_steerable
from fairtab.table import Table


class Real(TrainingRows):
    """Gives back training rows: all of them once, in order, where as many are asked for as there are."""

    steerable = False

    def sample(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None = None) -> Table:
        """Raises InputError when asked for a joint."""
        check_steerable(self, joint)
        if n == len(self.train):
            return self.train
        rows = seeds.numpy_generator(seed, "sample").choice(len(self.train), n, replace=n > len(self.train))
        return Table(self.train.frame.iloc[np.sort(rows)], self.train.schema)
