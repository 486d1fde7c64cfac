"""Fairness: how equally a learner treats groups, for a label of two values by fairlearn's ratios.

A ratio compares the groups with the lowest and the highest rate, so one tiny group can decide it. Groups with fewer
than `min_group_rows` rows of either label are therefore named and left out. With 0 no group is left out, as in the
paper. Cases in which fairlearn returns a number although a rate is undefined give nan here.

For classes and numbers, groups are compared by what is predicted alone (statistical parity), so a group needs
`min_group_rows` rows of any label.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import fairlearn.metrics as fairlearn
import numpy as np
import pandas as pd

from fairtab.errors import InputError
from fairtab.frames import crossed
from fairtab.metrics import catalogue
from fairtab.task import Task


class GroupPredictions(NamedTuple):
    """What metrics of the family "fairness" are computed from: rows that belong to groups of one attribute.

    Parameters
    ----------
    y_true, y_pred : array of 0 and 1, of classes or of numbers, shape [N]
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


class NumberPredictions(NamedTuple):
    """What metrics of a sensitive number are computed from.

    Parameters
    ----------
    y_pred : array of 0 and 1, of classes or of numbers, shape [N]
        The predictions.
    number : array of float, shape [N]
        The sensitive number of each row.

    Examples
    --------
    >>> NumberPredictions(np.array([1, 0]), np.array([20.0, 63.0])).y_pred
    array([1, 0])
    """

    y_pred: np.ndarray
    number: np.ndarray


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


def class_parities(y_pred: np.ndarray, groups: pd.Series) -> pd.Series:
    """Compute the demographic parity ratio of each class: how often a group gets it, the lowest share by the highest.

    Parameters
    ----------
    y_pred : array of str, shape [N]
        The predicted classes.
    groups : pandas.Series, shape [N]
        The group of each row.

    Returns
    -------
    pandas.Series
        The ratio by class, of the classes that are predicted.

    Examples
    --------
    >>> class_parities(np.array(["a", "a", "a", "b"]), pd.Series(["f", "f", "m", "m"])).to_dict()
    {'a': 0.5, 'b': 0.0}
    """
    classes, label = np.unique(y_pred, return_inverse=True)
    names, group = np.unique(groups.astype(str), return_inverse=True)
    counts = np.bincount(group * len(classes) + label, minlength=len(names) * len(classes)).reshape(len(names), -1)
    shares = counts / counts.sum(axis=1, keepdims=True)  # [groups, classes]
    return pd.Series(shares.min(axis=0) / shares.max(axis=0), index=classes)


def class_parity(y_pred: np.ndarray, groups: pd.Series) -> float:
    """Give the lowest of `class_parities`: the demographic parity ratio of the class that groups get least equally.

    It is the form for several classes of the criterion that all classes are predicted independently of the group
    (statistical parity; Denis et al. 2024, "Fairness guarantees in multi-class classification with demographic
    parity").

    Parameters
    ----------
    y_pred, groups
        As of `class_parities`.

    Returns
    -------
    float
        1 if every group gets every class equally often, 0 if a group never gets some class.

    Examples
    --------
    >>> class_parity(np.array(["a", "b", "a", "b"]), pd.Series(["f", "f", "m", "m"]))
    1.0
    """
    return float(class_parities(y_pred, groups).min())


def mean_parity(y_pred: np.ndarray, groups: pd.Series) -> float:
    """Compute 1 minus the correlation ratio of predictions and groups (Pearson 1905).

    The correlation ratio is the root of the share of the predictions' variance that lies between the means of groups.
    Equal means are the criterion of Calders et al. 2013, "Controlling attribute effect in linear regression".

    Parameters
    ----------
    y_pred : array of float, shape [N]
        The predicted numbers.
    groups : pandas.Series, shape [N]
        The group of each row.

    Returns
    -------
    float
        1 if all groups have the same mean, 0 if the group decides the number. It is nan if all predictions are equal.

    Examples
    --------
    >>> mean_parity(np.array([1.0, 3.0, 2.0, 2.0]), pd.Series(["f", "f", "m", "m"]))
    1.0
    """
    if not np.ptp(y_pred):  # the variance of equal numbers is not always 0
        return float("nan")
    means = pd.Series(y_pred).groupby(groups.to_numpy()).transform("mean")
    return float(1 - np.sqrt(min(1.0, np.var(means.to_numpy()) / np.var(y_pred))))


def quantile_parity(y_pred: np.ndarray, groups: pd.Series) -> float:
    """Compute 1 minus the largest distance of two groups' distributions of predictions (Kolmogorov and Smirnov).

    If it is 1, all quantiles are equal. It is the criterion of Agarwal et al. 2019, "Fair regression", Definition 1:
    above any threshold there are equal shares of each group. The distance is the largest difference of these shares.

    Parameters
    ----------
    y_pred, groups
        As of `mean_parity`.

    Returns
    -------
    float
        1 if all groups have the same distribution, 0 if two groups share no range.

    Examples
    --------
    >>> quantile_parity(np.array([1.0, 3.0, 2.0, 3.0]), pd.Series(["f", "f", "m", "m"]))
    0.5
    """
    order = np.argsort(y_pred)
    member = pd.get_dummies(groups.to_numpy()).to_numpy(dtype=float)[order]  # [N, groups]
    shares_up_to = member.cumsum(axis=0) / member.sum(axis=0)
    is_last_of_equal = np.append(np.diff(y_pred[order]) > 0, True)
    return float(1 - np.ptp(shares_up_to[is_last_of_equal], axis=1).max())


def evaluate_attributes(
    y_true: np.ndarray,
    y_pred: np.ndarray,
    sensitive: pd.DataFrame,
    *,
    min_group_rows: int,
    task: Task = Task.BINARY,
    numbers: pd.DataFrame | None = None,
    is_large: Mapping[str, np.ndarray] | None = None,
) -> tuple[dict[str, float], list[str]]:
    """Compute every metric of the family "fairness" for each attribute, and for their intersection.

    Parameters
    ----------
    y_true, y_pred : array of 0 and 1, of classes or of numbers, shape [N]
        The labels and the predictions.
    sensitive : pandas.DataFrame, shape [N, attributes]
        The sensitive columns.
    min_group_rows : int
        Leave out groups with fewer rows (of either label, if there are two).
    task : Task
        The kind of the label.
    numbers : pandas.DataFrame, shape [N, numbers], optional
        The sensitive numbers, such as an age.
    is_large : mapping of str to array of bool, shape [N], optional
        For each attribute the rows of large groups. By default the rows themselves tell.

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
    family = catalogue.family("fairness", task)
    metrics = [metric for metric in family if not metric.of_number]
    values: dict[str, float] = {}
    notes: list[str] = []
    for attribute, groups in groups_by_attribute(sensitive).items():
        if is_large is None:
            kept, small_groups = large_groups(y_true, groups, min_group_rows, task)
        else:
            kept, small_groups = is_large[attribute], ""
        if small_groups:
            of_label = " of a label" if task is Task.BINARY else ""
            notes.append(
                f"{attribute}: groups with fewer than {min_group_rows} test rows{of_label}, left out: {small_groups}"
            )
        given = GroupPredictions(y_true[kept], y_pred[kept], groups[kept])
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
    for name, number in {} if numbers is None else numbers.items():
        of_number = NumberPredictions(y_pred, number.to_numpy())
        values |= {f"{metric.name}/{name}": metric.compute(of_number) for metric in family if metric.of_number}
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
        attributes["*".join(sensitive.columns)] = crossed(sensitive)
    return attributes


def large_groups(
    y_true: np.ndarray, groups: pd.Series, min_rows: int, task: Task = Task.BINARY
) -> tuple[np.ndarray, str]:
    """Find the rows that belong to large groups.

    Parameters
    ----------
    y_true : array, shape [N]
        The labels.
    groups : pandas.Series, shape [N]
        The group of each row.
    min_rows : int
        How many rows make a group large; of either label, if there are two.
    task : Task
        The kind of the label.

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
    if task is not Task.BINARY:
        sizes = groups.value_counts().sort_index()
        few = sizes[sizes < min_rows]
        return ~groups.isin(few.index).to_numpy(), "; ".join(f"{group} ({n})" for group, n in few.items())
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
