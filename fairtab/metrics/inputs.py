"""What metrics are computed from: a classifier's predictions, and tables with the distances between them.

The catalogue names these attributes as the inputs of its metrics. `fairness.GroupPredictions` is the third kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from fairtab.errors import InputError
from fairtab.metrics import closest, privacy
from fairtab.metrics.classifier import Classifier, Model
from fairtab.table import Split, Table


@dataclass(frozen=True)
class Predictions:
    """What a classifier says of real rows.

    Parameters
    ----------
    y_true : array of 0 and 1, shape [N]
        The labels.
    probability : array of float, shape [N]
        The predicted probability of 1.
    sensitive : pandas.DataFrame, shape [N, attributes]
        The sensitive columns.

    Examples
    --------
    >>> Predictions(np.array([1, 0]), np.array([0.9, 0.2]), pd.DataFrame({"sex": ["F", "M"]})).y_pred
    array([1, 0])
    """

    y_true: np.ndarray
    probability: np.ndarray
    sensitive: pd.DataFrame

    @property
    def y_pred(self) -> np.ndarray:
        """The predictions: 1 if the probability is above 1/2."""
        return (self.probability > 0.5).astype(int)


def predict(
    synthetic: Table, real: Table, *, seed: int, classifier: Model | None = None
) -> tuple[Predictions, list[str]]:
    """Train a classifier on a synthetic table, and predict real rows.

    Parameters
    ----------
    synthetic, real : Table
        Training rows of the classifier, and the rows to predict.
    seed : int
        The seed of its training.
    classifier : mapping or callable, optional
        See `classifier.Classifier`.

    Returns
    -------
    predictions : Predictions
        For the real rows. A synthetic table of one label predicts that label.
    notes : list of str
        What is unusual about them.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": [30, 40], "paid": [1, 1], "sex": ["F", "M"]})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> predictions, notes = predict(table, table, seed=0)
    >>> notes
    ["target 'paid': a classifier needs two classes, the table has one"]
    """
    try:
        probability = Classifier(seed=seed, model=classifier).fit(synthetic).predict_probability(real)
    except InputError as error:  # one label only: its constant answer is all there is to score
        probability = np.full(len(real), float(synthetic.y[0]))
        return Predictions(real.y, probability, real.sensitive), [str(error)]
    predictions = Predictions(real.y, probability, real.sensitive)
    y_pred = predictions.y_pred
    if len(np.unique(y_pred)) == 1:
        label = ("negative", "positive")[y_pred[0]]
        return predictions, [f"the classifier predicts one class for every real row: {label}"]
    return predictions, []


class Tables:
    """A synthetic table, the real tables, and what is known between them. Each part is computed when first asked for.

    Parameters
    ----------
    synthetic : Table
        The synthetic table.
    split : Split
        The real tables.
    seed : int
        Decides which rows are drawn from large tables.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": [30, 40], "paid": [0, 1], "sex": ["F", "M"]})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> Tables(table, Split(table, table, table), seed=0).copies
    array([ True,  True])
    """

    def __init__(self, synthetic: Table, split: Split, seed: int) -> None:
        self.synthetic = synthetic
        self.train, self.test = split.train, split.test
        self.seed = seed

    @property
    def synthetic_sample(self) -> Table:
        """The synthetic table, or rows drawn from it if it has more than `closest.MAX_ROWS`."""
        return closest.draw_at_most(self.synthetic, closest.MAX_ROWS, self.seed)

    @property
    def test_sample(self) -> Table:
        """The test table, or rows drawn from it if it has more than `closest.MAX_ROWS`."""
        return closest.draw_at_most(self.test, closest.MAX_ROWS, self.seed)

    @cached_property
    def distances(self) -> closest.Distances:
        """From synthetic rows to training and test rows, and back."""
        return closest.distances_to_closest(self.synthetic, self.train, self.test, seed=self.seed)

    @cached_property
    def copies(self) -> np.ndarray:
        """Which synthetic rows equal a training row: bool [synthetic rows]."""
        return privacy.exact_copies(self.synthetic, self.train)

    @cached_property
    def copies_in_test(self) -> np.ndarray:
        """Which test rows equal a training row: bool [test rows]."""
        return privacy.exact_copies(self.test, self.train)
