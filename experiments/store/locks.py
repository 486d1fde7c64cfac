"""One process at a time in a folder."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from experiments.store.place import LOCK

log = logging.getLogger(__name__)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes out of a folder inside the block.

    Others wait. If the process dies, the system lifts its lock. On a disk that several machines share, this holds if
    the disk supports flock.

    Parameters
    ----------
    folder : Path
        Is made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        log.info("another process is at work in %s: waiting for it", folder)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
