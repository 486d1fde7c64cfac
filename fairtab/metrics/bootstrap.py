"""The bootstrap over test rows (Efron 1979): how far metrics of one classifier would move on other test rows.

The length of the table alone decides which rows are drawn. Two classifiers that are scored on the same table are
therefore compared on the same draws (a paired bootstrap).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from fairtab import seeds
from fairtab.metrics import fairness
from fairtab.metrics.score import scores

N_REPLICATES = 200


def replicates(
    y_true: np.ndarray,
    probability: np.ndarray,
    y_pred: np.ndarray,
    sensitive: pd.DataFrame,
    *,
    min_group_rows: int,
    n: int = N_REPLICATES,
) -> pd.DataFrame:
    """Compute AUC, DPR and EOR of each attribute, and SCORE, for tables drawn with replacement from the rows.

    Parameters
    ----------
    y_true, y_pred : array of 0 and 1, shape [N]
        The labels and the predictions.
    probability : array of float, shape [N]
        The predicted probability of 1.
    sensitive : pandas.DataFrame, shape [N, attributes]
        The sensitive columns.
    min_group_rows : int
        Leave out groups with fewer rows of either label.
    n : int
        How many tables to draw.

    Returns
    -------
    pandas.DataFrame, shape [n, metrics]
        A row for each draw, a column for each metric by its name in results; nan if undefined.

    Examples
    --------
    >>> y, probability = np.array([0, 1] * 4), np.array([0.2, 0.8] * 4)
    >>> frame = pd.DataFrame({"sex": list("FFFFMMMM")})
    >>> drawn = replicates(y, probability, y, frame, min_group_rows=0, n=3)
    >>> list(drawn.columns)
    ['utility/auc', 'fairness/dpr/sex', 'fairness/eor/sex', 'score', 'score/sex']
    """
    weights = _weights(len(y_true), n)
    columns = {"utility/auc": _auc(y_true, probability, weights)}
    for name, groups in fairness.groups_by_attribute(sensitive).items():
        is_large, _ = fairness.large_groups(y_true, groups, min_group_rows)
        dpr, eor = _ratios(y_true[is_large], y_pred[is_large], groups[is_large].to_numpy(), weights[:, is_large])
        columns |= {f"fairness/dpr/{name}": dpr, f"fairness/eor/{name}": eor}
    rows = pd.DataFrame(columns)
    names = list(sensitive.columns)
    return rows.join(pd.DataFrame([scores(row, names) for row in rows.to_dict("records")]))


def recomputed(
    n_rows: int, compute: Callable[[np.ndarray], Mapping[str, float]], n: int = N_REPLICATES
) -> pd.DataFrame:
    """Compute any metrics for tables drawn with replacement: slower than `replicates`, which is for two labels.

    Parameters
    ----------
    n_rows : int
        How many rows there are.
    compute : callable
        Takes the positions of the rows drawn, and returns metrics by name.
    n : int
        How many tables to draw.

    Returns
    -------
    pandas.DataFrame, shape [n, metrics]
        A row for each draw.

    Examples
    --------
    >>> recomputed(4, lambda rows: {"rows": len(rows)}, n=2)["rows"].tolist()
    [4, 4]
    """
    return pd.DataFrame([compute(np.repeat(np.arange(n_rows), drawn)) for drawn in _weights(n_rows, n)])


def _weights(n_rows: int, n: int) -> np.ndarray:
    """Draw rows, and count how often each is drawn: uint8 [n, n_rows]."""
    rng = seeds.numpy_generator(n_rows, "bootstrap")
    draws = (np.bincount(rng.integers(n_rows, size=n_rows), minlength=n_rows) for _ in range(n))
    return np.stack([drawn.astype(np.uint8) for drawn in draws])


def _auc(y_true: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Compute the share of pairs of both labels in the right order, a tie counting half: [n]."""
    _, place = np.unique(probability, return_inverse=True)
    n_places = place.max() + 1
    auc = np.empty(len(weights))
    for i, w in enumerate(weights):
        positive = np.bincount(place, w * y_true, n_places)
        negative = np.bincount(place, w * (1 - y_true), n_places)
        negatives_below = np.cumsum(negative) - negative / 2
        pairs = positive.sum() * negative.sum()
        auc[i] = positive @ negatives_below / pairs if pairs else np.nan
    return auc


def _ratios(y_true: np.ndarray, y_pred: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    """Compute DPR and EOR: [n] each."""
    names, group = np.unique(groups.astype(str), return_inverse=True)
    if len(names) < 2:
        return np.full(len(weights), np.nan), np.full(len(weights), np.nan)
    cell = (group * 2 + y_true) * 2 + y_pred
    counts = np.stack([np.bincount(cell, w, len(names) * 4) for w in weights]).reshape(-1, len(names), 2, 2)
    with np.errstate(invalid="ignore"):  # the rate of no rows is nan
        by_label = counts[..., 1] / counts.sum(-1)  # [n, groups, label]: FPR, TPR
        selected = counts[..., 1].sum(-1) / counts.sum((-1, -2))  # [n, groups]
        ratio = by_label.min(1) / by_label.max(1)
        return selected.min(1) / selected.max(1), ratio.min(1)
