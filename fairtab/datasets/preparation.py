"""From the table as it came to the one described: names, rows and derived columns, each an entry of the description."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from fairtab.errors import InputError

MAX_NAMED = 50  # values of a column to map that errors name


def prepare(frame: pd.DataFrame, description: Mapping[str, Any]) -> pd.DataFrame:
    """Apply a description's `columns`, `spelling`, `rows` and `derive`, in this order, to what is there of them.

    columns: [name, ...], all of the table's in their order: where it has other names, they are given by position.
    spelling: [name, ...]: a column that differs from one of them in capitals and punctuation only takes its name.
    rows: {column: {min: .., max: .., not: ..}}: the rows to keep; one with nothing there is not kept.
    derive: {column: {from: column, map: {value: new}} or {from: column, at_most: number, then: new, otherwise: new}}.

    Raises
    ------
    InputError
        The table has not the columns that these name or not the values they compare with, or an entry is not as above.
    """
    frame = _renamed(frame, description.get("columns") or (), description.get("spelling") or ())
    for name, condition in (description.get("rows") or {}).items():
        frame = frame[_holds(_column(frame, name, "rows"), condition)]
    for name, rule in (description.get("derive") or {}).items():
        if not isinstance(rule, Mapping):
            raise InputError(f"derive {name}: expected from with map, or from with at_most, then and otherwise")
    derived = {
        name: _derived(_column(frame, rule.get("from"), f"derive {name}"), name, rule)
        for name, rule in (description.get("derive") or {}).items()
    }
    return frame.assign(**derived)


def meant(asked: Any, values: Iterable[Any]) -> Any:
    """The one of `values` that a person means who writes `asked`: 1 is 1.0, "1" and true; `asked` if there is none."""
    values = list(values)
    if any(type(value) is type(asked) and value == asked for value in values):
        return asked
    return next((value for value in values if _key(value) == _key(asked)), asked)


def _key(value: Any) -> float | str:
    text = str(value).strip().casefold()
    try:
        return float({"true": "1", "false": "0"}.get(text, text))
    except ValueError:
        return text


def _renamed(frame: pd.DataFrame, columns: Iterable[str], spelling: Iterable[str]) -> pd.DataFrame:
    columns = list(columns)
    frame = frame.rename(columns=_spelled(frame.columns, [*columns, *spelling]))
    if set(columns) <= set(frame.columns):
        return frame
    if len(columns) != len(frame.columns):
        found = ", ".join(frame.columns)
        raise InputError(f"expected {len(columns)} columns ({', '.join(columns)}), got {len(frame.columns)} ({found})")
    return frame.set_axis(columns, axis=1)


def _spelled(found: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """By the found names, those of `names` that are the same but for capitals and punctuation."""
    bare = {re.sub(r"[\W_]", "", name).casefold(): name for name in names}
    return {name: bare[key] for name in found if (key := re.sub(r"[\W_]", "", name).casefold()) in bare}


def _holds(column: pd.Series, condition: Mapping[str, Any]) -> pd.Series:
    if unknown := set(condition) - {"min", "max", "not"}:
        raise InputError(f"rows {column.name}: expected min, max or not, got {', '.join(sorted(unknown))}")
    keep = column.notna()
    try:
        if "min" in condition:
            keep &= column >= condition["min"]
        if "max" in condition:
            keep &= column <= condition["max"]
    except TypeError as error:
        raise InputError(f"rows {column.name}: expected values that compare with its min and max ({error})") from error
    return keep & (column != condition["not"]) if "not" in condition else keep


def _derived(column: pd.Series, name: str, rule: Mapping[str, Any]) -> pd.Series:
    if not ({"map"} < set(rule) or {"at_most", "then", "otherwise"} < set(rule)):
        raise InputError(f"derive {name}: expected from with map, or from with at_most, then and otherwise")
    if "at_most" in rule:
        if not pd.api.types.is_numeric_dtype(column):
            raise InputError(f"derive {name}: expected numbers in column {column.name!r}, got text")
        groups = np.where(column <= rule["at_most"], rule["then"], rule["otherwise"])
        return pd.Series(groups, index=column.index, dtype=object).where(column.notna(), np.nan)
    known = {_key(value): new for value, new in rule["map"].items()}
    values = column.dropna().unique()
    if strange := sorted(str(value) for value in values if _key(value) not in known):
        # many are no categories but rows' own, which are not to be shown
        shown = ", ".join(strange) if len(values) <= MAX_NAMED else f"{len(strange)} of {len(values)}"
        raise InputError(f"derive {name}: column {column.name!r} has values that its map has not: {shown}")
    return column.map({value: known[_key(value)] for value in values})


def _column(frame: pd.DataFrame, name: str, entry: str) -> pd.Series:
    if name not in frame.columns:
        raise InputError(f"{entry}: expected a column {name!r} (the table has: {', '.join(frame.columns)})")
    return frame[name]
