"""Membership inference by a density ratio (DOMIAS; van Breugel et al. 2023).

A generator that overfits is denser around its training rows than the real distribution is. The attacker has other rows
of the real distribution (the reference), estimates both densities, and takes those rows for training rows where the
synthetic density is the higher one.
"""

from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

from fairtab.metrics.closest import Closest
from fairtab.table import Table

SAME = 1e-5  # squared distance at which rows count as equal: distances have five decimals


def log_distances(rows: Table, synthetic: Table, reference: Table) -> np.ndarray:
    """Compute the logarithm of the distance to the closest synthetic row, and to the closest reference row.

    Parameters
    ----------
    rows : Table
        Real rows, members and others.
    synthetic, reference : Table
        What the attacker has.

    Returns
    -------
    array of float, shape [rows, 2]
        The logarithms.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.table import Schema
    >>> table = lambda ages: Table(pd.DataFrame({"age": ages, "y": 0, "s": "a"}), Schema(("age",), (), "y", 1, ("s",)))
    >>> log_distances(table([3]), table([3, 9]), table([1, 5])).round(2)  # 0, and one standard deviation of ages
    array([[-5.76,  0.  ]])
    """
    squared = Closest([synthetic, reference], scale=reference).squared(rows)[:, :, 0]
    return np.log(squared + SAME) / 2


def log_density_ratio(distances: np.ndarray) -> np.ndarray:
    """Estimate log p_synthetic(x) - log p_reference(x), up to a factor and a constant.

    Both densities are nearest-neighbour estimates (Loftsgaarden and Quesenberry 1965): in d dimensions, the logarithm
    is -d times that of the distance to the closest row, and a constant. So the ratio needs no bandwidth, and takes any
    distance of mixed rows.

    Parameters
    ----------
    distances : array of float, shape [rows, 2]
        As of `log_distances`.

    Returns
    -------
    array of float, shape [rows]
        The higher it is, the more a row looks like a training row.

    Examples
    --------
    >>> log_density_ratio(np.array([[-5.0, 1.0], [1.0, 1.0]]))
    array([6., 0.])
    """
    return distances[:, 1] - distances[:, 0]


def auc(scores: np.ndarray, is_member: np.ndarray) -> float:
    """Compute how well scores tell members from others.

    Parameters
    ----------
    scores : array of float, shape [rows]
        Higher for rows that the attacker takes for members.
    is_member : array of bool, shape [rows]
        Which rows are.

    Returns
    -------
    float
        The area under the ROC curve, nan if there are no members or no others.

    Examples
    --------
    >>> auc(np.array([3.0, 1.0, 2.0]), np.array([True, True, False]))
    0.5
    """
    return float(roc_auc_score(is_member, scores)) if 0 < is_member.sum() < len(is_member) else float("nan")
