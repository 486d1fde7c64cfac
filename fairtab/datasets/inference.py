"""What the columns of anybody's table are, seen from what is in them."""

from __future__ import annotations

import logging
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from fairtab.datasets.looks import NUMBER, look_of
from fairtab.datasets.reading import EXACT
from fairtab.errors import InputError

log = logging.getLogger(__name__)

MAX_GROUPS = 20  # more different numbers than these are a quantity, not groups
NEARLY = 0.9  # text that differs in so many of the rows tells rows apart and nothing else
FEW_ROWS = 20  # in fewer rows, values that all differ mean nothing
MIN_ROWS = 4  # for training, validation and test rows
MAX_CATEGORIES = 1000  # of text: more are seen too rarely to be learned, and cost a network and its classifier dearly
MAX_CELLS = 10_000  # combinations of groups
SINGLE = float(np.finfo(np.float32).max)  # the largest number that networks and classifiers take
CALLED_IDENTIFIER = re.compile(r"(?:^|[\W_])(?i:id|uuid|key|index)$|[a-z](?:ID|Id)$")


def infer(frame: pd.DataFrame, description: Mapping[str, Any]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The rows that can be used, and the description with every column's role said; both go to the log.

    Numbers are numerical, all else is categorical, but for columns the description names as either. Columns that are
    constant or identify rows are left out, as are those it names so. Rows without target or sensitive value are left
    out.

    Raises
    ------
    InputError
        A column named in the description is absent, a sensitive column makes no groups, a number is too large for a
        network, or there are next to no rows.
    """
    if len(frame) < MIN_ROWS:
        raise InputError(f"expected a table of {MIN_ROWS} rows at least, got {len(frame)}")
    conditions = _as_spelled([description["target"], *description["sensitive"]], frame)
    chosen = {role: _as_spelled(description[role], frame) for role in ("numerical", "categorical", "leave_out")}
    named = [*conditions, *chosen["numerical"], *chosen["categorical"]]
    if absent := [name for name in named if name not in frame.columns]:
        raise InputError(f"no column {', '.join(absent)} ({_columns_of(frame)})")
    if absent := [name for name in chosen["leave_out"] if name not in frame.columns]:
        log.info("to be left out, but not in the table: %s", ", ".join(absent))

    frame = _with_conditions(frame, conditions)
    for name in conditions[1:]:
        _check_groups(frame[name])
    if (n_cells := math.prod(frame[name].nunique() for name in conditions[1:])) > MAX_CELLS:
        raise InputError(
            f"sensitive columns: expected at most {MAX_CELLS} combinations of groups, got {n_cells}: name fewer columns"
        )
    frame = frame.assign(**{name: _as_numbers(frame[name]) for name in chosen["numerical"]})

    left_out = {name: "asked for" for name in chosen["leave_out"] if name in frame.columns}
    free = [name for name in frame.columns if name not in {*named, *left_out}]
    looks = {name: look for name in free if (look := look_of(frame[name]))}
    left_out |= {name: _said(reason, looks.get(name)) for name in free if (reason := _useless(frame[name]))}
    free = [name for name in free if name not in left_out]
    for name in [*chosen["numerical"], *free]:
        _check_size(frame[name])
    is_number = {name: pd.api.types.is_numeric_dtype(frame[name]) for name in free}
    roles = {
        "target": conditions[0],
        "sensitive": conditions[1:],
        "numerical": [*chosen["numerical"], *(name for name in free if is_number[name])],
        "categorical": [*chosen["categorical"], *(name for name in free if not is_number[name])],
    }
    log.info("numerical: %s", ", ".join(roles["numerical"]) or "none")
    counts = (f"{name} ({frame[name].nunique(dropna=False)} values)" for name in roles["categorical"])
    log.info("categorical: %s", ", ".join(counts) or "none")
    if looks := {name: look for name, look in looks.items() if name in roles["categorical"] and look != "dates"}:
        said = ", ".join(f"{name} ({look})" for name, look in looks.items())
        log.info("categorical for how they are written: %s: plain numbers would be numerical", said)
    if left_out:
        log.info("left out: %s", ", ".join(f"{name} ({reason})" for name, reason in left_out.items()))
    return frame, {**description, **roles}


def _as_spelled(names: Iterable[Any], frame: pd.DataFrame) -> list[str]:
    """The names as the table spells them: an accent is one sign in one file and two in another."""
    spelled = {unicodedata.normalize("NFC", name): name for name in frame.columns}
    return [spelled.get(unicodedata.normalize("NFC", str(name)), str(name)) for name in names]


def _columns_of(frame: pd.DataFrame) -> str:
    """The table's columns in words, unless they are a row's values: a file may have no line of names."""
    if any(re.fullmatch(NUMBER, name) for name in frame.columns):
        return "some columns are called by a number: does the file begin with a line of names?"
    return f"the table has: {', '.join(frame.columns)}"


def _with_conditions(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    complete = frame[names].notna().all(axis=1)
    if n_incomplete := int((~complete).sum()):
        log.info("%d rows left out: no value in %s", n_incomplete, " or ".join(names))
        frame = frame[complete]
    return frame.assign(**{name: _whole(frame[name]) for name in names})


def _whole(column: pd.Series) -> pd.Series:
    """Whole numbers as integers, which a column with gaps could not hold."""
    if pd.api.types.is_float_dtype(column) and (column % 1 == 0).all() and column.abs().max() <= EXACT:
        return column.astype("int64")
    return column


def _as_numbers(column: pd.Series) -> pd.Series:
    """Text that spells numbers as numbers; other text as it is, for the table to refuse."""
    numbers = pd.to_numeric(column, errors="coerce")
    return numbers if numbers.notna().equals(column.notna()) else column


def _check_size(column: pd.Series) -> None:
    if not pd.api.types.is_numeric_dtype(column):
        return
    if n_beyond := int((column.astype(float).abs() > SINGLE).sum()):
        raise InputError(
            f"column {column.name!r}: expected numbers of up to {SINGLE:.2g}, got infinite or larger ones in "
            f"{n_beyond} rows: leave it out with dataset.leave_out or, if it means missing, dataset.missing.marker=inf"
        )


def _check_groups(column: pd.Series) -> None:
    n_values = column.nunique()
    if n_values == 1:
        raise InputError(f"sensitive column {column.name!r}: expected two groups or more, got one")
    if n_values > MAX_GROUPS and (pd.api.types.is_numeric_dtype(column) or _useless(column)):
        raise InputError(
            f"sensitive column {column.name!r}: expected groups, got {n_values} different values: "
            "make a column of groups from it with dataset.derive"
        )


def _useless(column: pd.Series) -> str | None:
    """Why a column says nothing that could be learned, if so. A number identifies rows if it is called or counts so."""
    n_values, n_present = column.nunique(), int(column.notna().sum())
    if n_values == 0 or (n_values == 1 and n_present == len(column)):
        return "constant"
    is_number = pd.api.types.is_numeric_dtype(column)
    if n_values > MAX_CATEGORIES and not is_number and n_values < NEARLY * n_present:
        return f"{n_values} different values"
    if n_present < FEW_ROWS:
        return None
    if not is_number:
        return "identifier" if n_values >= NEARLY * n_present else None
    if n_values < n_present or not (column.dropna() % 1 == 0).all():
        return None
    counts = int(column.max()) - int(column.min()) < 2 * n_present  # Python's integers: NumPy's would run over
    return "identifier" if counts or CALLED_IDENTIFIER.search(str(column.name)) else None


def _said(reason: str, look: str | None) -> str:
    return f"{look}, nearly all different" if look and reason == "identifier" else reason
