"""How equally a classifier treats groups: fairlearn's ratios, with what they hide said aloud.

Both are ratios of extremes over groups, so one tiny group decides them: groups with fewer than `min_group_rows` rows
of either label are named and left out (0 takes every group, as published).
"""

from __future__ import annotations

import fairlearn.metrics as fairlearn
import numpy as np
import pandas as pd

from fairtab.errors import InputError


def demographic_parity_ratio(y_pred: np.ndarray, *, sensitive_features: pd.Series) -> float:
    """The lowest selection rate of a group over the highest; nan where nobody is selected."""
    y_pred = _binary(y_pred)
    if not y_pred.any():
        return float("nan")
    return float(fairlearn.demographic_parity_ratio(y_pred, y_pred, sensitive_features=sensitive_features))


def equalized_odds_ratio(y_true: np.ndarray, y_pred: np.ndarray, *, sensitive_features: pd.Series) -> float:
    """The smaller of two ratios, lowest over highest group: of true positive rates and of false positive rates.

    nan where a rate is undefined in some group (no row of that label) or zero in all of them.
    """
    y_true, y_pred = _binary(y_true), _binary(y_pred)
    ratios = []
    for label in (1, 0):
        rows = y_true == label
        rates = pd.Series(y_pred[rows]).groupby(sensitive_features[rows].to_numpy(), observed=True).mean()
        if len(rates) < sensitive_features.nunique() or rates.max() == 0:
            return float("nan")
        ratios.append(rates.min() / rates.max())
    return float(min(ratios))


def of_every_attribute(
    y_true: np.ndarray, y_pred: np.ndarray, sensitive: pd.DataFrame, *, min_group_rows: int
) -> tuple[dict[str, float], list[str]]:
    """DPR and EOR of each column of `sensitive` and, where there are several, of their intersection.

    Returns the values by result name ("fairness/dpr/sex*race") and a note for everything left out or undefined.
    """
    values: dict[str, float] = {}
    notes: list[str] = []
    for name, groups in attributes_of(sensitive).items():
        keep, left_out = large_groups(y_true, groups, min_group_rows)
        if left_out:
            notes.append(f"{name}: groups with fewer than {min_group_rows} test rows of a label, left out: {left_out}")
        n_groups = groups[keep].nunique()
        if n_groups < 2:
            notes.append(f"{name}: {n_groups} groups to compare, so DPR and EOR are undefined")
            values |= {f"fairness/dpr/{name}": float("nan"), f"fairness/eor/{name}": float("nan")}
            continue
        kept = groups[keep]
        dpr = demographic_parity_ratio(y_pred[keep], sensitive_features=kept)
        eor = equalized_odds_ratio(y_true[keep], y_pred[keep], sensitive_features=kept)
        for label, ratio in (("DPR", dpr), ("EOR", eor)):
            if np.isnan(ratio):
                notes.append(f"{name}: {label} is undefined: a rate is zero in every group or has no rows in one")
        values |= {f"fairness/dpr/{name}": dpr, f"fairness/eor/{name}": eor}
    return values, notes


def attributes_of(sensitive: pd.DataFrame) -> dict[str, pd.Series]:
    """The groups by each column of `sensitive` and, where there are several, by their intersection ("sex*race")."""
    attributes = {name: sensitive[name] for name in sensitive.columns}
    if len(attributes) > 1:
        first, *others = (sensitive[name].astype(str) for name in sensitive.columns)
        attributes["*".join(sensitive.columns)] = first.str.cat(others, sep=", ")
    return attributes


def large_groups(y_true: np.ndarray, groups: pd.Series, min_rows: int) -> tuple[np.ndarray, str]:
    """Which rows belong to groups with at least `min_rows` rows of either label, and the other groups in words."""
    counts = pd.crosstab(groups.to_numpy(), y_true).reindex(columns=[0, 1], fill_value=0)
    small = counts[counts.min(axis=1) < min_rows]
    words = [f"{group} ({n[1]} positive, {n[0]} negative)" for group, n in small.iterrows()]
    return ~groups.isin(small.index).to_numpy(), "; ".join(words)


def _binary(y: np.ndarray) -> np.ndarray:
    """Labels as 0 and 1; anything else is an error here, where fairlearn would silently answer nan."""
    y = np.asarray(y)
    if not set(np.unique(y)) <= {0, 1}:
        raise InputError(f"expected labels 0 and 1, got {', '.join(map(repr, np.unique(y)[:5].tolist()))}")
    return y.astype(int)
