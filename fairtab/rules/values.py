"""The values of an expression in every row: numbers, text or truth values, some of them missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from fairtab.errors import InputError

Kind = Literal["numbers", "text", "truth values", "nothing"]

ROUNDING = 2.0**-50  # relative error of one operation, and of the numbers in it; double precision has 2**-53
_KINDS: dict[str, Kind] = {  # by pandas' names
    "string": "text",
    "boolean": "truth values",
    "integer": "numbers",
    "floating": "numbers",
    "mixed-integer-float": "numbers",
    "decimal": "numbers",
    "empty": "nothing",
}
_TYPES: dict[Kind, tuple[type, object]] = {  # and what stands where a value is missing
    "numbers": (np.float64, 0),
    "text": (object, ""),
    "truth values": (np.bool_, False),
    "nothing": (np.bool_, False),
}


@dataclass(frozen=True, eq=False)
class Values:
    """What an expression is in every row.

    Parameters
    ----------
    kind
        What the values are; "nothing" if all are missing, so that nobody can tell.
    data
        The values, [N], or one value for all rows, [].
    missing
        Whether a value is missing, bool [N] or [].
    error
        For numbers: how far rounding may have moved them, [N] or []. It is 0 for numbers that were not computed.

    Examples
    --------
    >>> values = Values.of_column(pd.Series([1.5, None], name="age"))
    >>> values.kind, values.missing.tolist()
    ('numbers', [False, True])
    """

    kind: Kind
    data: np.ndarray
    missing: np.ndarray
    error: np.ndarray | float = 0.0

    @classmethod
    def of_column(cls, column: pd.Series) -> Values:
        """Read a column. Raises InputError if it holds neither numbers nor text nor truth values."""
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype(object)
        name = pd.api.types.infer_dtype(column, skipna=True)
        if name not in _KINDS:
            raise InputError(f"column {column.name!r}: expected numbers, text or truth values, got {name} values")
        kind, missing = _KINDS[name], column.isna().to_numpy()
        dtype, absent = _TYPES[kind]
        present = column.where(~missing, absent) if missing.any() else column
        return cls(kind, present.to_numpy(dtype=dtype), missing)

    @classmethod
    def of_constant(cls, value: object) -> Values:
        """Read a constant of an expression. Raises InputError if it is no finite number, text or truth value."""
        nowhere = np.array(False)
        if isinstance(value, bool):
            return cls("truth values", np.array(value), nowhere)
        if isinstance(value, str):
            return cls("text", np.array(value, dtype=object), nowhere)
        if isinstance(value, int | float) and abs(value) <= np.finfo(np.float64).max:
            return cls("numbers", np.array(value, dtype=np.float64), nowhere)
        hint = ", which goes after is" if value is None else ""
        raise InputError(f"expected a number, a text, True or False, got {value!r}{hint}")

    @classmethod
    def of_truth(cls, true: np.ndarray, false: np.ndarray) -> Values:
        """Return truth values from where they are true and where they are false. Elsewhere they are missing."""
        return cls("truth values", true, ~(true | false))

    @property
    def true(self) -> np.ndarray:
        """Where truth values are true, bool [N] or []."""
        return self.data & ~self.missing

    @property
    def false(self) -> np.ndarray:
        """Where truth values are false, bool [N] or []."""
        return ~self.data & ~self.missing


def negated(numbers: Values) -> Values:
    """Return numbers with the other sign, which no rounding moves.

    Examples
    --------
    >>> negated(Values.of_constant(0.5)).data.item()
    -0.5
    """
    return numbers if numbers.kind == "nothing" else replace(numbers, data=-numbers.data)


def calculate(operator: str, a: Values, b: Values) -> Values:
    """Calculate with numbers. A result that is not finite, as in a division by 0, is missing.

    Parameters
    ----------
    operator
        "+", "-", "*" or "/".
    a, b
        Numbers, or nothing.

    Examples
    --------
    >>> total = calculate("+", Values.of_constant(0.1), Values.of_constant(0.2))
    >>> bool(compare("==", total, Values.of_constant(0.3)).true)
    True
    >>> bool(calculate("/", Values.of_constant(1), Values.of_constant(0)).missing)
    True
    """
    if "nothing" in (a.kind, b.kind):
        return _nothing(a, b)
    x, y = a.data, b.data
    with np.errstate(all="ignore"):
        if operator in "+-":
            data = x + y if operator == "+" else x - y
            error = a.error + b.error + ROUNDING * (np.abs(x) + np.abs(y))
        elif operator == "*":
            data = x * y
            error = a.error * np.abs(y) + b.error * np.abs(x) + ROUNDING * np.abs(data)
        else:
            data = x / y
            error = (a.error + b.error * np.abs(data)) / np.abs(y) + ROUNDING * np.abs(data)
    return Values("numbers", data, a.missing | b.missing | ~np.isfinite(data), error)


_COMPARISONS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray | float], np.ndarray]] = {
    "==": lambda gap, size, error: size <= error,
    "!=": lambda gap, size, error: size > error,
    "<": lambda gap, size, error: gap < -error,
    "<=": lambda gap, size, error: gap <= error,
    ">": lambda gap, size, error: gap > error,
    ">=": lambda gap, size, error: gap >= -error,
}
ORDERED = ("<", "<=", ">", ">=")


def compare(operator: str, a: Values, b: Values) -> Values:
    """Compare values of one kind. Numbers that differ by rounding alone are equal. Text has the order of its letters.

    Parameters
    ----------
    operator
        "==", "!=", "<", "<=", ">" or ">=".
    a, b
        The values; those of two kinds cannot be compared.

    Returns
    -------
    Values
        Truth values, missing where `a` or `b` is missing.

    Examples
    --------
    >>> bool(compare("<", Values.of_constant("2019-12-31"), Values.of_constant("2020-01-01")).true)
    True
    """
    missing = a.missing | b.missing
    if "nothing" in (a.kind, b.kind):
        return _nothing(a, b)
    if a.kind == "numbers":
        with np.errstate(all="ignore"):
            gap = a.data - b.data
            holds = _COMPARISONS[operator](gap, np.abs(gap), a.error + b.error)
    else:
        x, y = np.broadcast_arrays(a.data, b.data)
        order = np.where(x == y, 0.0, np.where(x < y, -1.0, 1.0))
        holds = _COMPARISONS[operator](order, np.abs(order), 0.0)
    return Values("truth values", holds, missing)


def _nothing(a: Values, b: Values) -> Values:
    missing = np.full(np.broadcast_shapes(a.data.shape, b.data.shape), True)
    return Values("nothing", ~missing, missing)
