"""The Pareto front: the points that no other point beats in all of several quantities."""

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


def dominating(points: np.ndarray) -> list[list[int]]:
    """Find, for each point, the points that are at least as good in all quantities and better in one.

    Parameters
    ----------
    points : array of float, shape [N, quantities]
        Quantities of which more is better.

    Returns
    -------
    list of list of int
        For each point the positions of those that dominate it. The list is empty for a point of the front.

    Examples
    --------
    >>> dominating(np.array([[1, 5, 2], [1, 5, 1], [2, 4, 1]]))
    [[], [0], []]
    """
    as_good = (points[None] >= points[:, None]).all(axis=2)  # [point, other]
    better = (points[None] > points[:, None]).any(axis=2)
    return [np.flatnonzero(row).tolist() for row in np.atleast_2d(as_good & better)]
