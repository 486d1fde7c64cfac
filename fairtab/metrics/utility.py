"""How well a classifier trained on a synthetic table predicts real rows."""

from __future__ import annotations

import numpy as np
from sklearn import metrics as sk


def auc(y_true: np.ndarray, probability: np.ndarray) -> float:
    """Area under the ROC curve; nan where y_true has one class only."""
    return float(sk.roc_auc_score(y_true, probability)) if len(np.unique(y_true)) == 2 else float("nan")


def accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    return float(sk.accuracy_score(y_true, y_pred))


def balanced_accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """The mean of the recalls of the classes that occur."""
    return float(sk.recall_score(y_true, y_pred, average="macro", labels=np.unique(y_true), zero_division=0))


def f1(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Of the positive class; 0 where none is predicted."""
    return float(sk.f1_score(y_true, y_pred, zero_division=0))


def positive_rate(y_pred: np.ndarray) -> float:
    """The share of rows predicted positive."""
    return float(np.mean(y_pred))
