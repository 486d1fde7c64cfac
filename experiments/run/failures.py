"""Failures of cells. `run.py` needs them before it imports anything slow."""

from fairtab.errors import InputError, first_line


class StageFailed(Exception):
    """A stage of a cell failed. The message is one line; the traceback is in the run's error.txt."""


class CellFailed(Exception):
    """A cell of a sweep failed, for the reason given in one line."""


def in_one_line(error: Exception) -> str:
    """Say the first line of an error. Unless it is an InputError, its type comes first."""
    kind = "" if isinstance(error, InputError) else type(error).__name__
    return ": ".join(word for word in (kind, first_line(error)) if word)
