"""What is raised where the input is at fault, not the program."""

from __future__ import annotations

from collections.abc import Iterable


class InputError(ValueError):
    """What the user gave cannot be used. The message is one line: what was expected, and what came."""


class Diverged(ArithmeticError):
    """A loss became infinite or undefined. The method has the weights of the last epoch whose losses were finite."""


def first_line(error: object, default: str = "") -> str:
    """Of what an error, or a text, says; `default` where it says nothing."""
    return next(iter(str(error).splitlines()), default)


def check_choice(what: str, name: object, known: Iterable[str]) -> None:
    """Raise InputError for a name that is not among those known."""
    known = list(known)
    if name not in known:
        raise InputError(f"unknown {what} {name!r}: expected one of {', '.join(known)}")


class SmallCellWarning(UserWarning):
    """A (label, group) cell has too few training rows to learn its rows from."""
