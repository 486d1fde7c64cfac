"""What methods that keep the training table as their fit have in common."""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import pandas as pd
from pyarrow import parquet

from fairtab import saving
from fairtab.errors import InputError, check_setting
from fairtab.joint import Joint
from fairtab.synthesizer import Synthesizer, check_steerable
from fairtab.table import Schema, Table

FORMAT = 1  # of the saved folder
KEPT = {"int64": "Int64", "float64": "Float64", "bool": "boolean"}  # types that keep values beside missing ones


@dataclass(eq=False)
class TrainingRows(Synthesizer):
    """Base class of methods that sample from the training rows themselves.

    A fit keeps the training table. `save` writes it beside its schema and the method's settings. A subclass is a
    dataclass whose fields are its settings; it has `steerable` and `draw`, and `learn` if there is more to fit.
    """

    @property
    def n_parameters(self) -> int:
        return 0  # nothing is trained

    @property
    def joint(self) -> Joint:
        """The joint of the training table."""
        return Joint.from_table(self.train)

    def fit(self, train: Table, validation: Table, *, seed: int) -> Self:
        """Fit as `Synthesizer.fit` says. If this fails, the method is not fitted, whatever it was before."""
        vars(self).pop("train", None)
        self.learn(train, validation, seed=seed)
        self.train = train
        return self

    def learn(self, train: Table, validation: Table, *, seed: int) -> None:
        """Learn what the method needs beside the training table. Arguments as of `Synthesizer.fit`."""

    def sample(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None = None) -> Table:
        """Sample as `Synthesizer.sample` says.

        Raises
        ------
        InputError
            The method is not fitted, or `n` is below 1, or a joint is given to a method that cannot follow it.
        """
        self._check_fitted()
        check_setting("n", n, n >= 1, "at least 1 row")
        check_steerable(self, joint)
        return self.draw(n, seed=seed, joint=joint)

    @abstractmethod
    def draw(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None) -> Table:
        """Draw rows. Arguments as of `sample`, which has checked them."""

    def save(self, folder: Path) -> None:
        self._check_fitted()
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.train.frame.to_parquet(folder / "train.parquet", index=False)
        (folder / "schema.json").write_text(self.train.schema.to_json())
        (folder / "settings.json").write_text(
            json.dumps({"method": type(self).__name__, "format": FORMAT, **asdict(self)})
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        folder = Path(folder)
        with saving.reading(folder):
            made_by = {"method": cls.__name__, "format": FORMAT}  # for folders of earlier versions, which do not say it
            settings = {**made_by, **json.loads((folder / "settings.json").read_text())}
            saving.check_format(folder, cls, settings, format=FORMAT)
            method = cls(**{name: value for name, value in settings.items() if name not in made_by})
            schema = Schema.from_json((folder / "schema.json").read_text())
            method.train = Table(read_rows(folder / "train.parquet"), schema)
        return method

    def _check_fitted(self) -> None:
        if "train" not in vars(self):
            raise InputError(f"this {type(self).__name__} is not fitted: call fit or load before sample and save")


def read_rows(path: Path) -> pd.DataFrame:
    """Read the rows of a table. Parquet has no objects: it writes their numbers and truth values as those."""
    frame = pd.read_parquet(path)
    for column in parquet.read_schema(path).pandas_metadata["columns"]:
        if column["numpy_type"] == "object" and (kept := KEPT.get(column["pandas_type"])):
            frame[column["name"]] = frame[column["name"]].astype(kept)  # a `Table` makes objects of these types
    return frame
