"""A table of the user's own, from a file or a DataFrame."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from fairtab.datasets.description import DatasetDescription
from fairtab.datasets.loading import make_table, split_table, understand
from fairtab.datasets.preparation import spelling
from fairtab.datasets.reading import as_text, plain, read
from fairtab.dates import is_date
from fairtab.errors import InputError, first_line
from fairtab.frames import as_spelled, with_columns
from fairtab.groups import with_groups
from fairtab.rules.predicate import Predicate
from fairtab.table import Split, Table

UNNAMED = {"name": "table", "file": ""}  # a table that is no file
Source: TypeAlias = str | Path | pd.DataFrame


@dataclass(frozen=True, eq=False)
class OwnTable:
    """A table of the user's own, with the role of each column.

    Parameters
    ----------
    table
        All rows that can be used.
    split
        The same rows for training (half), validation and test (a quarter each).
    left_out
        By column that is not used, the reason in words.
    n_dropped
        How many rows cannot be used: they lack the label or a group.
    description
        How the columns were read.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [30, 41] * 20, "sex": ["f", "m"] * 20, "repaid": [0, 0, 1, 1] * 10, "same": 0})
    >>> own = read_own(frame, target="repaid", positive=1, sensitive="sex")
    >>> len(own.split.train), own.left_out
    (20, {'same': 'constant'})
    """

    table: Table
    split: Split
    left_out: dict[str, str]
    n_dropped: int
    description: DatasetDescription


def read_own(
    source: Source,
    *,
    target: str,
    positive: Hashable | None = None,
    sensitive: str | Iterable[str],
    **options: Any,
) -> OwnTable:
    """Read a table, find the role of each column, and split the rows.

    Parameters
    ----------
    source
        A CSV or Parquet file, or a DataFrame.
    target, positive
        The label's column, and its positive value if it has two values.
    sensitive
        The sensitive columns.
    **options
        More entries of `DatasetDescription`: task, groups, numerical, categorical, leave_out, missing, derive, rows,
        split_seed.

    Returns
    -------
    OwnTable
        The table in three parts.

    Raises
    ------
    InputError
        The file or the frame cannot be used. The message says what to do.

    Examples
    --------
    See also `OwnTable`.

    >>> frame = pd.DataFrame({"age": [30, 41] * 20, "sex": ["f", "m"] * 20, "repaid": [0, 0, 1, 1] * 10})
    >>> read_own(frame, target="repaid", positive=1, sensitive="sex").split.schema.numerical
    ('age',)
    """
    given = {"target": target, "positive": positive, "sensitive": names(sensitive), **options, "infer": True}
    frame = read_frame(source, DatasetDescription.from_mapping({**UNNAMED, **given}).missing.marker)
    description = DatasetDescription.from_mapping({**_named(source), **given})
    check_left_out(frame, description)
    columns = understand(frame, description)
    table = make_table(columns)
    n_dropped = len(frame) - len(table)
    split = split_table(table, description.split_seed)
    return OwnTable(table, split, columns.left_out, n_dropped, description)


def check_left_out(frame: pd.DataFrame, description: DatasetDescription) -> None:
    """Check that the columns to leave out are there: of a name that is misspelled, the column would stay.

    Parameters
    ----------
    frame
        The table, as it was read.
    description
        What the user says of it.

    Raises
    ------
    InputError
        There is no such column.

    Examples
    --------
    >>> entries = {"name": "t", "file": "", "target": "y", "positive": 1, "sensitive": "sex", "leave_out": "nmae"}
    >>> check_left_out(
    ...     pd.DataFrame({"name": ["Ada"], "sex": ["f"], "y": [1]}), DatasetDescription.from_mapping(entries)
    ... )
    Traceback (most recent call last):
    fairtab.errors.InputError: leave_out: no column nmae (the table has: name, sex, y)
    """
    known = [*frame.columns, *(description.derive or {})]
    if absent := [name for name in as_spelled(description.leave_out or (), frame) if name not in known]:
        raise InputError(f"leave_out: no column {', '.join(absent)} (the table has: {', '.join(frame.columns)})")


def rows_where(own: OwnTable, where: str) -> OwnTable:
    """Return the rows of a table that meet a condition, in their parts.

    Parameters
    ----------
    own
        The table.
    where
        The condition, as `fairtab.Predicate` reads it.

    Raises
    ------
    InputError
        It is no condition on these columns, or a part has rows of one label only.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [30, 41] * 20, "sex": ["f", "m"] * 20, "repaid": [0, 0, 1, 1] * 10})
    >>> own = read_own(frame, target="repaid", positive=1, sensitive="sex")
    >>> len(rows_where(own, "age > 40").table)
    20
    """
    condition = Predicate(where)

    def met(table: Table) -> Table:
        rows = table.frame[condition.true(table.frame)]
        if len(rows) and len(np.unique((kept := Table(rows, table.schema)).y)) > 1:
            return kept
        raise InputError(f"{where!r}: only {len(rows)} of {len(table)} real rows meet it, or all have one label")

    split = Split(*(met(part) for part in (own.split.train, own.split.validation, own.split.test)))
    return replace(own, table=met(own.table), split=split)


def read_frame(source: Source, marker: Any = None) -> pd.DataFrame:
    """Read a file, or bring a DataFrame into the same form: columns of numbers and text.

    Parameters
    ----------
    source
        A CSV or Parquet file, or a DataFrame.
    marker
        The value that marks a missing one in a CSV file (`fairtab.datasets.reading.read`).

    Raises
    ------
    InputError
        There is no such file, or it is no table.

    Examples
    --------
    >>> read_frame(pd.DataFrame({"hired": [True, False]}))["hired"].tolist()
    ['True', 'False']
    """
    if isinstance(source, pd.DataFrame):
        try:
            return plain(source)
        except ValueError as error:
            raise InputError(f"the table cannot be used: {first_line(error)}") from error
    path = Path(source).expanduser()
    if not path.is_file():
        raise InputError(f"no file {str(path)!r}")
    return read(path, marker)


def like(source: Source, own: OwnTable, called: str = "the synthetic table") -> Table:
    """Read another table of the same columns, with values as the user's table spells them.

    Parameters
    ----------
    source
        A CSV or Parquet file, or a DataFrame.
    own
        The user's table.
    called
        What an error calls the other table.

    Raises
    ------
    InputError
        A column is absent, a label or group is missing or unknown, or a column is of another type.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [30, 41] * 20, "sex": ["f", "m"] * 20, "repaid": [0, 0, 1, 1] * 10})
    >>> own = read_own(frame, target="repaid", positive=1, sensitive="sex")
    >>> like(pd.DataFrame({"age": [35.0], "sex": ["f"], "repaid": ["1"]}), own).frame["repaid"].tolist()
    [1]
    """
    table, schema = own.table, own.table.schema
    frame = with_groups(read_frame(source, own.description.missing.marker), schema.groups.values(), again=True)
    if absent := [name for name in table.frame.columns if name not in frame.columns]:
        raise InputError(f"{called} lacks columns: {', '.join(absent)}")
    frame = frame[list(table.frame.columns)]
    frame = with_columns(frame, {name: as_text(frame[name]) for name in schema.categorical if is_date(frame[name])})
    for name in frame.columns.difference(schema.numerical):
        frame[name] = spelled(frame[name], table.frame[name].dropna().unique().tolist())
    for name in schema.conditions:
        unknown = frame.loc[~frame[name].isin(table.frame[name].unique()), name]
        if len(unknown):
            raise InputError(f"{called} has {len(unknown)} rows whose {name!r} is missing or none of the real table's")
    return Table.from_written(frame, schema)


def spelled(column: pd.Series, known: Iterable[Hashable]) -> pd.Series:
    """Return values as another table spells them: "1.0" becomes 1 if that table has 1.

    Parameters
    ----------
    column
        The values.
    known
        The values of the other table.

    Examples
    --------
    >>> spelled(pd.Series(["1.0", "2", None]), [1, 2]).tolist()
    [1, 2, nan]
    """
    spelled_as = spelling(known)
    found = {value: spelled_as(value) for value in column.dropna().unique().tolist()}
    mapped = [found.get(value, np.nan) for value in column.tolist()]
    return pd.Series(mapped, column.index, object if column.isna().any() else None, column.name)  # 1 stays 1, not 1.0


def names(columns: str | Iterable[str]) -> list[str]:
    """Return the names of one or several columns as a list.

    Examples
    --------
    >>> names("sex"), names(("sex", "race"))
    (['sex'], ['sex', 'race'])
    """
    return [columns] if isinstance(columns, str) else list(columns)


def _named(source: Source) -> dict[str, Any]:
    """Return what identifies a source in a description."""
    return UNNAMED if isinstance(source, pd.DataFrame) else {"path": str(source)}
