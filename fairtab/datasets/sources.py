"""Where tables come from: the package, the data folder, a file of the user's own, or OpenML by number."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from fairtab.datasets.reading import plain, read
from fairtab.errors import InputError, first_line
from fairtab.table import Table

log = logging.getLogger(__name__)
SHIPPED = Path(__file__).parents[1] / "data"


def obtain(description: Mapping[str, Any], make: Callable[[pd.DataFrame], Table]) -> Table:
    """What `make` makes of the table described, wherever it is found.

    A download is kept in the data folder, but only if `make` raises no InputError for it.

    Raises
    ------
    InputError
        The table is not to be found or downloaded, cannot be read, or is refused by `make`.
    """
    marker = description["missing"].get("marker")
    if "path" in description:
        return make(read(Path(str(description["path"])).expanduser(), marker))
    file = Path(description["file"])
    places = [SHIPPED / file, data_folder() / file, file]
    number = description.get("openml")
    if number is not None:
        places.insert(2, data_folder() / file.with_suffix(".csv"))  # for those who download it by hand
    for place in places:
        if place.is_file() and number is None:
            return make(read(place, marker))
        if place.is_file():
            return _stored(place, marker, make)
    if number is None:
        raise InputError(f"no table {str(file)!r}: looked for {', '.join(map(str, places))}")
    return _download(number, data_folder() / file, make)


def data_folder() -> Path:
    """Where tables that are not shipped are looked for: FAIRTAB_DATA, or a folder in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("FAIRTAB_DATA") or cache / "fairtab")


def _stored(path: Path, marker: Any, make: Callable[[pd.DataFrame], Table]) -> Table:
    try:
        return make(read(path, marker))
    except InputError as error:
        raise InputError(
            f"{path} is not the table expected ({error}): put the right one there, or remove it"
        ) from error


def _download(number: int, path: Path, make: Callable[[pd.DataFrame], Table]) -> Table:
    advice = f"put the table as {path.name} or {path.stem}.csv into {path.parent}, or name its folder in FAIRTAB_DATA"
    log.info("downloading OpenML %d", number)
    try:
        frame = plain(_fetch(number))
    except Exception as error:  # no network, a server's error page, half a file: each has exceptions of its own
        reason = f"{type(error).__name__}: {first_line(error, 'no more is known')}"
        raise InputError(f"OpenML {number} could not be downloaded ({reason}): {advice}") from error
    try:
        table = make(frame)
    except InputError as error:
        raise InputError(f"OpenML {number} is not the table expected ({error}): {advice}") from error
    try:
        _store(frame, path)
    except OSError as error:
        raise InputError(
            f"{path.parent}: expected a folder to write into ({first_line(error, 'no more is known')}): {advice}"
        ) from error
    return table


def _store(frame: pd.DataFrame, path: Path) -> None:
    """Write a table under its name all at once, so that no other process ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        frame.to_parquet(temporary, index=False)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _fetch(number: int) -> pd.DataFrame:
    from sklearn.datasets import fetch_openml  # needed once in the life of a data folder

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of retries: a failure is one line, said by the caller
        # no cache: a bad answer must not be there the next time
        return fetch_openml(data_id=number, as_frame=True, parser="pandas", cache=False, n_retries=1).frame
