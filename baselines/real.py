"""The training table itself, as if it were synthetic: the ceiling that stands in every table."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from fairtab import seeds
from fairtab.balance import Joint
from fairtab.errors import InputError
from fairtab.table import Schema, Table


class Real:
    """Gives back training rows: all of them once, in order, where as many are asked for as there are."""

    steerable = False
    n_parameters = 0

    def fit(self, train: Table, validation: Table, *, seed: int) -> Self:
        self.train = train
        return self

    def sample(self, n: int, *, seed: int, joint: Joint | None = None) -> Table:
        if joint is not None:
            raise InputError("method real gives training rows as they are: it cannot be steered to a joint")
        if n == len(self.train):
            return self.train
        rows = seeds.numpy_generator(seed, "sample").choice(len(self.train), n, replace=n > len(self.train))
        return Table(self.train.frame.iloc[np.sort(rows)], self.train.schema)

    def save(self, folder: Path) -> None:
        self.train.frame.to_parquet(Path(folder) / "train.parquet", index=False)
        (Path(folder) / "schema.json").write_text(self.train.schema.to_json())

    @classmethod
    def load(cls, folder: Path) -> Self:
        schema = Schema.from_json((Path(folder) / "schema.json").read_text())
        method = cls()
        method.train = Table(pd.read_parquet(Path(folder) / "train.parquet"), schema)
        return method
