"""Histograms with noise: how many rows have each value, and which values are frequent enough to be told."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm


def noisy(counts: pd.Series, noise: float, rng: np.random.Generator) -> pd.Series:
    """Add Gaussian noise to counts of which a row changes one, by 1.

    Parameters
    ----------
    counts
        How many rows are in each cell. Which cells there are must not depend on the rows.
    noise
        The standard deviation.
    rng
        The source of the noise.

    Returns
    -------
    pd.Series
        Numbers, some of them below 0.

    Examples
    --------
    >>> noisy(pd.Series([5, 0]), 0.0, np.random.default_rng(0)).tolist()
    [5.0, 0.0]
    """
    return counts + rng.normal(0, noise, len(counts))


def frequent(keys: pd.Series, noise: float, delta: float, rng: np.random.Generator) -> pd.Series:
    """Count the keys of rows, and keep those with a noisy count above a threshold.

    A key that one row alone has passes with probability `delta` at most (Korolova et al. 2009). So the keys may come
    from the rows themselves.

    Parameters
    ----------
    keys
        One key for each row.
    noise
        The standard deviation of the noise.
    delta
        See above.
    rng
        The source of the noise.

    Returns
    -------
    pd.Series
        The noisy counts by key, in the order of keys. A missing key can be one of them.

    Examples
    --------
    >>> keys = pd.Series(["a"] * 500 + ["b"] * 300 + ["c"])
    >>> frequent(keys, 5.0, 1e-6, np.random.default_rng(0)).round().index.tolist()
    ['a', 'b']
    """
    counts = keys.value_counts(dropna=False).sort_index()
    counted = noisy(counts, noise, rng)
    return counted[counted > 1 + noise * norm.isf(delta)]


def onto_simplex(counts: pd.Series) -> pd.Series:
    """Return the distribution that is nearest to noisy counts over their sum, in squared distance.

    Parameters
    ----------
    counts
        Noisy counts.

    Returns
    -------
    pd.Series
        Numbers of at least 0 that sum to 1. If the counts sum to 0 or less, all are equal.

    Examples
    --------
    >>> onto_simplex(pd.Series([6.0, 5.0, -1.0])).tolist()
    [0.55, 0.45, 0.0]
    """
    total = counts.sum()
    if total <= 0:
        return pd.Series(1 / len(counts), index=counts.index)
    shares = counts.to_numpy(dtype=float) / total
    ordered = np.sort(shares)[::-1]
    excess = (np.cumsum(ordered) - 1) / np.arange(1, len(ordered) + 1)
    shift = excess[np.flatnonzero(ordered > excess)[-1]]
    positive = np.maximum(shares - shift, 0)
    return pd.Series(positive / positive.sum(), index=counts.index)
