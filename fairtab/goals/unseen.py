"""What classifiers of the real table say of real rows that they have not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fairtab import seeds
from fairtab.learners.classifier import Model
from fairtab.metrics.judgement import predict
from fairtab.table import Table

N_FOLDS = 3


@dataclass(frozen=True)
class Unseen:
    """Predictions for the rows of a search, and for training rows.

    Parameters
    ----------
    of_rows : array of float, shape [N]
        What a classifier of all training rows predicts for the rows of the search.
    train : (Table, array of float, shape [M]), optional
        Training rows, and what is predicted for them by classifiers that learned from the others (out of fold).

    Examples
    --------
    >>> Unseen(np.array([0.3, 0.6])).train is None
    True
    """

    of_rows: np.ndarray
    train: tuple[Table, np.ndarray] | None = None


def out_of_fold(train: Table, classifier: Model, *, seed: int, n_folds: int = N_FOLDS) -> np.ndarray:
    """Predict each row by a classifier that learned from the rows of the other folds.

    Parameters
    ----------
    train
        The rows. Each fold has the same share of positive labels, as near as can be.
    classifier
        The classifier (`fairtab.learners.classifier.Classifier`).
    seed
        Where the random numbers start.
    n_folds
        The number of folds, at most that of rows.

    Returns
    -------
    array of float, shape [N]
        The predicted probability of the positive label.

    Examples
    --------
    A classifier that learns the share of positive labels alone says the same of all rows, for folds have equal shares:

    >>> import pandas as pd
    >>> from fairtab import Schema
    >>> from sklearn.dummy import DummyClassifier
    >>> frame = pd.DataFrame({"hired": [0, 1] * 4, "sex": ["m"] * 8})
    >>> train = Table(frame, Schema((), (), "hired", 1, ("sex",)))
    >>> out_of_fold(train, lambda seed: DummyClassifier(), seed=0, n_folds=2).tolist()
    [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    """
    n_folds = min(n_folds, len(train))
    shuffled = seeds.numpy_generator(seed, "folds").permutation(len(train))
    fold = np.empty(len(train), dtype=int)
    fold[shuffled[np.argsort(train.y[shuffled], kind="stable")]] = np.arange(len(train)) % n_folds
    probability = np.empty(len(train))
    for i in range(n_folds):
        others, rest = (_rows(train, part) for part in (fold != i, fold == i))
        judged, _ = predict(others, others, rest, seed=seeds.derive(seed, "fold", i), classifier=classifier)
        probability[fold == i] = judged.probability
    return probability


def _rows(table: Table, which: np.ndarray) -> Table:
    return Table(table.frame[which].reset_index(drop=True), table.schema)
