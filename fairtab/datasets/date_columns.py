"""Find the columns of dates and times in a table, and how they are written."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pandas as pd

from fairtab.datasets.description import DatasetDescription
from fairtab.datasets.reading import as_text
from fairtab.dates import DateFormat, format_of, is_date, numbered, of_one_unit, readings
from fairtab.errors import InputError
from fairtab.frames import as_spelled, with_columns

log = logging.getLogger(__name__)


def find_dates(frame: pd.DataFrame, description: DatasetDescription) -> dict[str, DateFormat]:
    """Find the columns of dates and times, and log how they are written.

    They are the columns whose form the description names. If roles are inferred, so are the features that can be read
    in one way only and that the description does not name as categorical.

    Parameters
    ----------
    frame
        The table, prepared.
    description
        Of the table.

    Returns
    -------
    dict
        By column its format.

    Raises
    ------
    InputError
        A column does not have the form that the description names.

    Examples
    --------
    >>> entries = {
    ...     "name": "loans",
    ...     "file": "loans.csv",
    ...     "target": "y",
    ...     "positive": 1,
    ...     "sensitive": "sex",
    ...     "infer": True,
    ... }
    >>> frame = pd.DataFrame({"opened": ["2024-02-29", "2024-03-01"], "sex": ["f", "m"], "y": [0, 1]})
    >>> find_dates(frame, DatasetDescription.from_mapping(entries))
    {'opened': DateFormat(form='YYYY-MM-DD', unit='D')}
    """
    forms = dict(zip(as_spelled(description.dates or {}, frame), (description.dates or {}).values(), strict=True))
    if absent := [name for name in forms if name not in frame]:
        raise InputError(f"dates: no column {', '.join(absent)}")
    found = {name: format_of(frame[name], form) for name, form in forms.items()}
    if description.infer:
        others = (*description.sensitive, *description.categorical, *(description.leave_out or ()))
        taken = {*forms, *as_spelled([description.target, *others], frame)}
        read = {name: readings(frame[name]) for name in frame.columns if name not in taken}
        found |= {name: formats[0] for name, formats in read.items() if len(formats) == 1}
    if found:
        log.info("dates: %s", ", ".join(f"{name} ({one.form})" for name, one in found.items()))
    return of_one_unit(found)


def as_numbers_or_text(frame: pd.DataFrame, formats: Mapping[str, DateFormat]) -> pd.DataFrame:
    """Turn dates of a format into numbers, and all other dates into text.

    Examples
    --------
    >>> frame = pd.DataFrame({"day": pd.to_datetime(["1970-01-02"]), "other": pd.to_datetime(["1970-01-02"])})
    >>> as_numbers_or_text(frame, {"day": DateFormat("timestamp[ns]", "D")}).to_dict("list")
    {'day': [1], 'other': ['1970-01-02 00:00:00']}
    """
    frame = numbered(frame, formats)
    return with_columns(frame, {name: as_text(frame[name]) for name in frame.columns if is_date(frame[name])})
