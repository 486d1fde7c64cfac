"""The Pareto front: the points that no other point beats in both of two quantities."""

from __future__ import annotations

import numpy as np


def pareto(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Find the points that no other point beats in both x and y.

    Parameters
    ----------
    x, y : array of float, shape [N]
        Two quantities of which more is better.

    Returns
    -------
    array of int, shape [M]
        The positions of these points, by rising x.

    Examples
    --------
    >>> pareto(np.array([1, 2, 3]), np.array([5, 1, 4])).tolist()
    [0, 2]
    """
    by_x = np.lexsort((-y, -x))
    best = np.maximum.accumulate(np.r_[-np.inf, y[by_x]])[:-1]
    return by_x[y[by_x] > best][::-1]
