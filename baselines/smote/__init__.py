"""SMOTE: new rows between a training row and a near one of the same label (Chawla et al. 2002)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from baselines.shared.interpolation import Interpolation, check_labels
from baselines.shared.rows import TrainingRows
from fairtab import seeds
from fairtab.joint import Joint, apportion
from fairtab.synthesizer import check_steerable
from fairtab.table import Table


@dataclass(eq=False)
class Smote(TrainingRows):
    """As the paper uses it: the whole table is new, not the smaller class alone, and p(y) is the training table's.

    Parameters
    ----------
    k : how many nearest neighbours a row is interpolated with, fewer where its label has not so many rows
    """

    k: int = 5

    steerable = False

    def fit(self, train: Table, validation: Table, *, seed: int) -> Self:
        """Raises InputError where a label has no two rows to interpolate between."""
        check_labels(train)
        return super().fit(train, validation, seed=seed)

    def sample(self, n: int, *, seed: int, joint: Joint | None = None) -> Table:
        """Raises InputError when asked for a joint."""
        check_steerable(self, joint)
        y = self.train.y
        new = Interpolation(self.train, y)
        rows = [
            new.draw(label, n_rows, k=self.k, seed=seeds.derive(seed, "sample", label))
            for label, n_rows in enumerate(apportion(np.bincount(y) / len(y), n))
            if n_rows
        ]
        order = seeds.numpy_generator(seed, "order").permutation(n)
        return Table(pd.concat(rows, ignore_index=True).iloc[order], self.train.schema)
