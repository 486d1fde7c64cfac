"""How far predictions depend on a sensitive number, such as an age, without groups of it.

The distance correlation (Szekely, Rizzo and Bakirov 2007) is 0 only for independent quantities. It sees a dependence
that rises and falls again, for example if the young and the old are refused. A correlation of ranks, and pairs of a
younger and an older person (Narasimhan et al. 2020), would see none there. It takes decisions, classes and numbers.
"""

from __future__ import annotations

import numpy as np

from fairtab import seeds

MAX_ROWS = 2000  # of more rows as many are drawn, since all pairs of rows are compared


def independence(y_pred: np.ndarray, number: np.ndarray) -> float:
    """Compute 1 minus the distance correlation of predictions and a number.

    The correlation is corrected for its bias (Szekely and Rizzo 2014, Sec. 2). Of more than 2,000 rows, 2,000 are
    drawn.

    Parameters
    ----------
    y_pred : array of numbers, or of classes, shape [N]
        The predictions. Two classes are 0 apart if they are equal, else 1.
    number : array of float, shape [N]
        The sensitive number of each row.

    Returns
    -------
    float
        1 if predictions do not depend on the number, 0 if they are a linear function of it. It is nan if either is
        constant, or of fewer than 4 rows.

    Examples
    --------
    >>> age = np.arange(100.0)
    >>> independence(2 * age, age), independence(np.tile([0, 1], 50), age) > 0.9
    (0.0, True)
    """
    if len(number) > MAX_ROWS:
        rows = seeds.numpy_generator(len(number), "independence").choice(len(number), MAX_ROWS, replace=False)
        y_pred, number = y_pred[rows], number[rows]
    if len(number) < 4 or len(np.unique(y_pred)) < 2 or len(np.unique(number)) < 2:
        return float("nan")
    a, b = _centred(_distances(y_pred)), _centred(_distances(number))
    squared = (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())
    return float(1 - np.sqrt(np.clip(squared, 0, 1)))


def _distances(values: np.ndarray) -> np.ndarray:
    """Return the distance of each pair: [N, N]."""
    if values.dtype.kind in "OUS":
        _, codes = np.unique(values, return_inverse=True)
        return (codes[:, None] != codes[None]).astype(float)
    values = values.astype(float)
    return np.abs(values[:, None] - values[None])


def _centred(distances: np.ndarray) -> np.ndarray:
    """Subtract means so that products have no bias (Szekely and Rizzo 2014, Definition 2): [N, N]."""
    n = len(distances)
    sums = distances.sum(axis=0)
    centred = distances - sums[:, None] / (n - 2) - sums[None] / (n - 2) + sums.sum() / ((n - 1) * (n - 2))
    np.fill_diagonal(centred, 0)
    return centred
