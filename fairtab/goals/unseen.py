"""What classifiers of the real table say of real rows that they have not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fairtab import seeds
from fairtab.learners.classifier import Model
from fairtab.metrics.judgement import predict
from fairtab.table import Table

N_FOLDS = 3


@dataclass(frozen=True)
class Unseen:
    """Predictions for training rows, and for the rows of a search, by the same classifiers.

    Each classifier learned from training rows of all folds but one.

    Parameters
    ----------
    train : Table
        The training rows.
    of_train : array of float, shape [M]
        What is predicted for each training row by the classifier that did not learn from it (out of fold).
    of_rows : array of float, shape [K, N]
        What each of the K classifiers predicts for the rows of the search.

    Examples
    --------
    Two classifiers, three training rows and one other row:

    >>> from fairtab import Schema
    >>> train = Table(pd.DataFrame({"hired": [0, 1, 1], "sex": "m"}), Schema((), (), "hired", 1, ("sex",)))
    >>> Unseen(train, np.array([0.3, 0.6, 0.7]), np.array([[0.5], [0.6]])).of_rows.shape
    (2, 1)
    """

    train: Table
    of_train: np.ndarray
    of_rows: np.ndarray


def out_of_fold(train: Table, rows: Table, classifier: Model, *, seed: int, n_folds: int = N_FOLDS) -> Unseen:
    """Predict each training row by a classifier that learned from the other folds, and other rows by all of them.

    Parameters
    ----------
    train
        The training rows. Each fold has the same share of positive labels, as near as can be.
    rows
        Other rows.
    classifier
        The classifier (`fairtab.learners.classifier.Classifier`).
    seed
        Where the random numbers start.
    n_folds
        The number of folds, at most that of training rows.

    Returns
    -------
    Unseen
        The predicted probabilities of the positive label.

    Examples
    --------
    A classifier that learns the share of positive labels alone says the same of all rows, for folds have equal shares:

    >>> from fairtab import Schema
    >>> from sklearn.dummy import DummyClassifier
    >>> frame = pd.DataFrame({"hired": [0, 1] * 4, "sex": ["m"] * 8})
    >>> train = Table(frame, Schema((), (), "hired", 1, ("sex",)))
    >>> unseen = out_of_fold(train, train, lambda seed: DummyClassifier(), seed=0, n_folds=2)
    >>> unseen.of_train.tolist()
    [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    >>> unseen.of_rows.shape
    (2, 8)
    """
    n_folds = min(n_folds, len(train))
    shuffled = seeds.numpy_generator(seed, "folds").permutation(len(train))
    fold = np.empty(len(train), dtype=int)
    fold[shuffled[np.argsort(train.y[shuffled], kind="stable")]] = np.arange(len(train)) % n_folds
    of_train, of_rows = np.empty(len(train)), np.empty((n_folds, len(rows)))
    for i in range(n_folds):
        others, rest = (_rows(train.frame[part], train) for part in (fold != i, fold == i))
        asked = _rows(pd.concat([rest.frame, rows.frame]), train)
        judged, _ = predict(others, others, asked, seed=seeds.derive(seed, "fold", i), classifier=classifier)
        of_train[fold == i], of_rows[i] = np.split(judged.probability, [len(rest)])
    return Unseen(train, of_train, of_rows)


def _rows(frame: pd.DataFrame, like: Table) -> Table:
    return Table(frame.reset_index(drop=True), like.schema)
