"""The contract of a learner, and the plain one: CatBoost, which judges tables unless another learner is asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import combinations
from typing import NamedTuple, Self

import numpy as np
import pandas as pd

from fairtab.errors import check_choice
from fairtab.frames import crossed
from fairtab.learners.classifier import Classifier, Model
from fairtab.table import Schema, Table


class Decisions(NamedTuple):
    """What a learner says of rows.

    Parameters
    ----------
    probability : array of float, shape [N], or pandas.DataFrame, shape [N, classes]
        How likely each row is positive, which ranks the rows; or how likely it is of each class. In regression it is
        the prediction.
    y_pred : array of 0 and 1, of classes or of numbers, shape [N]
        The label that each row gets. It need not follow the rank: a learner may decide by group, or at random.

    Examples
    --------
    >>> Decisions(np.array([0.9, 0.2]), np.array([1, 0])).y_pred
    array([1, 0])
    """

    probability: np.ndarray | pd.DataFrame
    y_pred: np.ndarray


class Learner(ABC):
    """Learns from a table, and predicts labels of rows that come without them.

    Parameters
    ----------
    classifier : mapping or callable, optional
        The classifier inside: options of CatBoost, or a function that makes another one from a seed
        (`classifier.Classifier`).

    Examples
    --------
    >>> class Coin(Learner):
    ...     def fit(self, table, validation, *, seed):
    ...         self.rng = np.random.default_rng(seed)
    ...         return self
    ...
    ...     def predict(self, inputs):
    ...         probability = np.full(len(inputs), 0.5)
    ...         return Decisions(probability, self.rng.integers(0, 2, len(inputs)))
    >>> table = Table(pd.DataFrame({"sex": ["F", "M"], "paid": [0, 1]}), Schema((), (), "paid", 1, ("sex",)))
    >>> Coin().fit(table, table, seed=0).predict(table.inputs).probability.tolist()
    [0.5, 0.5]
    """

    def __init__(self, *, classifier: Model | None = None) -> None:
        self.model = classifier

    @abstractmethod
    def fit(self, table: Table, validation: Table, *, seed: int) -> Self:
        """Learn.

        Parameters
        ----------
        table : Table
            The rows to learn from, real or synthetic.
        validation : Table
            Real rows beside it, for what is chosen after the training.
        seed : int
            Where the random numbers start.

        Returns
        -------
        Learner
            Itself.

        Raises
        ------
        OneClass
            All rows of `table` have the same label.
        """

    @abstractmethod
    def predict(self, inputs: pd.DataFrame) -> Decisions:
        """Predict the labels of rows.

        Parameters
        ----------
        inputs : pandas.DataFrame, shape [N, columns]
            Every column but the target (`Table.inputs`).

        Returns
        -------
        Decisions
            Probabilities and labels.
        """


class Plain(Learner):
    """The classifier alone: a row is positive if its probability is above 1/2.

    Parameters
    ----------
    classifier : mapping or callable, optional
        As of `Learner`.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": range(20, 60), "sex": ["F", "M"] * 20, "paid": [0] * 20 + [1] * 20})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> Plain(classifier={"iterations": 10}).fit(table, table, seed=0).predict(table.inputs).y_pred.sum()
    np.int64(20)
    """

    def fit(self, table: Table, validation: Table, *, seed: int) -> Self:
        """Train the classifier. See `Learner.fit`."""
        self.classifier = Classifier(seed=seed, model=self.model).fit(table, self.weights(table))
        return self

    def weights(self, table: Table) -> np.ndarray | None:
        """Give the weights of the training rows.

        Parameters
        ----------
        table : Table
            The training rows.

        Returns
        -------
        array of float, shape [N], or None
            None if all rows weigh the same.
        """
        return None

    def predict(self, inputs: pd.DataFrame) -> Decisions:
        """Predict. See `Learner.predict`."""
        probability = self.classifier.predict_probability(inputs)
        return Decisions(probability, (probability > 0.5).astype(int))


def groups_of(inputs: pd.DataFrame, schema: Schema, attribute: str | None = None) -> np.ndarray:
    """Give the group of each row.

    Parameters
    ----------
    inputs : pandas.DataFrame, shape [N, columns]
        Rows with the sensitive columns.
    schema : Schema
        The columns by role.
    attribute : str, optional
        A sensitive column, or several joined by "*", as in the names of results. By default the first one.

    Returns
    -------
    array of str, shape [N]
        The groups.

    Raises
    ------
    InputError
        The attribute is not sensitive.

    Examples
    --------
    >>> schema = Schema((), (), "paid", 1, ("sex", "race"))
    >>> inputs = pd.DataFrame({"sex": ["F", "M"], "race": ["x", "y"]})
    >>> groups_of(inputs, schema).tolist(), groups_of(inputs, schema, "sex*race").tolist()
    (['F', 'M'], ['F, x', 'M, y'])
    """
    attribute = attribute or schema.sensitive[0]
    several = (names for n in range(1, len(schema.sensitive) + 1) for names in combinations(schema.sensitive, n))
    by_name = {"*".join(names): list(names) for names in several}
    check_choice("learner.attribute", attribute, by_name)
    names = by_name[attribute]
    return (inputs[attribute].astype(str) if len(names) == 1 else crossed(inputs[names])).to_numpy(dtype=str)
