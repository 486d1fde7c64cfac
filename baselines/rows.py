"""A training table kept as a method's fit: what methods that only hand out training rows have in common."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

import pandas as pd

from fairtab.table import Schema, Table


class TrainingRows:
    """Fitting is remembering the training table; saving writes it beside its schema."""

    steerable: ClassVar[bool]
    n_parameters = 0

    def fit(self, train: Table, validation: Table, *, seed: int) -> Self:
        self.train = train
        return self

    def save(self, folder: Path) -> None:
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.train.frame.to_parquet(folder / "train.parquet", index=False)
        (folder / "schema.json").write_text(self.train.schema.to_json())

    @classmethod
    def load(cls, folder: Path) -> Self:
        schema = Schema.from_json((Path(folder) / "schema.json").read_text())
        method = cls()
        method.train = Table(pd.read_parquet(Path(folder) / "train.parquet"), schema)
        return method
