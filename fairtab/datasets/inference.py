"""Infer the role of each column of an unknown table from its values."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from fairtab.datasets.description import DatasetDescription
from fairtab.datasets.looks import NUMBER, look_of
from fairtab.errors import InputError
from fairtab.frames import as_spelled, with_columns
from fairtab.table import whole

log = logging.getLogger(__name__)

MAX_GROUPS = 20  # more different numbers than this are a quantity, not groups
NEARLY = 0.9  # text that differs in this share of the rows identifies rows
FEW_ROWS = 20  # in fewer rows it means nothing if all values differ
MIN_ROWS = 4  # for training, validation and test rows
MAX_CELLS = 10_000  # combinations of groups
SINGLE = float(np.finfo(np.float32).max)  # the largest number that networks and classifiers can use
CALLED_IDENTIFIER = re.compile(r"(?:^|[\W_])(?i:id|uuid|key|index)$|[a-z](?:ID|Id)$")


def infer(
    frame: pd.DataFrame, description: DatasetDescription, dates: Collection[str] = ()
) -> tuple[pd.DataFrame, DatasetDescription, dict[str, str]]:
    """Find out the role of every column from its values, and log it.

    Numbers are numerical and all else is categorical, unless the description names the column as either. Constant
    columns, identifiers, and the columns that the description leaves out are left out. So are rows without a label or
    without a sensitive value.

    Parameters
    ----------
    frame
        The table, prepared.
    description
        Roles that it names stay.
    dates
        Columns whose numbers are dates or times. They may all differ.

    Returns
    -------
    frame, description, left_out : tuple
        The rows that can be used, the description with the roles of all columns, and the reason for each column that
        has none.

    Raises
    ------
    InputError
        The table does not have a column that the description names, a sensitive column makes no groups, a number is too
        large for a network, or there are too few rows.

    Examples
    --------
    >>> entries = {"name": "loans", "file": "loans.csv", "target": "repaid", "positive": 1, "sensitive": "sex"}
    >>> columns = {"age": range(8), "job": ["a", "b"] * 4, "same": 0, "sex": ["f", "m"] * 4, "repaid": [1, 0] * 4}
    >>> _, found, left_out = infer(pd.DataFrame(columns), DatasetDescription.from_mapping(entries))
    >>> found.numerical, found.categorical, left_out
    (('age',), ('job',), {'same': 'constant'})
    """
    if len(frame) < MIN_ROWS:
        raise InputError(f"expected a table of at least {MIN_ROWS} rows, got {len(frame)}")
    conditions = as_spelled([description.target, *description.sensitive], frame)
    chosen = {
        role: as_spelled(getattr(description, role) or (), frame) for role in ("numerical", "categorical", "leave_out")
    }
    named = [*conditions, *chosen["numerical"], *chosen["categorical"]]
    if absent := [name for name in named if name not in frame.columns]:
        raise InputError(f"no column {', '.join(absent)} ({_columns_of(frame)})")
    if used := [name for name in chosen["leave_out"] if name in named]:
        raise InputError(f"{', '.join(used)}: a column that is named for something else cannot be left out")
    if absent := [name for name in chosen["leave_out"] if name not in frame.columns]:
        log.info("not left out, because not in the table: %s", ", ".join(absent))

    frame = _with_conditions(frame, conditions)
    for name in conditions[1:]:
        _check_groups(frame[name])
    if (n_cells := math.prod(frame[name].nunique() for name in conditions[1:])) > MAX_CELLS:
        raise InputError(
            f"sensitive columns: expected at most {MAX_CELLS} combinations of groups, got {n_cells}: name fewer columns"
        )
    frame = with_columns(frame, {name: _as_numbers(frame[name]) for name in chosen["numerical"]})

    left_out = {name: "asked for" for name in chosen["leave_out"] if name in frame.columns}
    free = [name for name in frame.columns if name not in {*named, *left_out}]
    looks = {name: look for name in free if (look := look_of(frame[name]))}
    useless = {name: _useless(frame[name], is_date=name in dates) for name in free}
    left_out |= {name: _said(reason, looks.get(name)) for name, reason in useless.items() if reason}
    free = [name for name in free if name not in left_out]
    for name in [*chosen["numerical"], *free]:
        _check_size(frame[name])
    is_number = {name: pd.api.types.is_numeric_dtype(frame[name]) for name in free}
    numerical = (*chosen["numerical"], *(name for name in free if is_number[name]))
    categorical = (*chosen["categorical"], *(name for name in free if not is_number[name]))
    log.info("numerical: %s", ", ".join(numerical) or "none")
    counts = (f"{name} ({frame[name].nunique(dropna=False)} values)" for name in categorical)
    log.info("categorical: %s", ", ".join(counts) or "none")
    looks = {name: look for name, look in looks.items() if name in categorical}
    if unclear := [name for name, look in looks.items() if look == "dates"]:
        log.info(
            "categorical, because dates are of several forms or can be read in two ways: %s: if all are of one form, "
            "name it, as in 'dataset.dates={%s: DD/MM/YYYY}'",
            ", ".join(unclear),
            unclear[0],
        )
    if looks := {name: look for name, look in looks.items() if look != "dates"}:
        said = ", ".join(f"{name} ({look})" for name, look in looks.items())
        log.info("categorical because of how they are written: %s: plain numbers would be numerical", said)
    if left_out:
        log.info("left out: %s", ", ".join(f"{name} ({reason})" for name, reason in left_out.items()))
    target, *sensitive = conditions
    roles: dict[str, Any] = {"numerical": numerical, "categorical": categorical}
    return frame, replace(description, target=target, sensitive=tuple(sensitive), **roles), left_out


def _columns_of(frame: pd.DataFrame) -> str:
    """Name the columns, unless the file has no line of names, so that they are the values of a row."""
    if any(re.fullmatch(NUMBER, name) for name in frame.columns):
        return "some columns are called by a number: does the file begin with a line of names?"
    return f"the table has: {', '.join(frame.columns)}"


def _with_conditions(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    complete = frame[names].notna().all(axis=1)
    if n_incomplete := int((~complete).sum()):
        log.info("%d rows left out: no value in %s", n_incomplete, " or ".join(names))
        frame = frame[complete]
    frame = frame.copy()  # a column may be called self, so assign(**..) will not do
    for name in names:
        frame[name] = whole(frame[name])
    return frame


def _as_numbers(column: pd.Series) -> pd.Series:
    """Return text that spells numbers as numbers. Other text stays, and `Table` refuses it."""
    numbers = pd.to_numeric(column, errors="coerce")
    return numbers if numbers.notna().equals(column.notna()) else column


def _check_size(column: pd.Series) -> None:
    if not pd.api.types.is_numeric_dtype(column):
        return
    if n_beyond := int((column.astype(float).abs() > SINGLE).sum()):
        raise InputError(
            f"column {column.name!r}: expected numbers of up to {SINGLE:.2g}, got infinite or larger ones in "
            f"{n_beyond} rows: leave it out with dataset.leave_out or, if it means missing, dataset.missing.marker=inf"
        )


def _check_groups(column: pd.Series) -> None:
    n_values = column.nunique()
    if n_values == 1:
        raise InputError(f"sensitive column {column.name!r}: expected two groups or more, got one")
    if n_values > MAX_GROUPS and (
        pd.api.types.is_numeric_dtype(column) or look_of(column) == "dates" or _useless(column)
    ):
        raise InputError(
            f"sensitive column {column.name!r}: expected groups, got {n_values} different values: "
            f"make groups of it with dataset.derive, or for a number with --group {column.name}:NUMBER"
        )


def _useless(column: pd.Series, *, is_date: bool = False) -> str | None:
    """Return why nothing can be learned from a column, or None. Numbers identify rows by their name or by counting."""
    n_values, n_present = column.nunique(), int(column.notna().sum())
    if n_values == 0 or (n_values == 1 and n_present == len(column)):
        return "constant"
    is_number = pd.api.types.is_numeric_dtype(column)
    if n_present < FEW_ROWS or is_date:
        return None
    if not is_number:
        return "identifier" if n_values >= NEARLY * n_present else None
    if n_values < n_present or not (column.dropna() % 1 == 0).all():
        return None
    counts = int(column.max()) - int(column.min()) < 2 * n_present  # Python's integers, since NumPy's could overflow
    return "identifier" if counts or CALLED_IDENTIFIER.search(str(column.name)) else None


def _said(reason: str, look: str | None) -> str:
    return f"{look}, nearly all different" if look and reason == "identifier" else reason
