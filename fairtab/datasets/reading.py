"""Read a file from a stranger: a frame of numbers and text, or an error in one line.

Nothing is guessed that could be wrong, and a file that is refused is not quoted.
"""

from __future__ import annotations

import functools
import gzip
import logging
import re
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from fairtab.datasets.arrow import is_inexact, shortened
from fairtab.datasets.csv_files import read_csv
from fairtab.dates import EXACT, is_date
from fairtab.errors import InputError, first_line

log = logging.getLogger(__name__)
GZIP, PARQUET = b"\x1f\x8b", b"PAR1"  # the first bytes of such files
UNNAMED_INDEX = re.compile(r"__index_level_\d+__")
NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal")  # pandas' words for the values of an object column


def read(path: Path, marker: Any = None) -> pd.DataFrame:
    r"""Read a Parquet or CSV table.

    A CSV file has commas, semicolons or tabs between values, and may be gzipped. The log says what is unusual about the
    file.

    Parameters
    ----------
    path
        The file.
    marker
        The value that marks a missing one in a CSV file, in addition to an empty cell and pandas' own list of words.

    Returns
    -------
    pd.DataFrame
        Its columns are numbers, text, or dates and times that the file has as such.

    Raises
    ------
    InputError
        The file is not such a table.

    Examples
    --------
    >>> _ = Path("people.csv").write_text("name,age\nAda,36\nBob,?\n")
    >>> read(Path("people.csv"), marker="?")
      name   age
    0  Ada  36.0
    1  Bob   NaN
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(PARQUET))
        if start == PARQUET or path.suffix.lower() == ".parquet":
            frame, notes = _read_parquet(path)
        else:
            opened = functools.partial(_open, path, zipped=start.startswith(GZIP))
            frame, notes = read_csv(opened, None if marker is None else str(marker))
        frame = plain(frame)
    except (ValueError, OSError, EOFError, zlib.error, pa.ArrowException) as error:
        raise InputError(f"{path}: expected a Parquet or CSV table ({first_line(error, 'no details')})") from error
    if notes:
        log.info("%s was read with %s", path.name, "; ".join(notes))
    return frame


def _open(path: Path, *, zipped: bool) -> BinaryIO:
    return (
        cast(BinaryIO, gzip.open(path)) if zipped else path.open("rb")
    )  # a GzipFile is one, although its type does not say so


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn every column into NumPy numbers, dates or text, and every name into text.

    Parameters
    ----------
    frame
        Columns of any type. Truth values become text.

    Returns
    -------
    pd.DataFrame
        The same values.

    Raises
    ------
    ValueError
        Two columns have the same name.

    Examples
    --------
    >>> plain(pd.DataFrame({"hired": [True, False], 2024: [1, 2]})).to_dict("list")
    {'hired': ['True', 'False'], '2024': [1, 2]}
    """
    names = list(map(str, frame.columns))
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two columns are called {', '.join(twice)}: rename one")
    columns = {name: _plain(frame.iloc[:, i]) for i, name in enumerate(names)}
    return pd.DataFrame(columns, index=frame.index, copy=False)


def _plain(column: pd.Series) -> pd.Series:
    dtype = column.dtype
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype):
        if isinstance(dtype, np.dtype):
            return column
        filled = pd.Series(column.to_numpy(dtype=dtype.numpy_dtype, na_value=0), index=column.index, name=column.name)
        return without(filled, column.isna())
    if isinstance(dtype, pd.ArrowDtype) and pa.types.is_temporal(dtype.pyarrow_dtype):
        return pa.array(column).to_pandas().set_axis(column.index)
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return column
    column = column.astype(object)
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in ("datetime", "datetime64"):
        return pa.array(column, from_pandas=True).to_pandas().set_axis(column.index)
    if kind == "string" or is_date(column):
        return column
    if kind == "integer":
        return without(pd.to_numeric(column.where(column.notna(), 0)), column.isna())
    if kind in NUMBERS:
        return pd.to_numeric(column.map(float, na_action="ignore") if kind == "decimal" else column)
    return as_text(column)


def without(column: pd.Series, is_missing: pd.Series) -> pd.Series:
    """Take values away. Whole numbers become text if doubles, which missing values need, would change one of them.

    Examples
    --------
    >>> without(pd.Series([2**53 + 1, 7]), pd.Series([False, True])).tolist()
    ['9007199254740993', nan]
    """
    if is_missing.any() and pd.api.types.is_integer_dtype(column):
        present = column[~is_missing].agg(["min", "max"]).dropna()
        if any(abs(int(end)) > EXACT for end in present):
            column = as_text(column)
    return column.mask(is_missing)


def as_text(column: pd.Series) -> pd.Series:
    """Return the text of each value; missing values stay.

    Examples
    --------
    >>> as_text(pd.Series([True, None])).tolist()
    ['True', nan]
    """
    return column.astype(object).where(column.notna(), np.nan).map(str, na_action="ignore")


def _read_parquet(path: Path) -> tuple[pd.DataFrame, list[str]]:
    # read_table would make columns of folders that are called name=value
    table = pa.parquet.ParquetFile(path).read()
    left_out = [field.name for field in table.schema if _is_no_value(field.type)]
    # an index of pandas that has a name is a column; one without a name only counts rows
    no_column = [_is_no_value(field.type) or UNNAMED_INDEX.fullmatch(field.name) for field in table.schema]
    table = table.select([i for i, is_none in enumerate(no_column) if not is_none])
    for i, field in enumerate(table.schema):
        if pa.types.is_integer(field.type) and is_inexact(table.column(i)):
            table = table.set_column(i, field.name, table.column(i).cast(pa.string()))
    notes = [f"{shortened(left_out)} left out, which hold more than one value, or bytes"] if left_out else []
    return table.to_pandas(ignore_metadata=True), notes


def _is_no_value(kind: pa.DataType) -> bool:
    """Return whether the cells of an Arrow type hold several values, or bytes."""
    is_bytes = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    return pa.types.is_nested(kind) or is_bytes
