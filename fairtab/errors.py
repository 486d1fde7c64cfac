"""Errors and warnings of the package, and checks that raise them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any


class InputError(ValueError):
    """The user's input cannot be used. The message is one line: what was expected, and what was given.

    Examples
    --------
    >>> raise InputError("seed: expected a whole number of at least 0, got -1")
    Traceback (most recent call last):
    fairtab.errors.InputError: seed: expected a whole number of at least 0, got -1
    """


class Diverged(ArithmeticError):
    """A loss or a sampled number is infinite or undefined.

    If it is a loss, the method has the weights of its last epoch with finite losses.

    Examples
    --------
    >>> raise Diverged("the loss is not finite in epoch 3")
    Traceback (most recent call last):
    fairtab.errors.Diverged: the loss is not finite in epoch 3
    """


class SmallCellWarning(UserWarning):
    """A (label, group) cell has too few training rows to learn from.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", SmallCellWarning)
    ...     warnings.warn("two rows only", SmallCellWarning)
    """


def first_line(error: object, default: str = "") -> str:
    r"""Return the first line of an error's message or of a text.

    Parameters
    ----------
    error
        An error, or a text.
    default
        What to return if there is no text.

    Examples
    --------
    >>> first_line(ValueError("no such column\nsee the manual"))
    'no such column'
    """
    return next(iter(str(error).splitlines()), default)


def check_choice(what: str, name: object, known: Iterable[str]) -> None:
    """Raise an error for a name that is not known.

    Parameters
    ----------
    what
        What the name is for, as the message says it.
    name
        The name that was given.
    known
        All names that are allowed.

    Raises
    ------
    InputError
        `name` is not one of `known`.

    Examples
    --------
    >>> check_choice("solver", "euler", ["ddim", "ddpm"])
    Traceback (most recent call last):
    fairtab.errors.InputError: unknown solver 'euler': expected one of ddim, ddpm
    """
    known = list(known)
    if name not in known:
        raise InputError(f"unknown {what} {name!r}: expected one of {', '.join(known)}")


def check_setting(what: str, value: object, is_legal: bool, expected: str) -> None:
    """Raise an error for a setting that cannot be used.

    Parameters
    ----------
    what
        Its name.
    value
        What it was set to.
    is_legal
        Whether it can be used.
    expected
        What it has to be, as the message says it.

    Raises
    ------
    InputError
        It cannot be used.

    Examples
    --------
    >>> check_setting("batch_size", 0, False, "at least 1")
    Traceback (most recent call last):
    fairtab.errors.InputError: batch_size: expected at least 1, got 0
    """
    if not is_legal:
        raise InputError(f"{what}: expected {expected}, got {value}")


def check_whole(what: str, value: Any, least: int) -> None:
    """Raise an error for a setting that has to be a whole number, and at least so large.

    Parameters
    ----------
    what
        Its name.
    value
        What it was set to.
    least
        The smallest number that can be used.

    Raises
    ------
    InputError
        It cannot be used.

    Examples
    --------
    >>> check_whole("epochs", 2.5, 1)
    Traceback (most recent call last):
    fairtab.errors.InputError: epochs: expected a whole number, got 2.5
    """
    check_setting(what, value, isinstance(value, Integral) and not isinstance(value, bool), "a whole number")
    check_setting(what, value, value >= least, f"at least {least}")


def is_number(value: Any) -> bool:
    """Return whether a value is a finite number, and no truth value.

    Examples
    --------
    >>> [is_number(value) for value in (3, 0.5, float("inf"), True, "3")]
    [True, True, False, False, False]
    """
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
