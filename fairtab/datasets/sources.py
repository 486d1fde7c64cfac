"""Find the table of a dataset: in the package, in the data folder, in a file of the user's own, or at OpenML."""

from __future__ import annotations

import functools
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fairtab.datasets.description import DatasetDescription
from fairtab.datasets.reading import plain, read
from fairtab.errors import InputError, first_line
from fairtab.table import Table

log = logging.getLogger(__name__)
SHIPPED = Path(__file__).parents[1] / "data"
SECONDS = 60  # without an answer


def obtain(description: DatasetDescription, make: Callable[[pd.DataFrame], Table]) -> Table:
    r"""Find the table of a description and read it, or download it.

    A download is kept in the data folder, but only if `make` accepts it.

    Parameters
    ----------
    description
        Where the table is.
    make
        Makes a `Table` of the frame that was read, or raises InputError.

    Returns
    -------
    Table
        What `make` returned.

    Raises
    ------
    InputError
        The table is not found, cannot be downloaded or read, or `make` refuses it.

    Examples
    --------
    >>> from fairtab import Schema
    >>> from fairtab.datasets.description import DatasetDescription
    >>> _ = Path("loans.csv").write_text("sex,repaid\nf,1\nm,0\n")
    >>> entries = {"path": "loans.csv", "target": "repaid", "positive": 1, "sensitive": "sex"}
    >>> description = DatasetDescription.from_mapping(entries)
    >>> len(obtain(description, lambda frame: Table(frame, Schema((), (), "repaid", 1, ("sex",)))))
    2
    """
    marker = description.missing.marker
    if description.path is not None:
        return make(read(Path(description.path).expanduser(), marker))
    file = Path(description.of_state(str(description.file)))
    places = [SHIPPED / file, data_folder() / file, file]
    is_remote = description.openml is not None or description.url is not None
    if description.openml is not None:
        places.insert(2, data_folder() / file.with_suffix(".csv"))  # for those who download it by hand
    for place in places:
        if place.is_file() and not is_remote:
            return make(read(place, marker))
        if place.is_file():
            return _stored(place, marker, make)
    if not is_remote:
        raise InputError(f"no table {str(file)!r}: looked for {', '.join(map(str, places))}")
    return _download(_remote(description, data_folder() / file), data_folder() / file, make)


def data_folder() -> Path:
    """Return the folder of tables that are not shipped: `FAIRTAB_DATA`, or a folder in the user's cache.

    Examples
    --------
    >>> import os
    >>> os.environ["FAIRTAB_DATA"] = "tables"
    >>> data_folder()
    PosixPath('tables')
    >>> del os.environ["FAIRTAB_DATA"]
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("FAIRTAB_DATA") or cache / "fairtab")


def _stored(path: Path, marker: Any, make: Callable[[pd.DataFrame], Table]) -> Table:
    try:
        return make(read(path, marker))
    except InputError as error:
        raise InputError(f"{path} is not the expected table ({error}): replace it, or remove it") from error


@dataclass(frozen=True)
class _Remote:
    """What is downloaded: its name in words, how it is fetched, and what a person can do by hand."""

    name: str
    fetch: Callable[[], pd.DataFrame]
    by_hand: str


def _remote(description: DatasetDescription, path: Path) -> _Remote:
    if description.url is None:
        by_hand = f"put the table as {path.name} or {path.stem}.csv into"
        return _Remote(f"OpenML {description.openml}", functools.partial(_fetch, description.openml), by_hand)
    url = description.of_state(description.url)
    saved = path.parent / url.rpartition("/")[2]  # for those who download it by hand
    place = saved.as_uri() if saved.is_file() else url
    names = None if description.columns else description.source_columns
    return _Remote(place, functools.partial(_fetch_file, place, names), f"put {url} as {saved.name} into")


def _download(remote: _Remote, path: Path, make: Callable[[pd.DataFrame], Table]) -> Table:
    advice = f"{remote.by_hand} {path.parent}, or name its folder in FAIRTAB_DATA"
    log.info("downloading %s", remote.name)
    try:
        frame = plain(remote.fetch())
    except Exception as error:  # no network, an error page, half a file: each raises other exceptions
        reason = f"{type(error).__name__}: {first_line(error, 'no details')}"
        raise InputError(f"{remote.name} could not be downloaded ({reason}): {advice}") from error
    try:
        table = make(frame)
    except InputError as error:
        raise InputError(f"{remote.name} is not the expected table ({error}): {advice}") from error
    try:
        _store(frame, path)
    except OSError as error:
        raise InputError(
            f"{path.parent}: expected a folder to write into ({first_line(error, 'no details')}): {advice}"
        ) from error
    return table


def _store(frame: pd.DataFrame, path: Path) -> None:
    """Write a table in one step, so that no other process reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        frame.to_parquet(temporary, index=False)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _fetch(number: int | None) -> pd.DataFrame:
    from sklearn.datasets import fetch_openml  # slow to import, and needed once for a data folder

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about retries: the caller reports a failure in one line
        # without a cache, so that a bad answer is not kept
        return fetch_openml(data_id=number, as_frame=True, parser="pandas", cache=False, n_retries=1).frame


def _fetch_file(url: str, names: frozenset[str] | None) -> pd.DataFrame:
    """Read a CSV or ARFF file, or the CSV file in a ZIP archive. names: the columns to keep, None for all."""
    from urllib.request import urlopen  # slow to import, and needed once for a data folder
    from zipfile import ZipFile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / url.rpartition("/")[2]
        with urlopen(url, timeout=SECONDS) as answer, path.open("wb") as file:
            shutil.copyfileobj(answer, file)
        if path.suffix == ".zip":
            with ZipFile(path) as archive:
                (member,) = (name for name in archive.namelist() if name.lower().endswith(".csv"))
                path = Path(archive.extract(member, folder))
        if path.suffix == ".arff":
            from scipy.io import arff

            data, _ = arff.loadarff(path)
            return pd.DataFrame({name: np.char.decode(data[name]) for name in data.dtype.names})
        return pd.read_csv(path, usecols=None if names is None else names.__contains__, low_memory=False)
