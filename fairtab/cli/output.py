"""What commands write: tables, messages, and errors in one line."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shlex
import signal
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairtab.errors import Diverged, InputError
from fairtab.files import writing

if TYPE_CHECKING:
    import pandas as pd

    from fairtab.table import Table

FAILED, MISSED, INTERRUPTED = 1, 3, 128 + signal.SIGINT  # exit statuses; 2 is a wrong option
PARQUET = ".parquet"


@contextlib.contextmanager
def talking(*, quiet: bool) -> Iterator[None]:
    """Log to the terminal inside the block, and end in one line if something cannot be done.

    Parameters
    ----------
    quiet
        Whether to show errors only.

    Raises
    ------
    SystemExit
        With status 1 for an `InputError` or a fit that diverged, 3 if no joint meets the goal, 130 after Ctrl-C.

    Examples
    --------
    >>> with talking(quiet=True):
    ...     pass
    """
    from fairtab.front.missed import GoalMissed

    signal.signal(signal.SIGINT, _stop)
    handler, ours = logging.StreamHandler(sys.stderr), logging.getLogger("fairtab")
    logging.getLogger().addHandler(handler)
    level = ours.level
    ours.setLevel(logging.ERROR if quiet else logging.INFO)
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR if quiet else logging.WARNING)
    warnings.formatwarning = lambda message, *_, **__: f"warning: {message}"
    if quiet:
        os.environ["TERM"] = "dumb"  # no bars
    try:
        yield
    except GoalMissed as error:
        sys.stderr.write(f"error: {error}: --nearest\n")
        raise SystemExit(MISSED) from None
    except (InputError, Diverged, MemoryError) as error:
        sys.stderr.write(f"error: {error or 'not enough memory'}\n")
        raise SystemExit(FAILED) from None
    finally:
        ours.setLevel(level)
        logging.getLogger().removeHandler(handler)


def _stop(*_: Any) -> None:
    """End at once, but let every block that is open clean up. Lightning would make something else of Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second one kills
    sys.stderr.write("interrupted: no file is half written\n")
    raise SystemExit(INTERRUPTED)


def check_free(*paths: Path, force: bool) -> None:
    """Raise an error if a file would be overwritten, before anything takes minutes.

    Raises
    ------
    InputError
        A file is there, and `force` is False; or a folder is in its place; or two files have one name.

    Examples
    --------
    >>> _ = Path("fair.csv").write_text("")
    >>> check_free(Path("fair.csv"), force=False)
    Traceback (most recent call last):
    fairtab.errors.InputError: fair.csv is there already: give another name, or overwrite it with --force
    """
    for path in paths:
        if paths.count(path) > 1:
            raise InputError(f"{path} is asked for twice: table, page, JSON and card need different names")
        if path.is_dir():
            raise InputError(f"{str(path)!r} is a folder: expected the name of a file")
        if path.exists() and not force:
            raise InputError(f"{path} is there already: give another name, or overwrite it with --force")
        parent = path.absolute().parent
        while not parent.exists():
            parent = parent.parent
        if not parent.is_dir():
            raise InputError(f"{path} cannot be written: {parent} is no folder")
        if not os.access(parent, os.W_OK):
            raise InputError(f"{path} cannot be written: no permission in {parent}")


def report_files(page: Path) -> list[Path]:
    """Return the files of a report: its page, its facts and its card.

    Examples
    --------
    >>> [str(path) for path in report_files(Path("fair.html"))]
    ['fair.html', 'fair.json', 'fair.md']
    """
    return [page, *(page.parent / f"{page.stem}{ending}" for ending in (".json", ".md"))]


def given_command() -> str:
    """Return the command as it was given, for a report that says how it was made.

    Examples
    --------
    >>> given_command().split()[0]
    'fairtab'
    """
    return shlex.join(["fairtab", *sys.argv[1:]])


def table_format(path: Path, asked: str | None) -> str:
    """Tell how to write a table, before anything takes minutes.

    Parameters
    ----------
    path
        The file.
    asked
        "csv" or "parquet". By default the ending of the file decides; without an ending it is CSV.

    Returns
    -------
    str
        "csv" or "parquet".

    Raises
    ------
    InputError
        Nothing was asked for, and the ending is of another format.

    Examples
    --------
    >>> table_format(Path("fair.csv.gz"), None)
    'csv'
    """
    endings = {".csv": "csv", ".gz": "csv", "": "csv", PARQUET: "parquet"}
    found = asked or endings.get(path.suffix.lower())
    if found is None:
        raise InputError(f"{path}: expected a name that ends in .csv, .csv.gz or .parquet, or a --format")
    return found


def write_table(table: Table, path: Path, kind: str, *, without: Iterable[str] = ()) -> None:
    """Write the rows of a table, whole or not at all.

    Parameters
    ----------
    table
        The rows.
    path
        The file.
    kind
        "csv" or "parquet".
    without
        Columns to leave out.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab import Schema, Table
    >>> frame = pd.DataFrame({"paid": [0, 1], "sex": ["f", "m"]})
    >>> write_table(Table(frame, Schema((), (), "paid", 1, ("sex",))), Path("rows.csv"), "csv")
    >>> Path("rows.csv").read_text().split()
    ['paid,sex', '0,f', '1,m']
    """
    rows = table.written.drop(columns=list(without))
    with writing(path) as temporary:
        if kind == "parquet":
            rows.to_parquet(temporary, index=False)
        else:
            rows = rows.apply(_without_point)
            rows.to_csv(temporary, index=False, compression="gzip" if path.suffix == ".gz" else None)


def _without_point(column: pd.Series) -> pd.Series:
    """Return whole numbers as such: if values are missing, they are floats, and would be written as 28.0."""
    from fairtab.dates import EXACT  # pandas, which help does not need

    known = column.dropna()
    if known.empty or len(known) == len(column):
        return column
    is_whole = known.map(lambda value: isinstance(value, float) and value.is_integer() and abs(value) <= EXACT).all()
    return column.astype("Int64") if is_whole else column


def say(lines: list[str], facts: Any, *, as_json: bool, quiet: bool) -> None:
    """Print a result: JSON if it is asked for, else lines, else nothing.

    Examples
    --------
    >>> say(["done"], {"rows": 3}, as_json=True, quiet=False)
    {
     "rows": 3
    }
    """
    if as_json:
        sys.stdout.write(json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    elif not quiet:
        sys.stdout.write("".join(f"{line}\n" for line in lines))
