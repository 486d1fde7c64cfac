"""What a learner that was trained on a table says of real rows.

This is the one place in which labels of the rows that are scored meet a decision. An `Oracle` is handed them here. A
`Learner` never is.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from fairtab.learners.classifier import Model, OneClass
from fairtab.learners.learner import Decisions, Learner
from fairtab.learners.tasks import plain
from fairtab.metrics.inputs import Predictions
from fairtab.metrics.oracle import Oracle
from fairtab.table import Table
from fairtab.task import Task

Judge = Model | Learner | Oracle
IN_VIEW = "an oracle chose the offsets of groups with the labels of these rows in view: a ceiling, no result"


def predict(
    synthetic: Table,
    validation: Table,
    real: Table,
    *,
    seed: int,
    classifier: Judge | None = None,
    min_group_rows: int = 15,
) -> tuple[Predictions, list[str]]:
    """Train a learner on a synthetic table, and predict real rows.

    Parameters
    ----------
    synthetic, validation : Table
        What the learner learns from (`Learner.fit`).
    real : Table
        The rows to predict.
    seed : int
        The seed of its training.
    classifier : mapping, callable, Learner or Oracle, optional
        The learner, or what the plain one is made of (`fairtab.learners.classifier.Classifier`).
    min_group_rows : int
        As of `Oracle.move`.

    Returns
    -------
    predictions : Predictions
        For the real rows. A synthetic table of one label predicts that label.
    notes : list of str
        What is unusual about them.

    Raises
    ------
    InputError
        The label does not have two values, and a learner or an oracle is given: they are for two values alone.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": [30, 40], "paid": [1, 1], "sex": ["F", "M"]})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> predictions, notes = predict(table, table, table, seed=0)
    >>> notes
    ["target 'paid': a classifier needs two classes, the table has one"]
    """
    schema = real.schema
    oracle = classifier if isinstance(classifier, Oracle) else None
    if isinstance(classifier, Learner | Oracle):
        schema.check_binary(f"the learner {type(classifier).__name__}")
    if isinstance(classifier, Learner):
        learner = classifier
    else:
        learner = plain(schema.task, classifier.model if isinstance(classifier, Oracle) else classifier)

    def predictions(decided: Decisions) -> Predictions:
        numbers = real.frame[list(schema.sensitive_numbers)]
        return Predictions(real.y, decided.probability, decided.y_pred, real.sensitive, schema.task, numbers)

    try:
        decided = learner.fit(synthetic, validation, seed=seed).predict(real.inputs)
    except OneClass as error:  # its constant answer is all there is to score
        return predictions(_constant(synthetic, len(real))), [str(error)]
    made = predictions(decided)
    if oracle:
        made = oracle.move(made, min_group_rows=min_group_rows)
    notes = [IN_VIEW] if oracle else []
    if schema.task is not Task.REGRESSION and len(np.unique(made.y_pred)) == 1:
        only = made.y_pred[0]
        label = ("negative", "positive")[only] if schema.task is Task.BINARY else only
        notes.append(f"the classifier predicts one class for every real row: {label}")
    return made, notes


def _constant(synthetic: Table, n: int) -> Decisions:
    """Return the only label of a table as the decision about every row."""
    y_pred = np.full(n, synthetic.y[0])
    if synthetic.schema.task is Task.CLASSES:
        return Decisions(pd.DataFrame({synthetic.y[0]: np.ones(n)}), y_pred)
    return Decisions(y_pred.astype(float), y_pred)
