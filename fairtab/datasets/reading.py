"""A file of anybody's as a frame of numbers and text, or one line that says what is in the way.

Nothing is guessed that could be wrong: a CSV file is taken apart into text first, and a column becomes numbers only
where every value in it is one and comes back as it was. Whatever is refused is refused without quoting the file.
"""

from __future__ import annotations

import codecs
import csv
import functools
import gzip
import io
import logging
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from fairtab.errors import InputError, first_line

log = logging.getLogger(__name__)
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
# beside an empty cell, as in pandas
MISSING = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA"),
    *("NULL", "NaN", "None", "n/a", "nan", "null"),
)
SPACES = " \t"  # around values
GZIP, PARQUET = b"\x1f\x8b", b"PAR1"  # what such files begin with
BLOCK = 1 << 24  # bytes read at once, which is also the longest row
UNNAMED_INDEX = re.compile(r"__index_level_\d+__")
EXACT = 2**53  # whole numbers up to here are exact in double precision
NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal")  # as pandas calls what an object column holds


def read(path: Path, marker: Any = None) -> pd.DataFrame:
    """A Parquet or CSV table (comma, semicolon or tab between values; gzip), its columns numbers or text.

    What is out of the ordinary about the file and was understood goes to the log.

    marker: what stands for a missing value in a CSV file, beside an empty cell and pandas' own list of words.

    Raises
    ------
    InputError
        The file is no such table.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(PARQUET))
        if start == PARQUET or path.suffix.lower() == ".parquet":
            frame, notes = _read_parquet(path)
        else:
            opened = functools.partial(_open, path, zipped=start.startswith(GZIP))
            frame, notes = _read_csv(opened, [*MISSING, *([] if marker is None else [str(marker)])])
        frame = plain(frame)
    except (ValueError, OSError, EOFError, zlib.error, pa.ArrowException) as error:
        raise InputError(
            f"{path}: expected a Parquet or CSV table ({first_line(error, 'no more is known')})"
        ) from error
    if notes:
        log.info("%s was read with %s", path.name, "; ".join(notes))
    return frame


def _open(path: Path, *, zipped: bool) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path)) if zipped else path.open("rb")  # which it is in all but name


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The same values in columns of two kinds, numbers (NumPy's) and text, under names that are text.

    Truth values and dates become text. Raises ValueError for two columns of one name.
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
        return pd.Series(column.to_numpy(dtype=float if column.hasnans else dtype.numpy_dtype), index=column.index)
    column = column.astype(object)
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind == "string":
        return column
    if kind in NUMBERS:
        return pd.to_numeric(column.map(float, na_action="ignore") if kind == "decimal" else column)
    return column.where(column.notna(), np.nan).map(str, na_action="ignore")


def _read_parquet(path: Path) -> tuple[pd.DataFrame, list[str]]:
    # not read_table, which makes columns of folders called name=value
    table = pa.parquet.ParquetFile(path).read()
    left_out = [field.name for field in table.schema if _is_no_value(field.type)]
    # what pandas noted of its index aside: one with a name is a column, one without counts rows
    no_column = [_is_no_value(field.type) or UNNAMED_INDEX.fullmatch(field.name) for field in table.schema]
    table = table.select([i for i, is_none in enumerate(no_column) if not is_none])
    for i, field in enumerate(table.schema):
        if pa.types.is_integer(field.type) and _is_inexact(table.column(i)):
            table = table.set_column(i, field.name, table.column(i).cast(pa.string()))
    notes = [f"{_list(left_out)} left out, which hold more than one value, or bytes"] if left_out else []
    return table.to_pandas(ignore_metadata=True), notes


def _is_no_value(kind: pa.DataType) -> bool:
    """Whether cells of an Arrow type hold several values, or bytes."""
    is_bytes = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    return pa.types.is_nested(kind) or is_bytes


def _read_csv(opened: Callable[[], BinaryIO], missing: list[str]) -> tuple[pd.DataFrame, list[str]]:
    with opened() as file:
        _check_text(file)
    with opened() as file:
        header, separator = _header(file)
    with opened() as file:
        columns = _rows(file, separator, len(header)).columns
    names = [" ".join(column[0].as_py().split()) for column in columns]  # on one line
    unnamed = [f"column {i + 1}" for i, name in enumerate(names) if not name]
    names = [name or f"column {i + 1}" for i, name in enumerate(names)]
    words, spaced = pa.array(missing), []
    for i, name in enumerate(names):  # in place: a table takes much memory
        trimmed = pc.utf8_trim(columns[i], SPACES)
        spaced += [name] if not trimmed.equals(columns[i]) else []
        columns[i] = pc.if_else(pc.is_in(trimmed, words), None, trimmed).slice(1)
    comma = separator != "," and any(map(_has_decimal_comma, columns))
    for i in range(len(columns)):
        columns[i] = _typed(columns[i], comma)
    frame = pd.concat(columns, axis=1, keys=range(len(names))).set_axis(names, axis=1)
    said = {
        f"{SEPARATORS[separator]} between values": separator != ",",
        "decimal commas": comma,
        f"no spaces around names and values, which {_list(spaced)} had": spaced,
        f"columns without a name called by their place: {_list(unnamed)}": unnamed,
    }
    return frame, [words for words, holds in said.items() if holds]


def _check_text(file: BinaryIO) -> None:
    """Raise ValueError for what is not UTF-8 text, naming the line."""
    decoder, line = codecs.getincrementaldecoder("utf-8")(), 1
    while block := file.read(BLOCK):
        if b"\0" in block:
            raise ValueError("it has zero bytes, as binary files and UTF-16 text have: save it as UTF-8 CSV or Parquet")
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            line += block[: error.start].count(b"\n")
            raise ValueError(
                f"line {line} is not UTF-8 text: save the file as UTF-8, as with iconv -f latin1 -t utf-8 OLD > NEW"
            ) from error
        line += block.count(b"\n")


def _header(file: BinaryIO) -> tuple[list[str], str]:
    """The line of names, and the separator that makes the most names of it."""
    found = {}
    for separator in SEPARATORS:
        file.seek(0)
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        try:
            found[separator] = next((row for row in csv.reader(text, delimiter=separator) if row), [])
        except csv.Error as error:
            raise ValueError("its first line is too long to be one of names") from error
        finally:
            text.detach()
    separator = max(found, key=lambda separator: len(found[separator]))
    if not found[separator]:
        raise ValueError("the file is empty")
    return found[separator], separator


def _rows(file: BinaryIO, separator: str, n_columns: int) -> pa.Table:
    """All cells as text, the line of names being the first row."""
    ragged = []

    def note(row: pa.csv.InvalidRow) -> str:
        ragged.append((row.number, row.actual_columns))
        return "skip"

    names = list(map(str, range(n_columns)))
    try:
        table = pa.csv.read_csv(
            file,
            pa.csv.ReadOptions(column_names=names, block_size=BLOCK, use_threads=False),
            pa.csv.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=note),
            pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowException as error:  # whose message may quote the file
        raise ValueError("its rows cannot be told apart: is a quotation mark left open?") from error
    if ragged:
        number, actual = ragged[0]
        raise ValueError(
            f"{len(ragged)} rows have not the {n_columns} values that the line of names has, "
            f"the first is row {number} with {actual}: put quotation marks around values with {SEPARATORS[separator]}"
        )
    return table


def _typed(column: pa.ChunkedArray, comma: bool) -> pd.Series:
    """Numbers where every value is one that comes back as it was, else text."""
    text = pc.replace_substring(column, ",", ".") if comma and _all(column, r"^-?\d+(,\d+)?$") else column
    numbers = None if _any(text, r"^-?0\d") else _cast(text, pa.float64())  # 01234 is a code
    if numbers is None or _any(text, r"^\+"):  # and +49 begins a telephone number
        return column.to_pandas()
    if column.null_count == len(column) or not _all(text, r"^-?\d+$"):
        return numbers.to_pandas()
    whole = _cast(text, pa.int64())
    whole = _cast(text, pa.uint64()) if whole is None else whole
    return column.to_pandas() if whole is None or _is_inexact(whole) else whole.to_pandas()


def _is_inexact(whole: pa.ChunkedArray) -> bool:
    """Whether double precision, which a column with missing values needs, cannot hold its whole numbers."""
    if not whole.null_count or whole.null_count == len(whole):
        return False
    extremes = pc.min_max(whole).as_py()
    return max(abs(extremes["min"]), abs(extremes["max"])) > EXACT


def _has_decimal_comma(column: pa.ChunkedArray) -> bool:
    """Whether commas can only be decimal ones: 1,5 and 0,125, but not 1,500."""
    return _all(column, r"^-?\d+(,\d+)?$") and _any(column, r",(\d{1,2}|\d{4,})$|^-?0,")


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    try:
        return column.cast(kind)
    except pa.ArrowInvalid:
        return None


def _all(column: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(column, pattern), min_count=0).as_py())


def _any(column: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(column, pattern), min_count=0).as_py())


def _list(names: list[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
