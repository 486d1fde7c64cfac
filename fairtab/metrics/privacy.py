"""Privacy: whether synthetic rows are closer to training rows than chance would have them, or copies of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import roc_auc_score

from fairtab.metrics.closest import Distances
from fairtab.table import Table

SIGNIFICANCE = 0.01  # level of the test for more exact copies than chance would have


def dcr(distances: Distances) -> float:
    """Compute the share of synthetic rows that are closer to a training row than to a holdout row.

    Both are looked for in samples of equal size, and a tie counts half. A generator that memorises nothing scores 1/2.

    Parameters
    ----------
    distances : Distances
        Distances to the closest rows.

    Returns
    -------
    float
        The share.

    Examples
    --------
    >>> near, far = np.array([0.0, 0.0]), np.array([1.0, 0.0])
    >>> dcr(Distances(near, near, far, far, near, far))
    0.75
    """
    return float(closer_to_train(distances).mean())


def closer_to_train(distances: Distances) -> np.ndarray:
    """Tell which synthetic rows are closer to a training row than to a holdout row, in samples of equal size.

    Parameters
    ----------
    distances : Distances
        Distances to the closest rows.

    Returns
    -------
    array of float, shape [synthetic rows]
        1 if a row is closer to a training row, 1/2 for a tie, else 0.

    Examples
    --------
    >>> near, far = np.array([0.0, 0.0]), np.array([1.0, 0.0])
    >>> closer_to_train(Distances(near, near, far, far, near, far))
    array([1. , 0.5])
    """
    train, holdout = distances.to_train_sample, distances.to_holdout_sample
    return (train < holdout) + 0.5 * (train == holdout)


def dcr_published(distances: Distances) -> float:
    """Compute the distance to the closest record as in the paper's Table 3.

    It is 1 minus the share of synthetic rows that are closer to a training row than to a holdout row. Both are looked
    for in whole tables. With twice as many training rows, a generator that memorises nothing scores 1/3.

    Parameters
    ----------
    distances : Distances
        Distances to the closest rows.

    Returns
    -------
    float
        The share.

    Examples
    --------
    >>> near, far = np.array([0.0, 0.0]), np.array([1.0, 0.0])
    >>> dcr_published(Distances(near, near, far, far, near, far))
    0.5
    """
    return float(1 - np.mean(distances.to_train < distances.to_holdout))


def membership_auc(distances: Distances) -> float:
    """Compute how well an attacker tells training rows from holdout rows.

    The attacker knows how far a real row is from the closest synthetic row (GAN-Leaks, Chen et al. 2020, full black
    box).

    Parameters
    ----------
    distances : Distances
        Distances to the closest rows.

    Returns
    -------
    float
        The area under the ROC curve, 1/2 if the generator memorises nothing.

    Examples
    --------
    >>> near, far = np.array([0.0, 0.0]), np.array([1.0, 0.0])
    >>> membership_auc(Distances(near, near, far, far, from_train=near, from_holdout=far))
    0.75
    """
    distance = np.concatenate([distances.from_train, distances.from_holdout])
    is_member = np.repeat([1, 0], [len(distances.from_train), len(distances.from_holdout)])
    return float(roc_auc_score(is_member, -distance))


def exact_copies(table: Table, train: Table) -> np.ndarray:
    """Find the rows that equal a training row in every column, missing values included.

    Parameters
    ----------
    table : Table
        The rows to look at.
    train : Table
        The training rows.

    Returns
    -------
    array of bool, shape [N]
        Whether a row of `table` is a copy.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> schema = Schema(("age",), (), "paid", 1, ("sex",))
    >>> train = Table(pd.DataFrame({"age": [30, 40], "paid": [0, 1], "sex": ["F", "M"]}), schema)
    >>> table = Table(pd.DataFrame({"age": [30, 41], "paid": [0, 1], "sex": ["F", "M"]}), schema)
    >>> exact_copies(table, train)
    array([ True, False])
    """
    names = list(train.frame.columns)
    rows = pd.concat([train.frame, table.frame[names]], ignore_index=True)  # of two types, the wider one
    number = rows.groupby(names, dropna=False, sort=False).ngroup().to_numpy()
    return np.isin(number[len(train) :], number[: len(train)])


def share(rows: np.ndarray) -> float:
    """Compute the share of rows that are True.

    Parameters
    ----------
    rows : array of bool, shape [N]
        For example, which rows are exact copies.

    Returns
    -------
    float
        The share.

    Examples
    --------
    >>> share(np.array([True, False, False, False]))
    0.25
    """
    return float(rows.mean())


def more_than_chance(copied: np.ndarray, by_chance: np.ndarray) -> bool:
    """Test whether a larger share is True in `copied` than in `by_chance`.

    Parameters
    ----------
    copied, by_chance : array of bool
        Which synthetic rows are exact copies of training rows, and which holdout rows are.

    Returns
    -------
    bool
        Whether Fisher's exact test says so at the level of 1%.

    Examples
    --------
    >>> more_than_chance(np.array([True] * 20), np.array([False] * 20))
    True
    """
    counts = [[values.sum(), (~values).sum()] for values in (copied, by_chance)]
    return bool(stats.fisher_exact(counts, alternative="greater").pvalue < SIGNIFICANCE)
