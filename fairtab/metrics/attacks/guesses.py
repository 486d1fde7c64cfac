"""How often an attacker guesses right about training rows, and about rows that the generator never saw."""

from __future__ import annotations

from typing import NamedTuple

from fairtab.metrics.attacks import intervals


class Guesses(NamedTuple):
    """Right guesses about training rows, and about as many other rows of the same kind (the control).

    What a table gives away of everybody is in both rates, for example that most nurses are women. What it gives away
    of training rows alone is their difference, the risk (Giomi et al. 2023, "A unified framework for quantifying
    privacy risk in synthetic data", which divides it by 1 minus the control's rate).

    Parameters
    ----------
    right, n : int
        How many of n guesses about training rows are right.
    right_control, n_control : int
        The same about the other rows.
    design : float
        The design effect (Kish 1965): how many times larger the variance of the risk is than that of independent
        guesses. Intervals are those of n / design guesses.

    Examples
    --------
    >>> Guesses(56, 70, 48, 80).n
    70
    """

    right: int
    n: int
    right_control: int
    n_control: int
    design: float = 1.0


def rate(guesses: Guesses) -> float:
    """Compute the share of right guesses about training rows.

    Parameters
    ----------
    guesses : Guesses
        The guesses.

    Returns
    -------
    float
        The share, nan if there was no guess.

    Examples
    --------
    >>> rate(Guesses(56, 70, 48, 80))
    0.8
    """
    return guesses.right / guesses.n if guesses.n else float("nan")


def control(guesses: Guesses) -> float:
    """Compute the share of right guesses about other rows.

    Parameters
    ----------
    guesses : Guesses
        The guesses.

    Returns
    -------
    float
        The share, nan if there was no guess.

    Examples
    --------
    >>> control(Guesses(56, 70, 48, 80))
    0.6
    """
    return guesses.right_control / guesses.n_control if guesses.n_control else float("nan")


def risk(guesses: Guesses) -> float:
    """Compute how much more often guesses about training rows are right.

    Parameters
    ----------
    guesses : Guesses
        The guesses.

    Returns
    -------
    float
        The difference of both shares: 0 if training rows are no more at risk than any others.

    Examples
    --------
    >>> round(risk(Guesses(56, 70, 48, 80)), 3)
    0.2
    """
    return rate(guesses) - control(guesses)


def low(guesses: Guesses) -> float:
    """Compute the lower limit of the risk, at 95%.

    Parameters
    ----------
    guesses : Guesses
        The guesses.

    Returns
    -------
    float
        The limit, nan if there was no guess.

    Examples
    --------
    >>> round(low(Guesses(56, 70, 48, 80)), 3)
    0.052
    """
    return _interval(guesses)[0]


def high(guesses: Guesses) -> float:
    """Compute the upper limit of the risk, at 95%.

    Parameters
    ----------
    guesses : Guesses
        The guesses.

    Returns
    -------
    float
        The limit, nan if there was no guess.

    Examples
    --------
    >>> round(high(Guesses(56, 70, 48, 80)), 3)
    0.334
    """
    return _interval(guesses)[1]


def _interval(guesses: Guesses) -> tuple[float, float]:
    *counts, design = guesses
    return intervals.difference(*(round(count / design) for count in counts))
