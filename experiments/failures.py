"""What `run.py` has to know about failures before anything heavy is imported."""

from fairtab.errors import InputError


class CellFailed(Exception):
    """A cell of a sweep failed, and the reason has been said."""


class StageFailed(Exception):
    """A stage of a cell failed. The message is one line; the traceback is in the run's error.txt."""


def in_one_line(error: Exception) -> str:
    """What an error says, its first line; its kind goes before where the input is not at fault."""
    kind = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
    return kind + next(iter(str(error).splitlines()), "")
