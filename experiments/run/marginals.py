"""Counts of a table's columns, and of its groups by label: all that figures need of tables that are not in git."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from fairtab.table import Table

N_BINS = 20
TAILS = (1, 99)  # percentiles; what lies beyond is counted in the outer bins, so that no heavy tail takes all the room
OTHER = "other values"
MISSING = "missing"


def bins(real: Table, *, min_rows: int = 1) -> dict[str, dict[str, Any]]:
    """By column, what its values are counted by: `edges` of equal bins, or `values`, of real ones the most frequent.

    A numerical column of few values is counted by value; so are all categories, label and groups. min_rows: how many
    rows have to have a feature's value for it to be named, or to be an edge.
    """
    schema, frame = real.schema, real.frame
    continuous = [name for name in schema.numerical if frame[name].nunique() > N_BINS]
    counted = [name for name in schema.features if name not in continuous]
    features = {name: {"values": _values(frame[name], min_rows)[:N_BINS]} for name in counted}
    conditions = {name: {"values": _values(frame[name])} for name in schema.conditions}
    return {name: {"edges": _edges(frame[name], min_rows)} for name in continuous} | features | conditions


def counts(table: Table, bins: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """How often each value occurs, and each group with each label.

    `columns`: by name, `edges` [n + 1] and how many are `missing`, or `values` [n], the last of them "other values" and
    "missing" where there are some; and `counts` [n]. `groups`: by sensitive attribute, its `groups` [n] and `counts`
    [n, 2] of negative and positive labels.
    """
    schema = table.schema
    columns = {
        name: _histogram(table.frame[name], given["edges"]) if "edges" in given else _by_value(table.frame[name], given)
        for name, given in bins.items()
    }
    groups = {name: _by_label(table, name, bins[name]["values"]) for name in schema.sensitive}
    return {"rows": len(table), "target": schema.target, "columns": columns, "groups": groups}


def _edges(column: pd.Series, min_rows: int) -> list[float]:
    known = column.dropna().astype(float)
    low, high = np.percentile(known, TAILS)
    if low == high and min_rows == 1:  # one value in nearly all rows: every one has a bin
        low, high = known.min(), known.max()
    elif low == high:  # but for the extremes, which are a row's
        low, high = np.percentile(known[known != low], TAILS)
        low, high = min(low, known.median()), max(high, known.median())
    return [float(f"{edge:.10g}") for edge in np.linspace(low, high, N_BINS + 1)]


def _values(column: pd.Series, min_rows: int = 1) -> list[str]:
    """Numbers by size, else the most frequent first and, among equals, by name."""
    known = column.dropna()
    known = known[known.map(known.value_counts()) >= min_rows]
    if pd.api.types.is_numeric_dtype(column):
        return _text(pd.Series(np.sort(known.unique()))).tolist()
    counted = _text(known).value_counts()
    return sorted(counted.index, key=lambda value: (-counted[value], value))


def _histogram(column: pd.Series, edges: list[float]) -> dict[str, Any]:
    known = column.dropna().astype(float).clip(edges[0], edges[-1])
    counted = np.histogram(known, edges)[0].tolist()
    return {"edges": edges, "counts": counted, "missing": int(column.isna().sum())}


def _by_value(column: pd.Series, given: Mapping[str, Any]) -> dict[str, Any]:
    text = _text(column).where(column.notna(), MISSING)
    values = list(given["values"])
    for name, outside in ((OTHER, ~text.isin([*values, MISSING])), (MISSING, column.isna())):
        text = text.mask(outside, name)
        values += [name] if outside.any() and name not in values else []
    return {"values": values, "counts": text.value_counts().reindex(values, fill_value=0).tolist()}


def _by_label(table: Table, name: str, groups: list[str]) -> dict[str, Any]:
    counted = pd.crosstab(_text(table.frame[name]).to_numpy(), table.y)
    counted = counted.reindex(index=groups, columns=[0, 1], fill_value=0)
    return {"groups": groups, "counts": counted.to_numpy().tolist()}


def _text(column: pd.Series) -> pd.Series:
    """A number is the same text whatever its type."""
    return column.map("{:.10g}".format) if pd.api.types.is_numeric_dtype(column) else column.astype(str)
