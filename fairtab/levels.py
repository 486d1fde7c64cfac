"""Levels of balance: how far the groups of a joint are moved toward equal sizes."""

from __future__ import annotations

from fairtab.errors import InputError

MAX_LEVEL = 10


def check_level(level: float) -> None:
    """Raise an error for a number that is no level of balance.

    Parameters
    ----------
    level
        0 keeps the groups of the training table, `MAX_LEVEL` makes them equally large.

    Raises
    ------
    InputError
        The level is below 0 or above `MAX_LEVEL`.

    Examples
    --------
    >>> check_level(2.5)
    >>> check_level(11)
    Traceback (most recent call last):
    fairtab.errors.InputError: expected a balancing level from 0 to 10, got 11
    """
    if not 0 <= level <= MAX_LEVEL:
        raise InputError(f"expected a balancing level from 0 to {MAX_LEVEL}, got {level}")
