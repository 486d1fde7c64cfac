"""Other programs: one is called, its output is logged, and it ends when it has to."""

from __future__ import annotations

import logging
import os
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from fairtab.errors import InputError

SECONDS_BETWEEN_LINES = 10.0
NOT_PASSED_ON = ("FAIRTAB_", "PYTHONPATH", "PYTHONHOME")  # the way to data; packages of this Python, not the program's
# Linux ends the program if this process dies (prctl 1 is PR_SET_PDEATHSIG), so that no program outlives its run
TIED = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.execvp(sys.argv[1], sys.argv[1:])"
peaks_mb: list[float] = []  # the peak memory of each program that has ended; the system keeps only the largest
log = logging.getLogger(__name__)


def check(words: Sequence[str]) -> None:
    """Check that there is a program to call.

    Parameters
    ----------
    words
        The program and its arguments.

    Raises
    ------
    InputError
        The program is not found, or it is no executable file.

    Examples
    --------
    >>> check(["sh", "-c", "true"])
    >>> check(["no-such-program"])
    Traceback (most recent call last):
        ...
    fairtab.errors.InputError: no-such-program: there is no such program, or it is not executable
    """
    if shutil.which(words[0]) is None:
        raise InputError(f"{words[0]}: there is no such program, or it is not executable")


def run(words: Sequence[str], log_path: Path, *, timeout_s: float | None = None) -> None:
    """Call a program, and wait for its end.

    The program has no input. Whatever it started ends with it, and it ends if this process ends. It gets the
    environment of this process without `FAIRTAB_*`, `PYTHONPATH` and `PYTHONHOME`.

    Parameters
    ----------
    words
        The program and its arguments.
    log_path
        The file that the program's output is added to.
    timeout_s
        Seconds after which the program is stopped. None: never.

    Raises
    ------
    InputError
        There is no such program, it takes too long, or it fails.

    Examples
    --------
    >>> run(["echo", "hello"], Path("echo.log"))
    >>> print(Path("echo.log").read_text(), end="")
    $ echo hello
    hello
    >>> run(["sh", "-c", "exit 3"], Path("echo.log"))
    Traceback (most recent call last):
        ...
    fairtab.errors.InputError: sh ended with exit status 3
    """
    check(words)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(NOT_PASSED_ON)}
    with log_path.open("a") as output:
        output.write(f"$ {shlex.join(words)}\n")
        output.flush()
        child = subprocess.Popen(
            [sys.executable, "-ISc", TIED, *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            process_group=0,  # of its own, so that it can be ended with all that it started
        )
    name = Path(words[0]).name
    try:
        _wait(child.pid, name, timeout_s)
    finally:
        os.killpg(child.pid, signal.SIGKILL)  # the number is not taken again before wait4
        _, ended, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(ended)  # Popen is not to wait for it, too
        peaks_mb.append(usage.ru_maxrss / 1024)
    if child.returncode > 0:
        raise InputError(f"{name} ended with exit status {child.returncode}")
    if child.returncode < 0:
        killed = signal.Signals(-child.returncode).name
        raise InputError(f"{name} was killed by {killed}{', often for want of memory' if killed == 'SIGKILL' else ''}")


def _wait(process: int, name: str, timeout_s: float | None) -> None:
    """Wait until a process has ended, and say now and then that it runs. Raises InputError if it takes too long."""
    start = time.monotonic()
    handle = os.pidfd_open(process)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        while True:
            seconds = time.monotonic() - start
            left = float("inf") if timeout_s is None else timeout_s - seconds
            if poll.poll(max(0, min(left, SECONDS_BETWEEN_LINES)) * 1000):
                return
            if left <= SECONDS_BETWEEN_LINES:
                raise InputError(f"{name} was stopped after {timeout_s:g} s (timeout_s)")
            log.info("%s: %d s", name, time.monotonic() - start)
    finally:
        os.close(handle)
