"""Ctrl-C: once, and what is being written is finished first; twice, and all stops at once."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from typing import Any

_writing = False
_asked = False


def listen() -> None:
    """Let this process stop in good order."""
    signal.signal(signal.SIGINT, _stop)


def _stop(*_: Any) -> None:
    global _asked
    a_second_one_kills()
    if not _writing:
        raise KeyboardInterrupt
    _asked = True
    os.write(2, b"interrupted: finishing what is being written; once more stops at once\n")  # logging may be busy


def a_second_one_kills() -> None:
    """Leave Ctrl-C to the system from now on, whatever libraries made of it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextlib.contextmanager
def finishing() -> Iterator[None]:
    """Put a first Ctrl-C off to the end of the block."""
    global _writing, _asked
    _writing, _asked = True, False
    try:
        yield
    finally:
        _writing = False
    if _asked:
        raise KeyboardInterrupt
