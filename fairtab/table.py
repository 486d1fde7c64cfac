"""Tables and what their columns mean: Schema, Table, Split."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, field

import numpy as np
import pandas as pd

from fairtab.dates import EXACT, DateFormat, check_exact, numbered, written
from fairtab.errors import InputError
from fairtab.groups import Groups
from fairtab.task import Task

MOMENTS = ("datetime", "datetime64", "date", "time", "timedelta", "timedelta64", "period")  # as pandas calls them


@dataclass(frozen=True)
class Schema:
    """The columns of a table, by role.

    Parameters
    ----------
    numerical, categorical
        The features, which a synthesizer models.
    target
        The label: two values, several classes, or groups of a number.
    positive
        The positive value of a label of two values. None for any other label.
    sensitive
        The sensitive attributes, one or several. A synthesizer models the features given the label and these.
    as_category
        By numerical column, whether it is modelled as a category. The codec's rule decides about the others.
    dates
        By numerical column of dates or times, how they are written. A table has their numbers.
    task
        What is predicted. In regression the target has groups of a number, and the number is predicted.
    groups
        By target or sensitive column that has groups of a number, these groups.

    Raises
    ------
    InputError
        A name is no text, a column has two roles, there is no sensitive column, `as_category` or `dates` names a column
        that is not numerical, or there is no numerical column behind the target of a regression.

    Examples
    --------
    >>> schema = Schema(("age",), ("job",), target="repaid", positive=1, sensitive=("sex",))
    >>> schema.conditions
    ('repaid', 'sex')
    """

    numerical: tuple[str, ...]
    categorical: tuple[str, ...]
    target: str
    positive: Hashable | None
    sensitive: tuple[str, ...]
    as_category: Mapping[str, bool] = field(default_factory=dict)
    dates: Mapping[str, DateFormat] = field(default_factory=dict)
    task: Task = Task.BINARY
    groups: Mapping[str, Groups] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("numerical", "categorical", "sensitive"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if isinstance(self.positive, np.generic):  # JSON does not know it
            object.__setattr__(self, "positive", self.positive.item())
        if no_text := [name for name in self.columns if not isinstance(name, str)]:
            raise InputError(f"expected column names that are text, got {', '.join(map(repr, no_text))}")
        if self.target in self.sensitive:
            raise InputError(f"the target {self.target!r} is also listed as sensitive: expected two different columns")
        names = self.columns
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"columns listed under more than one role: {', '.join(twice)}")
        if "probability" in self.conditions:
            raise InputError("label and groups: a column 'probability' would be that of a joint: give it another name")
        if not self.sensitive:
            raise InputError("expected at least one sensitive column, got none")
        for entry in ("as_category", "dates"):
            if stray := sorted(set(getattr(self, entry)) - set(self.numerical)):
                raise InputError(f"{entry} names columns that are not numerical: {', '.join(stray)}")
        object.__setattr__(self, "task", Task(self.task))
        if self.task is Task.REGRESSION and self.outcome not in self.numerical:
            raise InputError(f"target {self.target!r}: expected groups of a numerical column, since it is a regression")

    @property
    def features(self) -> tuple[str, ...]:
        """The numerical columns, then the categorical ones."""
        return (*self.numerical, *self.categorical)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The target, then the sensitive columns."""
        return (self.target, *self.sensitive)

    @property
    def columns(self) -> tuple[str, ...]:
        """The features, then the conditions."""
        return (*self.features, *self.conditions)

    @property
    def outcome(self) -> str:
        """The column that is predicted: the target, or in regression the number behind its groups."""
        return self.groups[self.target].column if self.task is Task.REGRESSION else self.target

    @property
    def sensitive_numbers(self) -> tuple[str, ...]:
        """The numerical columns behind the groups of sensitive columns."""
        return tuple(
            group.column
            for name, group in self.groups.items()
            if name in self.sensitive and group.column in self.numerical
        )

    @property
    def rules(self) -> tuple[str, ...]:
        """Rules by which numbers and their groups agree (`fairtab.check_rules`)."""
        return tuple(rule for group in self.groups.values() for rule in group.rules())

    def check_binary(self, what: str) -> None:
        """Raise InputError if the label does not have two values, which `what` needs."""
        if self.task is not Task.BINARY:
            raise InputError(f"{what} needs a label of two values: the task of {self.outcome!r} is {self.task}")

    def to_json(self) -> str:
        """Return the schema as JSON."""
        entries = asdict(self)
        # entries that say nothing are left out, so that a schema is written as it always was
        silent = {"dates": {}, "task": Task.BINARY, "groups": {}}
        return json.dumps({name: value for name, value in entries.items() if silent.get(name, ...) != value})

    @classmethod
    def from_json(cls, text: str) -> Schema:
        """Read what `to_json` returned."""
        entries = json.loads(text)
        formats = {name: DateFormat(**form) for name, form in entries.pop("dates", {}).items()}
        groups = {name: Groups(**group) for name, group in entries.pop("groups", {}).items()}
        return cls(**entries, dates=formats, groups=groups)


@dataclass(frozen=True, eq=False)
class Table:
    """A DataFrame that fits a schema.

    Parameters
    ----------
    frame
        The rows. Columns that are not in the schema are left out. The order of columns stays, the index does not.
        Missing values become NaN, and numbers in half precision become those in single precision.
    schema
        What the columns mean.

    Raises
    ------
    InputError
        A column is absent, there are no rows, a label or a sensitive value is missing, a categorical column has dates,
        or a numerical column has text, infinite values, or whole numbers that are not exact beside missing ones.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [30, 41], "sex": ["f", "m"], "repaid": [1, 0], "note": ["", ""]})
    >>> table = Table(frame, Schema(("age",), (), target="repaid", positive=1, sensitive=("sex",)))
    >>> table.y.tolist(), list(table.inputs)
    ([1, 0], ['age', 'sex'])
    """

    frame: pd.DataFrame
    schema: Schema

    @classmethod
    def from_written(cls, frame: pd.DataFrame, schema: Schema) -> Table:
        """Return the table of a frame with dates as in its file: the inverse of `written`.

        Raises
        ------
        InputError
            A column of dates has other values, or the frame does not fit the schema.
        """
        return cls(numbered(frame, schema.dates), schema)

    def __post_init__(self) -> None:
        absent = [name for name in self.schema.columns if name not in self.frame.columns]
        if absent:
            found = ", ".join(map(str, self.frame.columns))
            raise InputError(f"columns named in the schema but absent: {', '.join(absent)} (the table has: {found})")
        if len(self.frame) == 0:
            raise InputError("expected a table with rows, got an empty one")
        known = set(self.schema.columns)
        frame = self.frame[[name for name in self.frame.columns if name in known]].reset_index(drop=True)
        for name in frame.select_dtypes("float16"):  # pandas cannot look them up
            frame[name] = frame[name].astype("float32")
        for name in self.schema.numerical:
            check_numerical(frame[name])
        for name in frame.columns.difference(self.schema.numerical):
            frame[name] = _plain_categories(frame[name])
        for name in self.schema.conditions:
            if n_missing := int(frame[name].isna().sum()):
                raise InputError(f"column {name!r}: expected a value in every row, {n_missing} are missing")
        object.__setattr__(self, "frame", frame)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def y(self) -> np.ndarray:
        """What is predicted, [N]: 1 for the positive value and else 0; a class as text; or a number."""
        outcome = self.frame[self.schema.outcome]
        if self.schema.task is Task.BINARY:
            return (outcome == self.schema.positive).to_numpy(dtype=np.int64)
        return outcome.to_numpy(dtype=float) if self.schema.task is Task.REGRESSION else outcome.astype(str).to_numpy()

    @property
    def sensitive(self) -> pd.DataFrame:
        """The sensitive columns."""
        return self.frame[list(self.schema.sensitive)]

    @property
    def written(self) -> pd.DataFrame:
        """The frame with dates as in its file. `frame` has numbers in their place."""
        return written(self.frame, self.schema.dates)

    @property
    def inputs(self) -> pd.DataFrame:
        """The input of a learner: every column except the target, and except the number behind its groups."""
        return self.frame.drop(columns=list({self.schema.target, self.schema.outcome}))


@dataclass(frozen=True, eq=False)
class Split:
    """A dataset in three parts. The test table is for metrics alone: no synthesizer ever gets it.

    Parameters
    ----------
    train, validation, test
        The parts.
    others
        Rows of the same people as `train` that were not learned from, if the test rows are of other people. Metrics of
        privacy compare training rows with them.

    Examples
    --------
    >>> from fairtab import load_dataset
    >>> len(load_dataset("german").test)
    250
    """

    train: Table
    validation: Table
    test: Table
    others: Table | None = None

    @property
    def holdout(self) -> Table:
        """What training rows are compared with, to see what was remembered: `others`, or the test table."""
        return self.test if self.others is None else self.others

    @property
    def schema(self) -> Schema:
        """The schema of all three tables."""
        return self.train.schema


def whole(column: pd.Series) -> pd.Series:
    """Return whole numbers as integers: pandas keeps them as floats if some are or were missing.

    Examples
    --------
    >>> whole(pd.Series([20.0, 30.0])).tolist(), whole(pd.Series([20.0, 30.5])).tolist()
    ([20, 30], [20.0, 30.5])
    """
    if pd.api.types.is_float_dtype(column) and (column % 1 == 0).all() and column.abs().max() <= EXACT:
        return column.astype("int64")
    return column


def _plain_categories(column: pd.Series) -> pd.Series:
    """Write missing values as NaN, and turn the types that pandas adds to NumPy into objects."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind not in "OMm":
        return column
    column = column.astype(object)
    if (kind := pd.api.types.infer_dtype(column, skipna=True)) in ("mixed", "mixed-integer"):
        raise InputError(f"column {column.name!r}: expected values of one type, got {kind} ones")
    if kind in MOMENTS:
        raise InputError(
            f"categorical column {column.name!r}: expected text or numbers, got {kind} values: write them as text, or"
            " name the column in Schema.dates and use Table.from_written"
        )
    return column.where(column.notna(), np.nan)


def check_numerical(column: pd.Series) -> None:
    """Raise InputError for a column that is named as numerical, and does not hold numbers.

    Parameters
    ----------
    column
        The column.

    Examples
    --------
    >>> check_numerical(pd.Series(["1,200", "80"], name="price"))
    Traceback (most recent call last):
    fairtab.errors.InputError: numerical column 'price': expected numbers, got text, no number in 1 of 2 rows
    """
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        n_text = int((pd.to_numeric(column, errors="coerce").isna() & column.notna()).sum())
        # no example, since it would be the value of a row
        found = f"text, no number in {n_text} of {len(column)} rows" if n_text else f"{column.dtype} values"
        raise InputError(f"numerical column {column.name!r}: expected numbers, got {found}")
    if np.isinf(column.to_numpy(dtype=np.float64, na_value=np.nan)).any():
        raise InputError(f"numerical column {column.name!r}: expected finite values, got infinite ones")
    if pd.api.types.is_integer_dtype(column) and column.isna().any():
        check_exact(column)
