"""SMOTE: new rows between a training row and a near one of the same label (Chawla et al. 2002)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from baselines.shared.interpolation import Interpolation, check_labels
from baselines.shared.rows import TrainingRows
from fairtab import seeds
from fairtab.joint import Joint, apportion
from fairtab.table import Table


@dataclass(eq=False)
class Smote(TrainingRows):
    """SMOTE as the paper uses it: all rows of the table are new, in both classes, and p(y) is the training table's.

    Parameters
    ----------
    k
        Number of nearest neighbours that a row is interpolated with. If its label has fewer rows, all of them.
    """

    k: int = 5

    steerable = False

    def learn(self, train: Table, validation: Table, *, seed: int) -> None:
        """Learn nothing. Raises InputError if there are not two labels, or fewer than two rows of one."""
        check_labels(train, self.k)

    def draw(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None) -> Table:
        y = self.train.y
        new = Interpolation(self.train, y)
        rows = [
            new.draw(label, n_rows, k=self.k, seed=seeds.derive(seed, "sample", label))
            for label, n_rows in enumerate(apportion(np.bincount(y) / len(y), n))
            if n_rows
        ]
        order = seeds.numpy_generator(seed, "order").permutation(n)
        return Table(pd.concat(rows, ignore_index=True).iloc[order], self.train.schema)
