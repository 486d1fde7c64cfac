"""Prepare a table as its description says: rename columns, select rows, derive columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fairtab.errors import InputError
from fairtab.frames import as_spelled, with_columns

MAX_NAMED = 50  # an error names the values of a column to map if there are no more than these


def prepare(
    frame: pd.DataFrame,
    *,
    columns: Sequence[str] | None = None,
    spelling: Sequence[str] | None = None,
    rows: Mapping[str, Mapping[str, Any]] | None = None,
    derive: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Rename columns, select rows and derive columns, in this order.

    Parameters
    ----------
    frame
        The table that was read.
    columns
        All names in the order of the table's columns. If the table has other names, these are given by position.
    spelling
        Names. A column that differs from one of them only in capitals and punctuation gets this name.
    rows
        The rows to keep: `{column: {"min": .., "max": .., "not": ..}}`. A row with a missing value there is not kept.
    derive
        New columns: `{name: {"from": column, "map": {value: new}}}`, or
        `{name: {"from": column, "at_most": number, "then": new, "otherwise": new}}`.

    Returns
    -------
    pd.DataFrame
        A new frame.

    Raises
    ------
    InputError
        The table does not have the columns that these name, or has values that cannot be compared or mapped; or a rule
        does not have the form above.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [20, 40, 60]})
    >>> young = {"from": "age", "at_most": 25, "then": "young", "otherwise": "older"}
    >>> prepare(frame, rows={"age": {"max": 50}}, derive={"group": young})
       age  group
    0   20  young
    1   40  older
    """
    frame = _renamed(frame, columns or (), spelling or ())
    for name, condition in (rows or {}).items():
        frame = frame[_holds(_column(frame, name, "rows"), condition)]
    derived = {name: _derived(frame, name, rule) for name, rule in (derive or {}).items()}
    return with_columns(frame, derived)


def meant(asked: Any, values: Iterable[Any]) -> Any:
    """Find the value that a person means, as the table spells it.

    Parameters
    ----------
    asked
        What the person wrote.
    values
        The values in the table.

    Returns
    -------
    Any
        The value that is equal, or equal as a number, text or truth value: 1 is 1.0, "1" and true. `asked` if there is
        none.

    Examples
    --------
    >>> meant(1, ["0", "1"])
    '1'
    >>> meant("Yes", ["no", "yes"])
    'yes'
    """
    return spelling(values)(asked)


def spelling(values: Iterable[Any]) -> Callable[[Any], Any]:
    """Return a function that finds the value that a person means, as `meant` does, for many askings.

    Parameters
    ----------
    values
        The values in the table.

    Examples
    --------
    >>> spelled = spelling(["no", "yes"])
    >>> spelled("Yes"), spelled("maybe")
    ('yes', 'maybe')
    """
    values = list(values)
    exact = {(type(value), value) for value in values}
    in_words, alike = ({key(value): value for value in reversed(values)} for key in (str, _key))

    def spelled(asked: Any) -> Any:
        if (type(asked), asked) in exact:
            return asked
        return in_words[str(asked)] if str(asked) in in_words else alike.get(_key(asked), asked)

    return spelled


def _key(value: Any) -> float | str:
    text = str(value).strip().casefold()
    try:
        return text if "_" in text else float({"true": "1", "false": "0"}.get(text, text))  # 2_1 is no 21
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
    """Return, by found name, the one of `names` that differs only in capitals and punctuation."""
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


def _derived(frame: pd.DataFrame, name: str, rule: Any) -> pd.Series:
    if not isinstance(rule, Mapping) or not ({"map"} < set(rule) or {"at_most", "then", "otherwise"} < set(rule)):
        raise InputError(f"derive {name}: expected from with map, or from with at_most, then and otherwise")
    column = _column(frame, rule.get("from"), f"derive {name}")
    if "at_most" in rule:
        if not pd.api.types.is_numeric_dtype(column):
            raise InputError(f"derive {name}: expected numbers in column {column.name!r}, got text")
        groups = np.where(column <= rule["at_most"], rule["then"], rule["otherwise"])
        return pd.Series(groups, index=column.index, dtype=object).where(column.notna(), np.nan)
    spelled = spelling(rule["map"])
    values = column.dropna().unique()
    new = {value: rule["map"][key] for value in values if (key := spelled(value)) in rule["map"]}
    if strange := sorted(str(value) for value in values if value not in new):
        # many values are no categories, and values of single rows must not be shown
        shown = ", ".join(strange) if len(values) <= MAX_NAMED else f"{len(strange)} of {len(values)}"
        raise InputError(f"derive {name}: column {column.name!r} has values that are not in its map: {shown}")
    return column.map(new)


def _column(frame: pd.DataFrame, name: Any, entry: str) -> pd.Series:
    (found,) = as_spelled([name], frame)
    if found not in frame.columns:
        raise InputError(f"{entry}: expected a column {name!r} (the table has: {', '.join(frame.columns)})")
    return frame[found]
