"""Dates and times: ordered numbers inside, and outside the very spelling or type that they had."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fairtab.errors import InputError
from fairtab.frames import with_columns

NANOSECONDS = {"D": 86_400 * 10**9, "h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}
EXACT = 2**53  # whole numbers up to here are exact in double precision, which missing values need
FIELDS = {  # what a form is made of: the values, and the place in 2024-12-31T23:59:59
    "YYYY": (r"[1-9]\d{3}", 0, 4),
    "MM": (r"\d{2}", 5, 7),
    "M": (r"[1-9]\d?", 5, 7),
    "DD": (r"\d{2}", 8, 10),
    "D": (r"[1-9]\d?", 8, 10),
    "hh": (r"\d{2}", 11, 13),
    "h": (r"\d|[1-9]\d", 11, 13),
    "mm": (r"\d{2}", 14, 16),
    "ss": (r"\d{2}", 17, 19),
}
MIDNIGHT = ("1970", "-01", "-01", "T00", ":00", ":00")  # in place of fields that a form does not have
FIELD = re.compile("(YYYY|MM?|DD?|hh?|mm|ss|f+)")
DATE = r"(?P<first>\d{1,4})(?P<sign>[-/.])\d{1,2}(?P=sign)(?P<last>\d{1,4})"
TIME = r"\d{1,2}:\d{2}(?P<seconds>:\d{2}(?:\.(?P<fraction>\d{1,9}))?)?(?P<zone>Z|[+-]\d{2}:?\d{2})?"
SHAPE = re.compile(rf"(?P<date>{DATE})?(?P<between>[ T]?)(?P<time>{TIME})?")
TIMESTAMP = re.compile(r"timestamp\[(\w+)(?:, tz=(.+))?\]")
DAY, CLOCK = "date32[day]", "time64[us]"


@dataclass(frozen=True)
class DateFormat:
    """How a column of dates or times is written, and what its numbers count.

    Parameters
    ----------
    form
        Of text: "DD/MM/YYYY hh:mm:ss", with one f for each digit of a fraction, and M, D, h for numbers without a
        leading zero. All else stands for itself. Of other columns: their Arrow type.
    unit
        What the numbers count, since 1970 or since midnight: D, h, m, s, ms, us or ns.
    step
        Dates are written as whole numbers of this unit, the largest one in which all dates of the column are. By
        default it is `unit`.

    Examples
    --------
    >>> days = DateFormat("DD/MM/YYYY", "D")
    >>> days.read(pd.Series(["01/01/1970", "31/12/1969", None])).tolist()
    [0.0, -1.0, nan]
    >>> days.write(pd.Series([19722.2])).tolist()
    ['31/12/2023']
    """

    form: str
    unit: str
    step: str | None = field(default=None, repr=False)

    def read(self, column: pd.Series) -> pd.Series:
        """Return dates as numbers.

        They are whole numbers if no date is missing. A date between two of the unit is a fraction. Dates of another
        form are read, too, if they have one reading.

        Raises
        ------
        InputError
            A date is not of this form, or some are missing and doubles do not hold the others. The message quotes none.
        """
        if (stamp := TIMESTAMP.fullmatch(self.form)) and stamp[2] and is_text(column):  # as a CSV file has it
            read = pd.to_datetime(column, utc=True, errors="coerce", format="ISO8601").dt.tz_convert(stamp[2])
            column = read if read.isna().equals(column.isna()) else column
        if self.form == CLOCK and is_text(column):
            column = _clocks(column)
        found = _ticks(column, self.form)
        if found is None and len(others := readings(column)) == 1:
            found = _ticks(column, others[0].form)
        if found is None:
            raise _not_of(self.form, column)
        ticks, unit = found[0].fill_null(0).to_numpy(), found[1]
        more, less = NANOSECONDS[unit] // NANOSECONDS[self.unit] or 1, NANOSECONDS[self.unit] // NANOSECONDS[unit] or 1
        whole, rest = np.divmod(ticks * more, less)
        numbers = pd.Series(whole + rest / less if rest.any() else whole, index=column.index, name=column.name)
        if not column.isna().any():
            return numbers
        check_exact(numbers[column.notna()])
        return numbers.where(column.notna())

    def write(self, numbers: pd.Series) -> pd.Series:
        """Return numbers as dates, each rounded to a whole number of steps."""
        base = _base_unit(self.form)
        if self.step:
            size = NANOSECONDS[self.step] // NANOSECONDS[self.unit]
            numbers = (numbers / size).round() * size
        whole = numbers.round().fillna(0).to_numpy().astype(np.int64).view(f"datetime64[{self.unit}]")
        array = pa.array(whole.astype(f"datetime64[{base}]").astype(np.int64), mask=numbers.isna().to_numpy())
        if self.form == DAY:
            array = array.cast(pa.int32()).cast(pa.date32())
        elif self.form == CLOCK:
            array = array.cast(pa.time64("us"))
        elif found := TIMESTAMP.fullmatch(self.form):
            array = array.cast(pa.timestamp(base, found[2]))
        else:
            array = _as_text(array.cast(pa.timestamp(base)), self.form)
        written = array.to_pandas().set_axis(numbers.index).rename(numbers.name)
        return written.where(written.notna(), np.nan) if written.dtype == object else written


def readings(column: pd.Series) -> list[DateFormat]:
    """Return every way to read a column as dates or times.

    Parameters
    ----------
    column
        Any column without lists.

    Returns
    -------
    list
        Empty if the values are no dates of one form. There are two if days and months cannot be told apart.

    Examples
    --------
    >>> [found.form for found in readings(pd.Series(["31/12/2024", "01/02/2024"]))]
    ['DD/MM/YYYY']
    >>> [found.form for found in readings(pd.Series(["11/12/2024", "01/02/2024"]))]
    ['DD/MM/YYYY', 'MM/DD/YYYY']
    >>> readings(pd.Series([20241231]))
    []
    """
    if pd.api.types.is_numeric_dtype(column) or column.isna().all():
        return []
    present = column.dropna()
    values = pd.Series(present.unique(), name=column.name)
    missing = len(present) < len(column)
    if not is_text(values):
        forms = [[str(pa.array(values).type)]] if is_date(values) else []
    else:
        forms = _forms(values.iloc[0])
    found = (next((f for form in same if (f := _format(values, form, missing=missing))), None) for same in forms)
    return [one for one in found if one]


def is_date(column: pd.Series) -> bool:
    """Return whether a column has a type of dates or times.

    Examples
    --------
    >>> is_date(pd.Series(pd.to_datetime(["2024-01-01"]))), is_date(pd.Series(["2024-01-01"]))
    (True, False)
    """
    if column.dtype == object:
        return pd.api.types.infer_dtype(column, skipna=True) in ("date", "time")
    return pd.api.types.is_datetime64_any_dtype(column)


def check_exact(whole: pd.Series) -> None:
    """Check that whole numbers can stand beside missing ones.

    Raises
    ------
    InputError
        Double precision, which missing values need, does not hold one of them.

    Examples
    --------
    >>> check_exact(pd.Series([2**53 + 1, 7], name="id"))
    Traceback (most recent call last):
    fairtab.errors.InputError: column 'id': values are missing, and doubles do not hold all others: make it categorical
    """
    known = whole.dropna().to_numpy()
    with np.errstate(invalid="ignore"):  # the largest one becomes 2**63
        if (known.astype(float).astype(known.dtype) != known).any():
            raise InputError(
                f"column {whole.name!r}: values are missing, and doubles do not hold all others: make it categorical"
            )


def is_text(column: pd.Series) -> bool:
    """Return whether all values of a column are text.

    Examples
    --------
    >>> is_text(pd.Series(["a", None])), is_text(pd.Series(["a", 1]))
    (True, False)
    """
    return pd.api.types.infer_dtype(column, skipna=True) == "string"


def of_one_unit(formats: Mapping[str, DateFormat]) -> dict[str, DateFormat]:
    """Let all dates count the same unit, the finest of theirs, so that they can be compared with one another.

    Times of day do so among themselves. Nanoseconds are left out: a double does not hold them.

    Examples
    --------
    >>> made = of_one_unit({"start": DateFormat("YYYY-MM-DD", "D"), "end": DateFormat("YYYY-MM-DD hh:mm", "m")})
    >>> made["start"], made["start"].step
    (DateFormat(form='YYYY-MM-DD', unit='m'), 'D')
    """
    made = dict(formats)
    for is_clock in (False, True):
        kind = {name: one for name, one in formats.items() if _is_clock(one.form) is is_clock and one.unit != "ns"}
        finest = min((one.unit for one in kind.values()), key=NANOSECONDS.__getitem__, default="")
        made |= {name: replace(one, unit=finest, step=one.unit) for name, one in kind.items() if one.unit != finest}
    return made


def _is_clock(form: str) -> bool:
    return form == CLOCK or form.startswith("h")


def numbered(frame: pd.DataFrame, formats: Mapping[str, DateFormat]) -> pd.DataFrame:
    """Return a frame whose dates are numbers.

    Examples
    --------
    >>> numbered(pd.DataFrame({"day": ["1970-01-03"]}), {"day": DateFormat("YYYY-MM-DD", "D")})["day"].tolist()
    [2]
    """
    return with_columns(frame, {name: form.read(frame[name]) for name, form in formats.items() if name in frame})


def written(frame: pd.DataFrame, formats: Mapping[str, DateFormat]) -> pd.DataFrame:
    """Return a frame whose dates are written as in their file: the inverse of `numbered`.

    Examples
    --------
    >>> written(pd.DataFrame({"day": [2]}), {"day": DateFormat("YYYY-MM-DD", "D")})["day"].tolist()
    ['1970-01-03']
    """
    return with_columns(frame, {name: form.write(frame[name]) for name, form in formats.items() if name in frame})


def format_of(column: pd.Series, form: str) -> DateFormat:
    """Return the format of a column that is written in this form.

    Raises
    ------
    InputError
        A date is not of this form. The message quotes none.

    Examples
    --------
    >>> format_of(pd.Series(["11/12/2024"]), "MM/DD/YYYY")
    DateFormat(form='MM/DD/YYYY', unit='D')
    """
    found = _format(column, form, missing=bool(column.isna().any()))
    if found is None:
        raise _not_of(form, column)
    return found


def _clocks(column: pd.Series) -> pd.Series:
    """Return times of day, or the column itself if its text has others."""
    try:
        return column.map(time.fromisoformat, na_action="ignore")
    except ValueError:
        return column


def _forms(value: str) -> list[list[str]]:
    """Return the forms that a text may have: one list for each order of day and month, with and without zeros."""
    shape = SHAPE.fullmatch(value)
    if not shape or bool(shape["between"]) != bool(shape["date"] and shape["time"]):
        return []
    clocks = [""]
    if shape["time"]:
        fraction = "." + "f" * len(shape["fraction"]) if shape["fraction"] else ""
        rest = f":mm{':ss' if shape['seconds'] else ''}{fraction}{shape['zone'] or ''}"
        clocks = [f"hh{rest}", f"h{rest}"]
    if not shape["date"]:
        return [clocks[:1]] if shape["time"] else []  # 9:30 may as well be a ratio
    if len(shape["first"]) == 4:
        orders = [("YYYY", "MM", "DD")]
    else:
        orders = [("DD", "MM", "YYYY"), ("MM", "DD", "YYYY")] if len(shape["last"]) == 4 else []
    padded = [shape["sign"].join(order) for order in orders]
    return [
        [
            day + shape["between"] + clock
            for day, clock in itertools.product((date, date.replace("MM", "M").replace("DD", "D")), clocks)
        ]
        for date in padded
    ]


def _format(column: pd.Series, form: str, *, missing: bool) -> DateFormat | None:
    """Return the format, None if a value is not of this form, or if doubles do not hold dates beside missing ones."""
    ticks = _ticks(column, form)
    if ticks is None:
        return None
    numbers, base = ticks[0].drop_null().to_numpy(), ticks[1]
    units = [unit for unit, size in NANOSECONDS.items() if size >= NANOSECONDS[base]]
    unit = next(u for u in units if not (numbers % (NANOSECONDS[u] // NANOSECONDS[base])).any())
    largest = np.abs(numbers // (NANOSECONDS[unit] // NANOSECONDS[base])).max(initial=0)
    return None if missing and largest > EXACT else DateFormat(form, unit)


def _ticks(column: pd.Series, form: str) -> tuple[pa.Array, str] | None:
    """Return dates as whole numbers, and their unit. None if a date is not of this form."""
    unit = _base_unit(form)
    try:
        array = pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # values of several types
        return None
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    if pa.types.is_null(array.type):
        return array.cast(pa.int64()), unit
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        found = _of_text(array, form)
        return None if found is None else (found.cast(pa.int64()), unit)
    if str(array.type) != form:
        return None
    return (array.cast(pa.int32()) if form == DAY else array).cast(pa.int64()), unit


def _of_text(text: pa.Array, form: str) -> pa.Array | None:
    """Return text as timestamps, None if one is not of this form."""
    pieces = FIELD.split(form)
    fields = {name: FIELDS.get(name, ("[0-9]" * len(name), "f")) for name in pieces[1::2]}
    if not fields or len({start for _, start, *_ in fields.values()}) < len(pieces) // 2:
        return None  # no form of dates, or a field comes twice
    pattern = "".join(f"(?P<{name}>{fields[name][0]})" if i % 2 else re.escape(name) for i, name in enumerate(pieces))
    found = pc.extract_regex(text, f"^(?:{pattern})$")
    if found.null_count > text.null_count:
        return None
    parts = {start: pc.struct_field(found, name) for name, (_, start, *_) in fields.items()}
    iso = [
        pc.binary_join_element_wise(instead[:-2], pc.utf8_lpad(parts[start], 2, "0"), "") if start in parts else instead
        for start, instead in zip((0, 5, 8, 11, 14, 17), MIDNIGHT, strict=True)
    ]
    if 0 in parts:
        iso[0] = parts[0]
    if "f" in parts:
        iso += [".", parts["f"]]
    try:
        moments = pc.binary_join_element_wise(*iso, "").cast(pa.timestamp(_base_unit(form)))
    except pa.ArrowInvalid:  # a 30th of February, or a time beyond the range of its unit
        return None
    return pc.if_else(pc.is_null(text), None, moments)


def _as_text(moments: pa.Array, form: str) -> pa.Array:
    """Write timestamps in a form."""
    iso = pa.array(np.datetime_as_string(moments.fill_null(0).to_numpy(zero_copy_only=False)))

    def piece(name: str) -> pa.Array:
        _, start, stop = FIELDS.get(name, ("", 20, 20 + len(name)))
        value = pc.utf8_slice_codeunits(iso, start, stop)
        return pc.replace_substring_regex(value, "^0", "", max_replacements=1) if name in ("M", "D", "h") else value

    pieces = [piece(name) if i % 2 else name for i, name in enumerate(FIELD.split(form))]
    return pc.if_else(moments.is_null(), None, pc.binary_join_element_wise(*pieces, ""))


def _not_of(form: str, column: pd.Series) -> InputError:
    return InputError(f"column {column.name!r}: expected dates and times as {form} in every row, got others")


def _base_unit(form: str) -> str:
    """Return the unit of a type, or the largest one that holds all digits of a form."""
    if form == DAY:
        return "D"
    if form == CLOCK:
        return "us"
    if found := TIMESTAMP.fullmatch(form):
        return found[1]
    digits = max((len(name) for name in FIELD.findall(form) if name.startswith("f")), default=0)
    return ("s", "ms", "us", "ns")[-(-digits // 3)]
