"""Files that appear under their name whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path`, for a file or a folder; it becomes `path` where the block ends without error.

    What a killed process left under such a name is swept away by the next one to write here.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    remove(temporary)
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


def write_text(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """What is in the file; None where there is no file, or one that is damaged and so has to be made again."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):  # neither text nor JSON
        return None
    return content if isinstance(content, dict) else None


def sha256(path: Path) -> str | None:
    """The checksum of a file, None where there is none."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Remove a file or a folder, if there is one."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
