"""Show the progress of work: a bar on a terminal, else a line in the log now and then."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int, str], None]  # called with the number of further steps, and a note to show

SECONDS_BETWEEN_LINES = 10.0  # shorter work leaves no line
log = logging.getLogger(__name__)


@contextmanager
def progress(description: str, total: int) -> Iterator[Advance]:
    """Show the progress of the work inside the block.

    Parameters
    ----------
    description
        What is done.
    total
        The number of steps.

    Yields
    ------
    Advance
        A function to call as `advance(n, note)` after n further steps.

    Examples
    --------
    >>> with progress("encoding", total=2) as advance:
    ...     advance(1, "age")
    ...     advance(1, "job")
    """
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield _Lines(description, total)
        return
    from rich import progress as rich
    from rich.console import Console

    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.TaskProgressColumn(),
        rich.TimeRemainingColumn(),
        rich.TextColumn("{task.fields[note]}"),
    )
    with rich.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(description, total=total, note="")
        yield lambda n, note: bar.update(task, advance=n, note=note)


class _Lines:
    def __init__(self, description: str, total: int) -> None:
        self.description, self.total, self.done = description, total, 0
        self.last = time.monotonic()

    def __call__(self, n: int, note: str) -> None:
        self.done += n
        if (now := time.monotonic()) - self.last >= SECONDS_BETWEEN_LINES:
            self.last = now
            log.info("%s: %d%%  %s", self.description, 100 * self.done / self.total, note)
