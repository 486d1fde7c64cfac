"""Progress bars: one line on a terminal, nothing at all where output goes to a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int, str], None]  # how many more are done, and a note to show


@contextmanager
def progress(description: str, total: int) -> Iterator[Advance]:
    """Inside the block, call `advance(n, note)` as work gets done."""
    if not sys.stderr.isatty():
        yield lambda n, note: None
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
