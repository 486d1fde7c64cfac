"""Read CSV files from strangers.

The file is divided into text first. A column becomes numbers only if every value is a number, and none is a code such
as 01234. A file that is refused is not quoted.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from fairtab.datasets.arrow import all_match, any_match, cast, is_inexact, shortened

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
# in addition to an empty cell, as in pandas
MISSING = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA"),
    *("NULL", "NaN", "None", "n/a", "nan", "null"),
)
SPACES = " \t"  # that may surround values
BLOCK = 1 << 24  # bytes that are read at once; a row cannot be longer


def read_csv(opened: Callable[[], BinaryIO], marker: str | None = None) -> tuple[pd.DataFrame, list[str]]:
    r"""Read a CSV table with commas, semicolons or tabs between values.

    Parameters
    ----------
    opened
        Opens the file, as bytes. It is called once for each pass over the file.
    marker
        A text that marks a missing value, in addition to an empty cell and pandas' own list of words.

    Returns
    -------
    frame, notes : tuple
        Columns of numbers and text, and what was unusual about the file, in words.

    Raises
    ------
    ValueError
        The file is not such a table. The message does not quote it.

    Examples
    --------
    >>> frame, notes = read_csv(lambda: io.BytesIO(b"zip;price\n01234;1,5\n99999;20,0\n"))
    >>> frame["zip"].tolist(), frame["price"].tolist()
    (['01234', '99999'], [1.5, 20.0])
    >>> notes
    ['semicolons between values', 'decimal commas']
    """
    with opened() as file:
        _check_text(file)
    with opened() as file:
        header, separator = _header(file)
    with opened() as file:
        columns = _rows(file, separator, len(header)).columns
    names = [" ".join(column[0].as_py().split()) for column in columns]  # on one line
    unnamed = [f"column {i + 1}" for i, name in enumerate(names) if not name]
    names = [name or f"column {i + 1}" for i, name in enumerate(names)]
    words, spaced = pa.array([*MISSING, *([] if marker is None else [marker])]), []
    for i, name in enumerate(names):  # in place, since a table takes much memory
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
        f"no spaces around names and values, which {shortened(spaced)} had": spaced,
        f"columns without a name called by their place: {shortened(unnamed)}": unnamed,
    }
    return frame, [words for words, holds in said.items() if holds]


def _check_text(file: BinaryIO) -> None:
    """Raise ValueError if the file is not UTF-8 text, and name the line."""
    decoder, line = codecs.getincrementaldecoder("utf-8")(), 1
    while True:
        block = file.read(BLOCK)
        if b"\0" in block:
            raise ValueError("it has zero bytes, as binary files and UTF-16 text have: save it as UTF-8 CSV or Parquet")
        try:
            decoder.decode(block, final=not block)  # a character that is cut off at the end is no text either
        except UnicodeDecodeError as error:
            line += block[: error.start].count(b"\n")
            raise ValueError(
                f"line {line} is not UTF-8 text: save the file as UTF-8, for example with "
                "iconv -f latin1 -t utf-8 OLD > NEW"
            ) from error
        if not block:
            return
        line += block.count(b"\n")


def _header(file: BinaryIO) -> tuple[list[str], str]:
    """Return the names in the first line, and the separator that gives the most names."""
    found = {}
    for separator in SEPARATORS:
        file.seek(0)
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        try:
            found[separator] = next((row for row in csv.reader(text, delimiter=separator) if row), [])
        except csv.Error as error:
            raise ValueError("its first line is too long for a line of column names") from error
        finally:
            text.detach()
    separator = max(found, key=lambda separator: len(found[separator]))
    if not found[separator]:
        raise ValueError("the file is empty")
    return found[separator], separator


def _rows(file: BinaryIO, separator: str, n_columns: int) -> pa.Table:
    """Return all cells as text. The first row is the line of names."""
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
        raise ValueError("its rows cannot be separated: is there an open quotation mark?") from error
    if ragged:
        number, actual = ragged[0]
        raise ValueError(
            f"{len(ragged)} rows do not have {n_columns} values as the line of column names has, "
            f"the first is row {number} with {actual}: put quotation marks around values with {SEPARATORS[separator]}"
        )
    return table


def _typed(column: pa.ChunkedArray, comma: bool) -> pd.Series:
    """Return a column as numbers if every value is a number that is no code, else as text."""
    text = pc.replace_substring(column, ",", ".") if comma and all_match(column, r"^-?\d+(,\d+)?$") else column
    numbers = None if any_match(text, r"^-?0\d") else cast(text, pa.float64())  # 01234 is a code
    if numbers is None or any_match(text, r"^\+"):  # +49 begins a telephone number
        return column.to_pandas()
    if column.null_count == len(column) or not all_match(text, r"^-?\d+$"):
        return numbers.to_pandas()
    whole = cast(text, pa.int64())
    whole = cast(text, pa.uint64()) if whole is None else whole
    return column.to_pandas() if whole is None or is_inexact(whole) else whole.to_pandas()


def _has_decimal_comma(column: pa.ChunkedArray) -> bool:
    """Return whether commas can only be decimal ones: as in 1,5 and 0,125, but not in 1,500."""
    return all_match(column, r"^-?\d+(,\d+)?$") and any_match(column, r",(\d{1,2}|\d{4,})$|^-?0,")
