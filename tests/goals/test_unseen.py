"""Predictions out of fold: no row is predicted by a classifier that has seen it."""

import numpy as np
import pandas as pd
import pytest

from fairtab.goals.unseen import out_of_fold
from fairtab.table import Schema, Table

SCHEMA = Schema(("id",), (), "hired", 1, ("sex",))


def rows(n: int, n_positive: int) -> Table:
    frame = pd.DataFrame({"id": range(n), "sex": "m", "hired": np.repeat([1, 0], [n_positive, n - n_positive])})
    return Table(frame, SCHEMA)


def of_train(train: Table, classifier, *, seed: int = 0, **options) -> np.ndarray:
    return out_of_fold(train, train, classifier, seed=seed, **options).of_train


class Recall:
    """Says 1 of the rows that it was fitted to, 0 of others; notes the labels of each fit."""

    labels: list[np.ndarray] = []

    def __init__(self, seed: int) -> None: ...

    def fit(self, inputs, y, **_):
        self.seen = set(inputs["id"])
        self.labels.append(y)

    def predict_proba(self, inputs):
        seen = inputs["id"].isin(self.seen).to_numpy(dtype=float)
        return np.column_stack([1 - seen, seen])


class Mean(Recall):
    """Says the mean of the numbers that it was fitted to."""

    def fit(self, inputs, y, **_):
        self.mean = inputs["id"].mean() / 40

    def predict_proba(self, inputs):
        return np.full((len(inputs), 2), self.mean)


@pytest.fixture(autouse=True)
def forget():
    Recall.labels.clear()


def test_no_row_is_predicted_by_a_classifier_that_has_seen_it():
    assert not of_train(rows(40, 12), Recall).any()


def test_other_rows_are_predicted_by_the_classifier_of_each_fold():
    """Each one has seen two thirds of the training rows, and each row was seen by two of three."""
    train = rows(30, 12)
    of_rows = out_of_fold(train, train, Recall, seed=0, n_folds=3).of_rows
    assert of_rows.shape == (3, 30)
    assert of_rows.sum(axis=0).tolist() == [2] * 30


def test_every_fold_has_its_share_of_positive_labels():
    of_train(rows(90, 9), Recall, n_folds=3)
    assert [(len(y), y.sum()) for y in Recall.labels] == [(60, 6)] * 3


def test_a_label_of_one_row_is_no_error():
    """The other folds have no positive row to learn from, and a classifier of one label predicts it."""
    assert of_train(rows(9, 1), Recall)[0] == 0


def test_a_table_has_no_more_folds_than_rows():
    assert of_train(rows(2, 1), Recall).tolist() == [0, 1]  # each is predicted by the other's label


def test_another_seed_has_other_folds():
    first, again, other = (of_train(rows(40, 20), Mean, seed=seed) for seed in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()
