"""The state of a cell: done, failed, missing or stale."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from experiments.run.cell import Cell
from experiments.store.identity import OtherConfiguration
from fairtab.errors import InputError


@dataclass(frozen=True)
class State:
    """The state of a cell.

    Parameters
    ----------
    name : {"done", "failed", "missing", "stale"}
        A stale cell was made by another configuration than conf/ has today.
    why : str
        The reason in one line, or "".
    folder : Path or None
        The folder that is stale.
    """

    name: str
    why: str = ""
    folder: Path | None = None


def state(cell: Cell) -> State:
    """Look up the state of a cell, and run nothing."""
    run = cell.run
    try:
        run.check(cell.fit_identity, cell.sample_identity)
        result = run.result(cell.evaluation)
        cell.check_met()
    except OtherConfiguration as error:
        return State("stale", error.summary, error.folder)
    except InputError as error:
        return State("failed", str(error))
    lacks = "" if result is None else cell.lacks(result)
    if result and not lacks:
        return State("done")
    if run.error_path.exists():
        return State("failed", _summary(run.error_path.read_text()))
    return State("missing", f"has no scores of {lacks}" if lacks else "")


def _summary(error: str) -> str:
    """The stage and the exception, from the text of error.txt."""
    lines = [line for line in error.splitlines() if line.strip()]
    stage = lines[0].removeprefix("stage: ") if lines else ""
    last = next((line for line in reversed(lines) if not line.startswith(" ")), "")
    # a message may have several lines: the first of them has the exception's name
    named = [line for line in lines[1:] if not line.startswith((" ", "Traceback")) and ": " in line]
    return f"{stage}: {named[0] if named else last}"
