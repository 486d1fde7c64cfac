"""Fairness: how equally a classifier treats groups, by fairlearn's ratios.

A ratio compares the groups with the lowest and the highest rate, so one tiny group can decide it. Groups with fewer
than `min_group_rows` rows of either label are therefore named and left out. With 0 no group is left out, as in the
paper. Cases in which fairlearn returns a number although a rate is undefined give nan here.
"""

from __future__ import annotations

from typing import NamedTuple

import fairlearn.metrics as fairlearn
import numpy as np
import pandas as pd

from fairtab.errors import InputError
from fairtab.metrics import catalogue


class GroupPredictions(NamedTuple):
    """What metrics of the family "fairness" are computed from: rows that belong to groups of one attribute.

    Parameters
    ----------
    y_true, y_pred : array of 0 and 1, shape [N]
        The labels and the predictions.
    groups : pandas.Series, shape [N]
        The group of each row.

    Examples
    --------
    >>> GroupPredictions(np.array([1, 0]), np.array([1, 1]), pd.Series(["a", "b"])).y_pred
    array([1, 1])
    """

    y_true: np.ndarray
    y_pred: np.ndarray
    groups: pd.Series


def demographic_parity_ratio(y_pred: np.ndarray, groups: pd.Series) -> float:
    """Divide the lowest share of positive predictions in a group by the highest.

    Parameters
    ----------
    y_pred : array of 0 and 1, shape [N]
        The predictions.
    groups : pandas.Series, shape [N]
        The group of each row.

    Returns
    -------
    float
        The ratio, nan if no row is predicted positive.

    Raises
    ------
    InputError
        A prediction is neither 0 nor 1.

    Examples
    --------
    >>> demographic_parity_ratio([1, 1, 1, 0], pd.Series(["a", "a", "b", "b"]))
    0.5
    """
    y_pred = _binary(y_pred)
    if not y_pred.any():
        return float("nan")
    return float(fairlearn.demographic_parity_ratio(y_pred, y_pred, sensitive_features=groups))


def equalized_odds_ratio(y_true: np.ndarray, y_pred: np.ndarray, groups: pd.Series) -> float:
    """Compare true positive rates and false positive rates of groups, and give the smaller of both ratios.

    Parameters
    ----------
    y_true, y_pred : array of 0 and 1, shape [N]
        The labels and the predictions.
    groups : pandas.Series, shape [N]
        The group of each row.

    Returns
    -------
    float
        The smaller ratio of the lowest to the highest rate. It is nan if a group has no row of one label, or if a rate
        is 0 in every group.

    Raises
    ------
    InputError
        A label or a prediction is neither 0 nor 1.

    Examples
    --------
    >>> groups = pd.Series(list("aaaabbbb"))
    >>> equalized_odds_ratio([1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 1, 0, 1, 0, 1, 0], groups)
    0.5
    """
    y_true, y_pred = _binary(y_true), _binary(y_pred)
    ratios = []
    for label in (1, 0):
        rows = y_true == label
        rates = pd.Series(y_pred[rows]).groupby(groups[rows].to_numpy(), observed=True).mean()
        if len(rates) < groups.nunique() or rates.max() == 0:
            return float("nan")
        ratios.append(rates.min() / rates.max())
    return float(min(ratios))


def evaluate_attributes(
    y_true: np.ndarray, y_pred: np.ndarray, sensitive: pd.DataFrame, *, min_group_rows: int
) -> tuple[dict[str, float], list[str]]:
    """Compute every metric of the family "fairness" for each attribute, and for their intersection.

    Parameters
    ----------
    y_true, y_pred : array of 0 and 1, shape [N]
        The labels and the predictions.
    sensitive : pandas.DataFrame, shape [N, attributes]
        The sensitive columns.
    min_group_rows : int
        Leave out groups with fewer rows of either label.

    Returns
    -------
    values : dict of str to float
        By the name in results, for example "fairness/dpr/sex*race"; nan if undefined.
    notes : list of str
        What was left out or is undefined, and why.

    Examples
    --------
    >>> frame = pd.DataFrame({"sex": ["F", "F", "M", "M"] * 2})
    >>> y_true, y_pred = np.array([0, 1] * 4), np.array([0, 1, 1, 1, 0, 1, 0, 1])
    >>> evaluate_attributes(y_true, y_pred, frame, min_group_rows=0)
    ({'fairness/dpr/sex': 0.6666666666666666, 'fairness/eor/sex': 0.0}, [])
    """
    metrics = catalogue.family("fairness")
    values: dict[str, float] = {}
    notes: list[str] = []
    for attribute, groups in groups_by_attribute(sensitive).items():
        is_large, small_groups = large_groups(y_true, groups, min_group_rows)
        if small_groups:
            notes.append(
                f"{attribute}: groups with fewer than {min_group_rows} test rows of a label, left out: {small_groups}"
            )
        given = GroupPredictions(y_true[is_large], y_pred[is_large], groups[is_large])
        n_groups = given.groups.nunique()
        comparable = n_groups >= 2
        if not comparable:
            labels = " and ".join(metric.label for metric in metrics)
            notes.append(f"{attribute}: {n_groups} groups to compare, so {labels} are undefined")
        for metric in metrics:
            value = metric.compute(given) if comparable else float("nan")
            values[f"{metric.name}/{attribute}"] = value
            if comparable and np.isnan(value):
                reason = "a rate is zero in every group or has no rows in one"
                notes.append(f"{attribute}: {metric.label} is undefined: {reason}")
    return values, notes


def groups_by_attribute(sensitive: pd.DataFrame) -> dict[str, pd.Series]:
    """Give the groups of each attribute, and of the intersection if there are several.

    Parameters
    ----------
    sensitive : pandas.DataFrame, shape [N, attributes]
        The sensitive columns.

    Returns
    -------
    dict of str to pandas.Series
        The group of each row by attribute. The intersection is called "sex*race".

    Examples
    --------
    >>> groups = groups_by_attribute(pd.DataFrame({"sex": ["F", "M"], "race": ["x", "y"]}))
    >>> list(groups)
    ['sex', 'race', 'sex*race']
    >>> list(groups["sex*race"])
    ['F, x', 'M, y']
    """
    attributes = {name: sensitive[name] for name in sensitive.columns}
    if len(attributes) > 1:
        first, *others = (sensitive[name].astype(str) for name in sensitive.columns)
        attributes["*".join(sensitive.columns)] = first.str.cat(others, sep=", ")
    return attributes


def large_groups(y_true: np.ndarray, groups: pd.Series, min_rows: int) -> tuple[np.ndarray, str]:
    """Find the rows that belong to large groups.

    Parameters
    ----------
    y_true : array of 0 and 1, shape [N]
        The labels.
    groups : pandas.Series, shape [N]
        The group of each row.
    min_rows : int
        How many rows of either label make a group large.

    Returns
    -------
    is_large : array of bool, shape [N]
        Whether the group of a row is large.
    small_groups : str
        The other groups and their rows in words.

    Examples
    --------
    >>> large_groups(np.array([0, 1, 0]), pd.Series(["a", "a", "b"]), 1)
    (array([ True,  True, False]), 'b (0 positive, 1 negative)')
    """
    counts = pd.crosstab(groups.to_numpy(), y_true).reindex(columns=[0, 1], fill_value=0)
    small = counts[counts.min(axis=1) < min_rows]
    words = [f"{group} ({n[1]} positive, {n[0]} negative)" for group, n in small.iterrows()]
    return ~groups.isin(small.index).to_numpy(), "; ".join(words)


def _binary(y: np.ndarray) -> np.ndarray:
    """Labels as 0 and 1. Anything else is an error here; fairlearn would return nan without a word."""
    y = np.asarray(y)
    if not set(np.unique(y)) <= {0, 1}:
        raise InputError(f"expected labels 0 and 1, got {', '.join(map(repr, np.unique(y)[:5].tolist()))}")
    return y.astype(int)
