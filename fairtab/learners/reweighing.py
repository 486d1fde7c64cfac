"""Reweighing: rows weigh as much as if label and group were independent (Kamiran and Calders 2012)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fairtab.learners.classifier import Model
from fairtab.learners.learner import Plain, groups_of
from fairtab.table import Table


class Reweighing(Plain):
    """The plain classifier, trained with weights.

    Parameters
    ----------
    attribute : str, optional
        Whose groups are meant (`learner.groups_of`).
    classifier : mapping or callable, optional
        As of `learner.Learner`. Its `fit` takes `sample_weight`.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(20, 60), "sex": ["F", "M"] * 20, "paid": [0] * 20 + [1] * 20})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> Reweighing(classifier={"iterations": 10}).fit(table, table, seed=0).predict(table.inputs).y_pred.sum()
    np.int64(20)
    """

    def __init__(self, *, attribute: str | None = None, classifier: Model | None = None) -> None:
        super().__init__(classifier=classifier)
        self.attribute = attribute

    def weights(self, table: Table) -> np.ndarray:
        """Give the weights of the training rows (`weights`).

        Parameters
        ----------
        table : Table
            The training rows.

        Returns
        -------
        array of float, shape [N]
            The weights.
        """
        return weights(table.y, groups_of(table.inputs, table.schema, self.attribute))


def weights(y: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Compute P(s) P(y) / P(s, y) for each row's group s and label y.

    Parameters
    ----------
    y : array of 0 and 1, shape [N]
        The labels.
    groups : array, shape [N]
        The groups.

    Returns
    -------
    array of float, shape [N]
        The weights. With them, label and group are independent. Their mean is 1 if every group has both labels.

    Examples
    --------
    >>> weights(np.array([1, 1, 1, 0]), np.array(["F", "M", "M", "F"])).tolist()
    [1.5, 0.75, 0.75, 0.5]
    """
    rows = pd.DataFrame({"y": y, "s": groups})
    n_y, n_s, n = (rows.groupby(by)["y"].transform("size").to_numpy() for by in ("y", "s", ["y", "s"]))
    return n_s * n_y / (n * len(rows))
