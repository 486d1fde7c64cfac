"""Utility: how well a classifier that was trained on a synthetic table predicts real rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn import metrics as sk


def auc(y_true: np.ndarray, probability: np.ndarray) -> float:
    """Compute the area under the ROC curve.

    Parameters
    ----------
    y_true : array of 0 and 1, shape [N]
        The labels.
    probability : array of float, shape [N]
        The predicted probability of 1.

    Returns
    -------
    float
        The area, nan if all labels are equal.

    Examples
    --------
    >>> auc([1, 0, 1, 0], [0.9, 0.1, 0.4, 0.6])
    0.75
    """
    return float(sk.roc_auc_score(y_true, probability)) if len(np.unique(y_true)) == 2 else float("nan")


def macro_auc(y_true: np.ndarray, probability: pd.DataFrame) -> float:
    """Average the areas under the ROC curves of each class against the rest (Provost and Domingos 2003, unweighted).

    Parameters
    ----------
    y_true : array of str, shape [N]
        The classes.
    probability : pandas.DataFrame, shape [N, classes]
        The predicted probability of each class. A class that is no column has the probability 0 in every row.

    Returns
    -------
    float
        The mean over the classes that occur in `y_true`, nan if there is only one.

    Examples
    --------
    >>> probability = pd.DataFrame({"a": [0.8, 0.2, 0.6], "b": [0.1, 0.5, 0.3], "c": [0.1, 0.3, 0.1]})
    >>> macro_auc(np.array(["a", "b", "c"]), probability)  # 1, 1 and 1/4
    0.75
    """
    names = np.unique(y_true)
    if len(names) < 2:
        return float("nan")
    ranks = rankdata(probability.reindex(columns=names, fill_value=0), axis=0)  # [N, K]
    is_class = y_true[:, None] == names
    n = is_class.sum(axis=0)
    pairs_in_order = (ranks * is_class).sum(axis=0) - n * (n + 1) / 2  # Mann and Whitney 1947; a tie counts half
    return float(np.mean(pairs_in_order / (n * (len(y_true) - n))))


def r2(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Compute the coefficient of determination: the share of the variance that is predicted.

    Parameters
    ----------
    y_true, y_pred : array of float, shape [N]
        The numbers and the predictions.

    Returns
    -------
    float
        At most 1. It is 0 for the mean of `y_true`, and below 0 for worse predictions.

    Examples
    --------
    >>> r2(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0]))
    0.5
    """
    return float(sk.r2_score(y_true, y_pred))


def accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Compute the share of rows that are predicted right.

    Parameters
    ----------
    y_true, y_pred : array of 0 and 1, or of classes, shape [N]
        The labels and the predictions.

    Returns
    -------
    float
        The share.

    Examples
    --------
    >>> accuracy([1, 0, 1, 0], [1, 0, 0, 0])
    0.75
    """
    return float(sk.accuracy_score(y_true, y_pred))


def balanced_accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Compute the mean of the recalls of all labels.

    Parameters
    ----------
    y_true, y_pred : array of 0 and 1, or of classes, shape [N]
        The labels and the predictions.

    Returns
    -------
    float
        The mean, over the labels that occur.

    Examples
    --------
    >>> balanced_accuracy([1, 0, 0, 0], [1, 0, 0, 1])
    0.8333333333333333
    """
    return float(sk.recall_score(y_true, y_pred, average="macro", labels=np.unique(y_true), zero_division=0))


def f1(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Compute the F1 score of the positive label.

    Parameters
    ----------
    y_true, y_pred : array of 0 and 1, shape [N]
        The labels and the predictions.

    Returns
    -------
    float
        The score, 0 if no row is predicted positive.

    Examples
    --------
    >>> f1([1, 1, 0, 0], [1, 0, 1, 0])
    0.5
    """
    return float(sk.f1_score(y_true, y_pred, zero_division=0))


def positive_rate(y_pred: np.ndarray) -> float:
    """Compute the share of rows that are predicted positive.

    Parameters
    ----------
    y_pred : array of 0 and 1, shape [N]
        The predictions.

    Returns
    -------
    float
        The share.

    Examples
    --------
    >>> positive_rate([1, 0, 0, 0])
    0.25
    """
    return float(np.mean(y_pred))
