"""Intervals from bootstrap draws, some of which may be undefined."""

from __future__ import annotations

import numpy as np

INTERVAL = (0.025, 0.975)  # quantiles of the draws: 95%
MAX_UNDEFINED = 0.1  # if more of the draws are undefined, the others say little of all


def defined(draws: np.ndarray) -> np.ndarray | None:
    """Give the draws that are defined.

    Parameters
    ----------
    draws
        The draws, nan where undefined, [draws].

    Returns
    -------
    numpy.ndarray or None
        The defined draws; None if they are fewer than two, or if too many are undefined.

    Examples
    --------
    >>> defined(np.array([0.5] * 9 + [np.nan])).size
    9
    >>> defined(np.array([0.5] * 8 + [np.nan] * 2)) is None
    True
    """
    known = draws[~np.isnan(draws)]
    return known if len(known) >= max(2, (1 - MAX_UNDEFINED) * len(draws)) else None


def interval(draws: np.ndarray) -> tuple[float | None, float | None]:
    """Compute the 95% interval of bootstrap draws.

    Parameters
    ----------
    draws
        As of `defined`.

    Returns
    -------
    low, high : float or None
        Its ends, None if too many draws are undefined.

    Examples
    --------
    >>> interval(np.linspace(0, 1, 201))
    (0.025, 0.975)
    """
    if (known := defined(draws)) is None:
        return None, None
    low, high = np.quantile(known, INTERVAL)
    return float(low), float(high)
