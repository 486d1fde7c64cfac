"""Counts of a table's columns, and of its groups by label. Figures need them, because tables are not in git."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fairtab.dates import EXACT, DateFormat
from fairtab.table import Table
from fairtab.task import Task

N_BINS = 20
TAILS = (1, 99)  # percentiles; the outer bins count all values beyond, so that a heavy tail does not stretch the axis
ALL_DIGITS = 17  # tell any two doubles apart
OTHER = "other values"
MISSING = "missing"


def bins(real: Table, *, min_rows: int = 1) -> dict[str, dict[str, Any]]:
    """Choose how the values of each column are counted.

    A numerical column with many values has `edges` of bins of equal width. All other columns have `values`, the most
    frequent ones of the real table.

    Parameters
    ----------
    real : Table
        The real table.
    min_rows : int
        A feature's value must occur in this many rows to be named. With more than one, edges are round numbers, because
        percentiles may be values of single rows.

    Returns
    -------
    dict
        For each column {"edges": [...]} or {"values": [...]}.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": [30, 41, 30], "sex": ["f", "m", "f"], "paid": [1, 0, 1]})
    >>> bins(Table(frame, Schema(("age",), (), "paid", 1, ("sex",))))["age"]
    {'values': ['30', '41']}
    """
    schema, frame = real.schema, real.frame
    continuous = [name for name in schema.numerical if frame[name].nunique() > N_BINS]
    counted = [name for name in schema.features if name not in continuous]
    features = {name: {"values": _values(frame[name], min_rows)[:N_BINS]} for name in counted}
    conditions = {name: {"values": _values(frame[name])} for name in schema.conditions}
    return {name: {"edges": _edges(frame[name], min_rows)} for name in continuous} | features | conditions


def counts(table: Table, bins: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Count how often each value occurs, and each group with each label.

    Parameters
    ----------
    table : Table
        The table to count.
    bins : mapping
        As `bins` makes them.

    Returns
    -------
    dict
        `columns` has for each column its `counts` [n], with `edges` [n + 1] and the number of `missing` values, or with
        `values` [n]; the last values are "other values" and "missing" if there are any. `groups` has for each sensitive
        attribute its `groups` [n], and `counts` [n, 2] of negative and positive labels, or [n, labels] in the order of
        the target's `values` if its task is not binary.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": [30, 41, 30], "sex": ["f", "m", "f"], "paid": [1, 0, 1]})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> counts(table, bins(table))["groups"]["sex"]
    {'groups': ['f', 'm'], 'counts': [[0, 2], [1, 0]]}
    """
    schema = table.schema
    columns = {
        name: _histogram(table.frame[name], given["edges"]) if "edges" in given else _by_value(table.frame[name], given)
        for name, given in bins.items()
    }
    is_binary = schema.task is Task.BINARY
    y = table.y if is_binary else as_text(table.frame[schema.target]).to_numpy()
    labels = [0, 1] if is_binary else list(bins[schema.target]["values"])
    groups = {name: _by_label(table.frame[name], bins[name]["values"], y, labels) for name in schema.sensitive}
    return {"rows": len(table), "target": schema.target, "columns": columns, "groups": groups}


def bin_names(edges: Sequence[float] | np.ndarray, form: DateFormat | None = None, *, digits: int = 10) -> list[str]:
    """Name bins by their ends.

    Parameters
    ----------
    edges : array or sequence of float, shape [n + 1]
        The ends of the bins.
    form : DateFormat, optional
        How the column's dates are written, if it has dates.
    digits : int
        Significant digits of a number, or more if ends would look the same.

    Returns
    -------
    list of str, length [n]
        A name for each bin.

    Examples
    --------
    >>> bin_names([0.0, 0.5, 2.0])
    ['0 to 0.5', '0.5 to 2']
    """
    while form is None and digits < ALL_DIGITS and len({f"{edge:.{digits}g}" for edge in edges}) < len(edges):
        digits += 1
    ends = [f"{edge:.{digits}g}" for edge in edges] if form is None else form.write(pd.Series(edges)).astype(str)
    return [f"{low} to {high}" for low, high in itertools.pairwise(ends)]


def date_names(values: Sequence[str], form: DateFormat) -> list[str]:
    """Name the values of dates, which `bins` counts as numbers.

    Parameters
    ----------
    values : sequence of str
        Numbers as text, and names of other values, which stay.
    form : DateFormat
        How the dates are written.

    Returns
    -------
    list of str
        A name for each value.

    Examples
    --------
    >>> date_names(["18262", "missing"], DateFormat("YYYY-MM-DD", "D"))
    ['2020-01-01', 'missing']
    """
    numbers = pd.to_numeric(pd.Series(values, dtype=object), errors="coerce")
    return form.write(numbers).astype(str).where(numbers.notna(), values).tolist()


def as_text(column: pd.Series) -> pd.Series:
    """Write values as text. A number has the same text for every type.

    Parameters
    ----------
    column : pandas.Series
        The values.

    Returns
    -------
    pandas.Series
        Their text.

    Examples
    --------
    >>> as_text(pd.Series([1.0, 2.5])).tolist()
    ['1', '2.5']
    """
    return column.map(_written) if pd.api.types.is_numeric_dtype(column) else column.astype(str)


def _written(number: float) -> str:
    is_whole = abs(number) < EXACT and number == int(number)
    return str(int(number)) if is_whole else f"{number:.10g}"


def _edges(column: pd.Series, min_rows: int) -> list[float]:
    known = column.dropna().astype(float)
    low, high = np.percentile(known, TAILS)
    if low == high and min_rows == 1:  # one value in almost all rows: the bins cover all values
        low, high = known.min(), known.max()
    elif low == high:  # the same without the extremes, which belong to single rows
        low, high = np.percentile(known[known != low], TAILS)
        low, high = min(low, known.median()), max(high, known.median())
    if min_rows > 1:
        unit = 10.0 ** (np.floor(np.log10(high - low)) - 1)  # two digits of the range
        low, high = np.floor(low / unit) * unit, np.ceil(high / unit) * unit
    edges = np.linspace(low, high, N_BINS + 1)
    short = [float(f"{edge:.10g}") for edge in edges]
    return short if len({*short}) == len(edges) else edges.tolist()


def _values(column: pd.Series, min_rows: int = 1) -> list[str]:
    """Order values: numbers by size, others by frequency and then by name."""
    known = column.dropna()
    known = known[known.map(known.value_counts()) >= min_rows]
    if pd.api.types.is_numeric_dtype(column):
        return as_text(pd.Series(np.sort(known.unique()))).drop_duplicates().tolist()  # of ten digits
    counted = as_text(known).value_counts()
    return sorted(counted.index, key=lambda value: (-counted[value], value))


def _histogram(column: pd.Series, edges: list[float]) -> dict[str, Any]:
    known = column.dropna().astype(float).clip(edges[0], edges[-1])
    counted = np.histogram(known, edges)[0].tolist()
    return {"edges": edges, "counts": counted, "missing": int(column.isna().sum())}


def _by_value(column: pd.Series, given: Mapping[str, Any]) -> dict[str, Any]:
    text = as_text(column).where(column.notna(), MISSING)
    values = list(given["values"])
    for name, outside in ((OTHER, ~text.isin(values) & column.notna()), (MISSING, column.isna())):
        text = text.mask(outside, name)
        values += [name] if outside.any() and name not in values else []
    return {"values": values, "counts": text.value_counts().reindex(values, fill_value=0).tolist()}


def _by_label(column: pd.Series, groups: list[str], y: np.ndarray, labels: list[Any]) -> dict[str, Any]:
    counted = pd.crosstab(as_text(column).to_numpy(), y)
    counted = counted.reindex(index=groups, columns=labels, fill_value=0)
    return {"groups": groups, "counts": counted.to_numpy().tolist()}
