"""What the method is, in one line, and where it is from (Authors, venue and year)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from baselines.shared.rows import TrainingRows
from fairtab import seeds
from fairtab.joint import Joint, requested
from fairtab.table import Table


@dataclass(kw_only=True, eq=False)
class Template(TrainingRows):
    """Draw each feature by itself from the training rows of the label. `TrainingRows` keeps, saves and loads the rows.

    A neural method is a `NeuralSynthesizer` instead: see `baselines/tabddpm/__init__.py`.

    Parameters
    ----------
    fresh
        Share of values that are drawn by themselves. The others come together from one training row.
    """

    fresh: float = 1.0

    steerable = True  # rows follow the joint asked for. If False, `sample` refuses a joint

    def draw(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None) -> Table:
        conditions = requested(joint, Joint.from_table(self.train)).draw(n, seed=seed)
        frame, schema = self.train.frame, self.train.schema
        rng = seeds.numpy_generator(
            seed, "sample"
        )  # the only source of random numbers, so that the same seed gives the same rows
        rows_of = frame.groupby(schema.target, observed=True).indices
        columns = {name: frame[name].iloc[np.zeros(n, dtype=int)].reset_index(drop=True) for name in frame.columns}
        for label, places in conditions.groupby(schema.target, observed=True).indices.items():
            together = rng.choice(rows_of[label], len(places))
            for name in schema.features:
                anew = rng.random(len(places)) < self.fresh
                rows = np.where(anew, rng.choice(rows_of[label], len(places)), together)
                columns[name].iloc[places] = frame[name].iloc[rows].array
        given = {name: conditions[name].astype(frame[name].dtype) for name in schema.conditions}
        return Table(pd.DataFrame({**columns, **given})[list(frame.columns)], schema)
