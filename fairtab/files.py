"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fairtab.errors import InputError, first_line


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file under a temporary name, and rename it if nothing went wrong.

    Parameters
    ----------
    path
        The file to write. A file that is there is replaced.

    Yields
    ------
    Path
        The temporary file beside it, with the same ending.

    Raises
    ------
    InputError
        The file cannot be written.

    Examples
    --------
    >>> with replacing(Path("rows.csv")) as temporary:
    ...     _ = temporary.write_text("age")
    >>> Path("rows.csv").exists()
    True
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {first_line(error)}") from error
    finally:
        temporary.unlink(missing_ok=True)
