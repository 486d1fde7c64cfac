"""Tables and what their columns mean: Schema, Table, Split."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, field

import numpy as np
import pandas as pd

from fairtab.errors import InputError


@dataclass(frozen=True)
class Schema:
    """The columns of a table by name.

    `numerical` and `categorical` are the features a synthesizer models; `target` (binary, with its `positive` value)
    and `sensitive` are the conditions it models them under. `as_category` overrides, by name, the codec's rule for
    which numerical columns are modelled as categories.
    """

    numerical: tuple[str, ...]
    categorical: tuple[str, ...]
    target: str
    positive: Hashable
    sensitive: tuple[str, ...]
    as_category: Mapping[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("numerical", "categorical", "sensitive"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.target in self.sensitive:
            raise InputError(f"the target {self.target!r} is also listed as sensitive: expected two different columns")
        names = self.columns
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"columns listed under more than one role: {', '.join(twice)}")
        if not self.sensitive:
            raise InputError("expected at least one sensitive column, got none")
        stray = sorted(set(self.as_category) - set(self.numerical))
        if stray:
            raise InputError(f"as_category names columns that are not numerical: {', '.join(stray)}")

    @property
    def features(self) -> tuple[str, ...]:
        return (*self.numerical, *self.categorical)

    @property
    def conditions(self) -> tuple[str, ...]:
        return (self.target, *self.sensitive)

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.features, *self.conditions)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Schema:
        return cls(**json.loads(text))


@dataclass(frozen=True, eq=False)
class Table:
    """A DataFrame that obeys a schema: its columns are the schema's, numericals are finite numbers or missing.

    Columns outside the schema are left out; the frame's own column order is kept, its index is not. Missing values are
    spelled NaN.

    Raises
    ------
    InputError
        A column is absent, the table is empty, or a numerical column holds text or infinite values.
    """

    frame: pd.DataFrame
    schema: Schema

    def __post_init__(self) -> None:
        absent = [name for name in self.schema.columns if name not in self.frame.columns]
        if absent:
            found = ", ".join(map(str, self.frame.columns))
            raise InputError(f"columns named in the schema but absent: {', '.join(absent)} (the table has: {found})")
        if len(self.frame) == 0:
            raise InputError("expected a table with rows, got an empty one")
        known = set(self.schema.columns)
        frame = self.frame[[name for name in self.frame.columns if name in known]].reset_index(drop=True)
        for name in self.schema.numerical:
            _check_numerical(frame[name])
        for name in frame.columns.difference(self.schema.numerical):
            frame[name] = _plain_categories(frame[name])
        object.__setattr__(self, "frame", frame)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def y(self) -> np.ndarray:
        """The target as 0 and 1, 1 where it has the positive value. [N]"""
        return (self.frame[self.schema.target] == self.schema.positive).to_numpy(dtype=np.int64)

    @property
    def sensitive(self) -> pd.DataFrame:
        return self.frame[list(self.schema.sensitive)]

    @property
    def inputs(self) -> pd.DataFrame:
        """What a classifier sees: every column but the target."""
        return self.frame.drop(columns=self.schema.target)


@dataclass(frozen=True, eq=False)
class Split:
    """A dataset cut in three. The test table is for metrics alone: no synthesizer is ever handed it."""

    train: Table
    validation: Table
    test: Table

    @property
    def schema(self) -> Schema:
        return self.train.schema


def _plain_categories(column: pd.Series) -> pd.Series:
    """The same values with one spelling of missing, as objects where pandas has a type of its own for them."""
    if column.dtype != object and isinstance(column.dtype, np.dtype):
        return column
    column = column.astype(object)
    if (kind := pd.api.types.infer_dtype(column, skipna=True)) in ("mixed", "mixed-integer"):
        raise InputError(f"column {column.name!r}: expected values of one type, got {kind} ones")
    return column.where(column.notna(), np.nan)


def _check_numerical(column: pd.Series) -> None:
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        n_text = int((pd.to_numeric(column, errors="coerce").isna() & column.notna()).sum())
        rows = f" that are none in {n_text} of {len(column)} rows" if n_text else ""  # no example: it is a row's
        raise InputError(f"numerical column {column.name!r}: expected numbers, got {column.dtype} values{rows}")
    if np.isinf(column.to_numpy(dtype=np.float64, na_value=np.nan)).any():
        raise InputError(f"numerical column {column.name!r}: expected finite values, got infinite ones")
