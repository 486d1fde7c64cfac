"""Every column drawn by itself: the floor that stands below every table."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from baselines.shared.rows import TrainingRows
from fairtab import seeds
from fairtab.joint import Joint
from fairtab.synthesizer import check_steerable
from fairtab.table import Table


@dataclass(eq=False)
class Independent(TrainingRows):
    """Each column's training values with the frequencies they have there, and no association between columns."""

    steerable = False

    def sample(self, n: int, *, seed: int, joint: Joint | None = None) -> Table:
        """Raises InputError when asked for a joint."""
        check_steerable(self, joint)
        frame = self.train.frame
        rng = seeds.numpy_generator(seed, "sample")
        columns = [frame[name].iloc[rng.integers(len(frame), size=n)].reset_index(drop=True) for name in frame.columns]
        return Table(pd.concat(columns, axis=1), self.train.schema)
