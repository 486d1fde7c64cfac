"""Utility: how well a classifier that was trained on a synthetic table predicts real rows."""

from __future__ import annotations

import numpy as np
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


def accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Compute the share of rows that are predicted right.

    Parameters
    ----------
    y_true, y_pred : array of 0 and 1, shape [N]
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
    """Compute the mean of the recalls of both labels.

    Parameters
    ----------
    y_true, y_pred : array of 0 and 1, shape [N]
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
