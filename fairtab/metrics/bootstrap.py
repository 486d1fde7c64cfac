"""How far metrics of one classifier would move on other test rows: the bootstrap (Efron 1979) over test rows.

Rows are drawn by the table's length alone, so that any two classifiers scored on the same table are compared on the
same draws (a paired bootstrap).
"""

from __future__ import annotations

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
    """AUC, DPR and EOR of each attribute, and SCORE, of n tables drawn with replacement from the rows; named as in
    results, nan where undefined. [n, metrics]

    y_true, y_pred: 0 and 1 [N]; probability: of 1 [N]; sensitive: one column for each attribute [N, attributes].
    """
    weights = _weights(len(y_true), n)
    columns = {"utility/auc": _auc(y_true, probability, weights)}
    for name, groups in fairness.attributes_of(sensitive).items():
        keep, _ = fairness.large_groups(y_true, groups, min_group_rows)
        dpr, eor = _ratios(y_true[keep], y_pred[keep], groups[keep].to_numpy(), weights[:, keep])
        columns |= {f"fairness/dpr/{name}": dpr, f"fairness/eor/{name}": eor}
    rows = pd.DataFrame(columns)
    names = list(sensitive.columns)
    return rows.join(pd.DataFrame([scores(row, names) for row in rows.to_dict("records")]))


def _weights(n_rows: int, n: int) -> np.ndarray:
    """How often each row is drawn: a few times at most, so that a byte holds it. uint8 [n, n_rows]"""
    rng = seeds.numpy_generator(n_rows, "bootstrap")
    draws = (np.bincount(rng.integers(n_rows, size=n_rows), minlength=n_rows) for _ in range(n))
    return np.stack([drawn.astype(np.uint8) for drawn in draws])


def _auc(y_true: np.ndarray, probability: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The share of pairs in the right order, ties counting half. [n]"""
    _, place = np.unique(probability, return_inverse=True)
    n_places = place.max() + 1
    auc = np.empty(len(weights))
    for i, w in enumerate(weights):
        positive = np.bincount(place, w * y_true, n_places)
        negative = np.bincount(place, w * (1 - y_true), n_places)
        below = np.cumsum(negative) - negative / 2
        pairs = positive.sum() * negative.sum()
        auc[i] = positive @ below / pairs if pairs else np.nan
    return auc


def _ratios(y_true: np.ndarray, y_pred: np.ndarray, groups: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    """DPR and EOR. [n] each"""
    names, group = np.unique(groups.astype(str), return_inverse=True)
    if len(names) < 2:
        return np.full(len(weights), np.nan), np.full(len(weights), np.nan)
    cell = (group * 2 + y_true) * 2 + y_pred
    counts = np.stack([np.bincount(cell, w, len(names) * 4) for w in weights]).reshape(-1, len(names), 2, 2)
    with np.errstate(invalid="ignore"):  # a rate without rows is nan
        by_label = counts[..., 1] / counts.sum(-1)  # [n, groups, label]: FPR, TPR
        selected = counts[..., 1].sum(-1) / counts.sum((-1, -2))  # [n, groups]
        ratio = by_label.min(1) / by_label.max(1)
        return selected.min(1) / selected.max(1), ratio.min(1)
