"""The text of a report's numbers."""

from __future__ import annotations


def number(value: float | None, none: str = "-") -> str:
    """Write a number with three decimals.

    Parameters
    ----------
    value
        The number.
    none
        What to write if there is none.

    Examples
    --------
    >>> number(0.91234), number(None)
    ('0.912', '-')
    """
    return none if value is None else f"{value:.3f}"


def percent(value: float | None, digits: int = 1, none: str = "-") -> str:
    """Write a share in per cent.

    Parameters
    ----------
    value
        The share, from 0 to 1.
    digits
        How many decimals.
    none
        What to write if there is none.

    Examples
    --------
    >>> percent(0.8125), percent(0.8125, 0)
    ('81.2%', '81%')
    """
    return none if value is None else f"{value:.{digits}%}"


def between(low: float | None, high: float | None) -> str:
    """Write an interval with three decimals.

    Parameters
    ----------
    low, high
        Its ends, both None if there is none.

    Examples
    --------
    >>> between(0.81, 0.9), between(None, None)
    ('0.810 to 0.900', '-')
    """
    return "-" if low is None or high is None else f"{low:.3f} to {high:.3f}"
