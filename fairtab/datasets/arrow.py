"""Small helpers for Arrow columns, shared by the readers of CSV and Parquet."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from fairtab.dates import EXACT


def is_inexact(whole: pa.ChunkedArray) -> bool:
    """Return whether a column of whole numbers would change in double precision, which missing values need.

    Examples
    --------
    >>> is_inexact(pa.chunked_array([[2**53 + 1, None]])), is_inexact(pa.chunked_array([[2**53 + 1]]))
    (True, False)
    """
    if not whole.null_count or whole.null_count == len(whole):
        return False
    extremes = pc.min_max(whole).as_py()
    return max(abs(extremes["min"]), abs(extremes["max"])) > EXACT


def cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    """Return a column as another type, or None if a value does not fit.

    Examples
    --------
    >>> cast(pa.chunked_array([["1", "two"]]), pa.int64()) is None
    True
    """
    try:
        return column.cast(kind)
    except pa.ArrowInvalid:
        return None


def all_match(column: pa.ChunkedArray, pattern: str) -> bool:
    r"""Return whether all values match a regular expression; missing values do not count.

    Examples
    --------
    >>> all_match(pa.chunked_array([["1", None, "23"]]), r"^\d+$")
    True
    """
    return bool(pc.all(pc.match_substring_regex(column, pattern), min_count=0).as_py())


def any_match(column: pa.ChunkedArray, pattern: str) -> bool:
    r"""Return whether some value matches a regular expression.

    Examples
    --------
    >>> any_match(pa.chunked_array([["one", "2"]]), r"^\d+$")
    True
    """
    return bool(pc.any(pc.match_substring_regex(column, pattern), min_count=0).as_py())


def shortened(names: list[str], most: int = 5) -> str:
    """Return names as one text, and the number of those beyond the first `most`.

    Examples
    --------
    >>> shortened(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
