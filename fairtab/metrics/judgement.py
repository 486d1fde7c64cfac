"""What a learner that was trained on a table says of real rows.

This is the one place in which labels of the rows that are scored meet a decision. An `Oracle` is handed them here. A
`Learner` never is.
"""

from __future__ import annotations

import numpy as np

from fairtab.learners.classifier import Model, OneClass
from fairtab.learners.learner import Learner, Plain
from fairtab.metrics.inputs import Predictions
from fairtab.metrics.oracle import Oracle
from fairtab.table import Table

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
    oracle = classifier if isinstance(classifier, Oracle) else None
    if isinstance(classifier, Learner):
        learner = classifier
    else:
        learner = Plain(classifier=classifier.model if isinstance(classifier, Oracle) else classifier)
    try:
        probability, y_pred = learner.fit(synthetic, validation, seed=seed).predict(real.inputs)
    except OneClass as error:  # its constant answer is all there is to score
        y_pred = np.full(len(real), synthetic.y[0])
        return Predictions(real.y, y_pred.astype(float), y_pred, real.sensitive), [str(error)]
    predictions = Predictions(real.y, probability, y_pred, real.sensitive)
    if oracle:
        predictions = oracle.move(predictions, min_group_rows=min_group_rows)
    notes = [IN_VIEW] if oracle else []
    if len(np.unique(y_pred)) == 1:
        label = ("negative", "positive")[y_pred[0]]
        notes.append(f"the classifier predicts one class for every real row: {label}")
    return predictions, notes
