"""Files that appear under their name whole or not at all."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fairtab.errors import InputError, first_line


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file or a folder under a temporary name, and rename it if nothing went wrong.

    What a killed process left under such a name is swept away by the next one of its machine to write here.

    Parameters
    ----------
    path
        The file or the folder to write. If one is there, it is replaced.

    Yields
    ------
    Path
        The temporary name beside it.

    Examples
    --------
    >>> with replacing(Path("rows.csv")) as temporary:
    ...     _ = temporary.write_text("age")
    >>> Path("rows.csv").read_text()
    'age'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # of this process on this machine: on a shared disk whose locks do not hold, nobody else writes into it
    begin = f".{path.name}.{socket.gethostname()}-"
    temporary = path.with_name(f"{begin}{os.getpid()}.tmp")
    for left in path.parent.glob(f"{glob.escape(begin)}*.tmp"):
        process = left.name.removeprefix(begin).removesuffix(".tmp")
        if left == temporary or (process.isdecimal() and not _is_alive(int(process))):
            remove(left)
    try:
        yield temporary
        for written in [temporary, *temporary.rglob("*")] if temporary.is_dir() else [temporary]:
            _flush(written)
        if temporary.is_dir():
            remove(path)
        temporary.replace(path)
        _flush(path.parent)
    finally:
        remove(temporary)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Do as `replacing` does, for a path that a user has given.

    Parameters
    ----------
    path
        The file or the folder to write.

    Yields
    ------
    Path
        The temporary name beside it.

    Raises
    ------
    InputError
        It cannot be written.

    Examples
    --------
    >>> with writing(Path("report.html")) as temporary:
    ...     _ = temporary.write_text("<p>")
    """
    try:
        with replacing(path) as temporary:
            yield temporary
    except OSError as error:
        raise InputError(f"{path} cannot be written: {first_line(error)}") from error


def write_text(path: Path, text: str) -> None:
    """Write a text.

    Parameters
    ----------
    path
        The file.
    text
        Its content.

    Examples
    --------
    >>> write_text(Path("note.md"), "done")
    """
    with replacing(path) as temporary:
        temporary.write_text(text)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write values as JSON.

    Parameters
    ----------
    path
        The file.
    content
        Values for JSON, without nan.

    Examples
    --------
    >>> write_json(Path("counts.json"), {"rows": 3})
    """
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """Read what `write_json` wrote.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    dict or None
        None if there is no file, or one that is damaged and so has to be made again.

    Examples
    --------
    >>> write_json(Path("counts.json"), {"rows": 3})
    >>> read_json(Path("counts.json")), read_json(Path("absent.json"))
    ({'rows': 3}, None)
    """
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):  # neither text nor JSON
        return None
    return content if isinstance(content, dict) else None


def sha256(path: Path) -> str | None:
    """Compute the checksum of a file, None if there is no file.

    Parameters
    ----------
    path
        The file.

    Examples
    --------
    >>> write_text(Path("note.md"), "done")
    >>> sha256(Path("note.md"))[:8], sha256(Path("absent.md"))
    ('a4c3ed04', None)
    """
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        pass
    return True


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Remove a file or a folder, if there is one.

    Parameters
    ----------
    path
        The file or the folder.

    Examples
    --------
    >>> remove(Path("absent"))
    """
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
