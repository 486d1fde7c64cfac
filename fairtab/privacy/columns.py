"""The values of a column that a private fit knows, and rows that have no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fairtab.column import Column
from fairtab.errors import InputError
from fairtab.frames import with_columns
from fairtab.table import Table, whole

FINE, COARSE = 5, 2  # significant binary digits of a cell: 3 to 6% wide, or 25 to 50%


def typed(values: pd.Series, *, fractional: bool = False) -> pd.Series:
    """Return values in a type that missing ones do not change: pandas keeps whole numbers as floats beside them.

    Whether a column has whole numbers is public, and whether a value is missing is not.

    Parameters
    ----------
    values
        A column's values.
    fractional
        Whether a number of the column may have a fraction, also if none of these has one.

    Returns
    -------
    pd.Series
        Whole numbers as int64, other numbers as float64, truth values as bool. Missing values are left out.

    Examples
    --------
    >>> typed(pd.Series([20.0, float("nan"), 30.0])).tolist()
    [20, 30]
    """
    present = values.dropna()
    if present.empty:
        return present
    if present.map(lambda value: isinstance(value, bool | np.bool_)).all():
        return present.astype(bool)
    if not pd.api.types.is_numeric_dtype(present):
        return present
    return present.astype(float) if fractional else whole(present.astype(float))


def cells(numbers: pd.Series, bounds: Sequence[float] | None, digits: int = FINE) -> pd.Series:
    """Return the middle of each number's cell, on a grid that does not depend on the rows.

    Parameters
    ----------
    numbers
        The numbers. A missing one stays missing.
    bounds
        The lowest and the highest value, between which cells have equal width: 2 ** (digits + 1) of them. Without
        them, cells are as wide as the last significant digit.
    digits
        How many significant binary digits a cell has.

    Returns
    -------
    pd.Series
        Numbers, whole ones if `numbers` has whole numbers by its type.

    Examples
    --------
    >>> cells(pd.Series([7, 30, 40, 1000]), None).tolist()
    [7, 30, 41, 1008]
    >>> cells(pd.Series([3, 7, 17, 40]), None, COARSE).tolist()
    [3, 7, 20, 40]
    >>> cells(pd.Series([0.0, 31.9, 99.0]), (0, 64)).tolist()
    [0.5, 31.5, 63.5]
    """
    x = numbers.to_numpy(dtype=float, na_value=np.nan)
    if bounds is None:
        fraction, exponent = np.frexp(x)
        width = np.ldexp(1.0, exponent - digits)
        middle = np.trunc(fraction * 2**digits) * width + np.sign(x) * width / 2
    else:
        lowest, highest = bounds
        n_cells = 2 ** (digits + 1)
        x, width = np.clip(x, lowest, highest), np.float64(highest - lowest) / n_cells
        middle = lowest + (np.minimum(np.floor((x - lowest) / width), n_cells - 1) + 0.5) * width
    if pd.api.types.is_integer_dtype(numbers.dtype):
        middle = np.rint(np.where(width > 1, middle, x))  # a narrow cell has one whole number, or none
    return pd.Series(middle, index=numbers.index, name=numbers.name).astype(numbers.dtype)


def snapped(table: Table, columns: Mapping[str, Column]) -> Table:
    """Return rows of which every value is one of their column's.

    A number becomes the nearest one. Any other value becomes the most frequent one. What a row becomes depends on this
    row and on the columns alone.

    Parameters
    ----------
    table
        The rows.
    columns
        The columns by name.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> schema = Schema(("age",), ("job",), "y", 1, ("sex",))
    >>> rows = {"age": [20, 33], "job": ["cook", "pope"], "sex": ["f", "m"], "y": [0, 1]}
    >>> known = {"age": pd.Series([20, 30, 40]), "job": pd.Series(["cook", "cook", "nurse"])}
    >>> known = {name: Column.from_series(values.rename(name)) for name, values in known.items()}
    >>> snapped(Table(pd.DataFrame(rows), schema), known).frame[["age", "job"]].to_numpy().tolist()
    [[20, 'cook'], [30, 'cook']]
    """
    made = {
        name: _snapped(table.frame[name], column, name in table.schema.numerical) for name, column in columns.items()
    }
    return Table(with_columns(table.frame, made), table.schema)


def _snapped(values: pd.Series, column: Column, is_numerical: bool) -> pd.Series:
    codes = column.encode(values)
    if is_numerical:
        present = pd.notna(column.values)
        known, far = column.values[present].astype(float), (codes < 0) & values.notna().to_numpy()
        if len(known):
            between = known[:-1] + np.diff(known) / 2
            nearest = np.searchsorted(between, values[far].to_numpy(dtype=float))
            codes[far] = nearest + np.count_nonzero(~present)
    codes[codes < 0] = int(column.counts.argmax())
    return column.decode(codes)


def column_of(name: str, counted: pd.Series, dtype: str) -> Column:
    """Return a column of noisy counts.

    Parameters
    ----------
    name
        The column's name.
    counted
        Noisy counts above 0 by value.
    dtype
        The type of the values that are not missing.

    Raises
    ------
    InputError
        There is no value.

    Examples
    --------
    >>> column = column_of("age", pd.Series([20.4, 9.7], index=[30, 40]), "int64")
    >>> column.values.tolist(), column.counts.tolist()
    ([30, 40], [20, 10])
    """
    if counted.empty:
        raise InputError(
            f"privacy: no value of {name!r} is frequent enough to be told: leave the column out, raise epsilon, or "
            "give the bounds of its numbers"
        )
    counted = counted.groupby(level=0, dropna=False).sum().sort_index(na_position="first")
    counts = np.maximum(np.rint(counted.to_numpy()), 1).astype(np.int64)
    if counted.index.isna().any():  # pandas has no whole numbers and no truth values beside a missing one
        dtype = {"int64": "float64", "bool": "object"}.get(dtype, dtype)
    return Column(name, counted.index.astype(dtype).to_numpy(), counts, dtype)
