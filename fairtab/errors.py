"""The one exception that means "the input is at fault, not the program"."""


class InputError(ValueError):
    """What the user gave cannot be used. The message is one line: what was expected, and what came."""


class SmallCellWarning(UserWarning):
    """A (label, group) cell has too few training rows to learn its rows from."""
