"""Confidence intervals of shares, of their differences, and of an AUC."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.optimize import brentq

CONFIDENCE = 0.95


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Compute the score interval of a share (Wilson 1927).

    Parameters
    ----------
    successes, n : int
        How many of n tries succeeded.

    Returns
    -------
    low, high : float
        The interval at 95%, nan if nothing was tried.

    Examples
    --------
    >>> [round(limit, 3) for limit in wilson(5, 10)]
    [0.237, 0.763]
    """
    if not n:
        return float("nan"), float("nan")
    interval = stats.binomtest(successes, n).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def difference(successes: int, n: int, of_control: int, n_control: int) -> tuple[float, float]:
    """Compute the interval of a share minus another one, from the Wilson intervals of both (Newcombe 1998, method 10).

    Parameters
    ----------
    successes, n : int
        How many of n tries succeeded.
    of_control, n_control : int
        The same of the share that is subtracted.

    Returns
    -------
    low, high : float
        The interval at 95%, nan if one of the two was not tried.

    Examples
    --------
    >>> [round(limit, 3) for limit in difference(56, 70, 48, 80)]  # Newcombe's first example
    [0.052, 0.334]
    """
    if not (n and n_control):
        return float("nan"), float("nan")
    a, b = successes / n, of_control / n_control
    (low_a, high_a), (low_b, high_b) = wilson(successes, n), wilson(of_control, n_control)
    return a - b - float(np.hypot(a - low_a, high_b - b)), a - b + float(np.hypot(high_a - a, b - low_b))


def auc(value: float, n_positive: int, n_negative: int, *, n_intervals: int = 1) -> tuple[float, float]:
    """Compute the score interval of an AUC.

    The limits are the values from which the AUC is as many of their own standard errors away as 95% admits. The
    standard error is that of Hanley and McNeil 1982. So the interval has a width if the AUC is 0 or 1, too (compare
    Newcombe 2006).

    Parameters
    ----------
    value : float
        The AUC.
    n_positive, n_negative : int
        How many rows of either kind it is of.
    n_intervals : int
        How many intervals have to hold at once (Bonferroni).

    Returns
    -------
    low, high : float
        The interval at 95%, inside 0 to 1.

    Examples
    --------
    >>> [round(limit, 3) for limit in auc(0.5, 100, 100)]
    [0.421, 0.579]
    >>> [round(limit, 3) for limit in auc(1.0, 20, 20)]
    [0.899, 1.0]
    """
    z = float(stats.norm.isf((1 - CONFIDENCE) / 2 / n_intervals))

    def beyond(limit: float) -> float:
        return abs(value - limit) - z * _standard_error(limit, n_positive, n_negative)

    inside = min(max(value, 1e-9), 1 - 1e-9)  # at 0 and at 1 the standard error is 0
    low = brentq(beyond, 0, inside) if value > 0 else 0.0
    high = brentq(beyond, inside, 1) if value < 1 else 1.0
    return float(low), float(high)


def _standard_error(auc: float, n_positive: int, n_negative: int) -> float:
    one, two = auc / (2 - auc), 2 * auc**2 / (1 + auc)  # two rows of one kind beat one of the other
    variance = auc * (1 - auc) + (n_positive - 1) * (one - auc**2) + (n_negative - 1) * (two - auc**2)
    return float(np.sqrt(max(variance, 0) / (n_positive * n_negative)))
