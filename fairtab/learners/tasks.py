"""The plain learner of each task: of two values, of classes, and of numbers."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd

from fairtab.learners.classifier import Model, as_inputs, check_classes, make_model
from fairtab.learners.learner import Decisions, Learner, Plain
from fairtab.table import Table
from fairtab.task import Task


class PlainClasses(Learner):
    """The classifier alone: a row gets its most likely class.

    Parameters
    ----------
    classifier : mapping or callable, optional
        As of `Learner`.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(30), "sex": ["F", "M"] * 15, "grade": np.repeat(["a", "b", "c"], 10)})
    >>> table = Table(frame, Schema(("age",), (), "grade", None, ("sex",), task="multi-class"))
    >>> decided = PlainClasses(classifier={"iterations": 20}).fit(table, table, seed=0).predict(table.inputs)
    >>> list(decided.probability), decided.y_pred[0]
    (['a', 'b', 'c'], 'a')
    """

    def fit(self, table: Table, validation: Table, *, seed: int) -> Self:
        """Train the classifier. See `Learner.fit`."""
        check_classes(table)
        self.numerical = table.schema.numerical
        self.classes, codes = np.unique(table.y, return_inverse=True)
        self.fitted = make_model(seed, self.model, Task.CLASSES)
        self.fitted.fit(as_inputs(table.inputs, self.numerical), codes)
        return self

    def predict(self, inputs: pd.DataFrame) -> Decisions:
        """Predict. See `Learner.predict`."""
        probability = self.fitted.predict_proba(as_inputs(inputs, self.numerical))
        return Decisions(pd.DataFrame(probability, columns=self.classes), self.classes[probability.argmax(axis=1)])


class PlainNumbers(Learner):
    """The regression alone.

    Parameters
    ----------
    classifier : mapping or callable, optional
        As of `Learner`, but what it makes has `predict` for numbers.

    Examples
    --------
    >>> from fairtab.groups import Groups, with_groups
    >>> from fairtab.table import Schema
    >>> frame, pay = pd.DataFrame({"age": range(40), "sex": ["F", "M"] * 20, "pay": range(40)}), Groups("pay", (20,))
    >>> schema = Schema(("age", "pay"), (), pay.name, None, ("sex",), task="regression", groups={pay.name: pay})
    >>> table = Table(with_groups(frame, [pay]), schema)
    >>> decided = PlainNumbers(classifier={"iterations": 50}).fit(table, table, seed=0).predict(table.inputs)
    >>> decided.y_pred[0] < 10 < decided.y_pred[39]
    np.True_
    """

    def fit(self, table: Table, validation: Table, *, seed: int) -> Self:
        """Train the regression. See `Learner.fit`."""
        check_classes(table)
        self.numerical = table.schema.numerical
        self.fitted = make_model(seed, self.model, Task.REGRESSION)
        self.fitted.fit(as_inputs(table.inputs, self.numerical), table.y)
        return self

    def predict(self, inputs: pd.DataFrame) -> Decisions:
        """Predict. See `Learner.predict`."""
        predicted = np.asarray(self.fitted.predict(as_inputs(inputs, self.numerical)), dtype=float)
        return Decisions(predicted, predicted)


PLAIN: dict[Task, type[Learner]] = {
    Task.BINARY: Plain,
    Task.CLASSES: PlainClasses,
    Task.REGRESSION: PlainNumbers,
}


def plain(task: Task, classifier: Model | None = None) -> Learner:
    """Make the learner that judges tables of a task.

    Parameters
    ----------
    task : Task
        The kind of the label.
    classifier : mapping or callable, optional
        As of `Learner`.

    Returns
    -------
    Learner
        Not fitted.

    Examples
    --------
    >>> type(plain(Task.REGRESSION)).__name__
    'PlainNumbers'
    """
    return PLAIN[task](classifier=classifier)
