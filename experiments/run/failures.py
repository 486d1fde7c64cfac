"""What `run.py` has to know about failures before anything heavy is imported."""

from fairtab.errors import InputError, first_line


class StageFailed(Exception):
    """A stage of a cell failed. The message is one line; the traceback is in the run's error.txt."""


class CellFailed(Exception):
    """A cell of a sweep failed, for the reason given in one line."""


def in_one_line(error: Exception) -> str:
    """What an error says, its first line; its kind goes before where the input is not at fault."""
    kind = "" if isinstance(error, InputError) else type(error).__name__
    return ": ".join(word for word in (kind, first_line(error)) if word)
