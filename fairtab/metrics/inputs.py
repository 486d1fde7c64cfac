"""What metrics are computed from: a learner's predictions, and tables with the distances between them.

The catalogue names these attributes as the inputs of its metrics. `fairness.GroupPredictions` is the third kind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from fairtab.metrics import closest, fidelity, privacy
from fairtab.table import Split, Table
from fairtab.task import Task


@dataclass(frozen=True)
class Predictions:
    """What a learner says of real rows.

    Parameters
    ----------
    y_true : array of 0 and 1, of classes or of numbers, shape [N]
        The labels.
    probability : array of float, shape [N], or pandas.DataFrame, shape [N, classes]
        The predicted probability of 1, or of each class. In regression it is the prediction.
    y_pred : array of 0 and 1, of classes or of numbers, shape [N]
        The predictions.
    sensitive : pandas.DataFrame, shape [N, attributes]
        The sensitive columns.
    task : Task
        The kind of the label.
    numbers : pandas.DataFrame, shape [N, numbers], optional
        The sensitive numbers, such as an age.

    Examples
    --------
    >>> sex = pd.DataFrame({"sex": ["F", "M"]})
    >>> Predictions(np.array([1, 0]), np.array([0.9, 0.2]), np.array([1, 0]), sex).y_pred
    array([1, 0])
    """

    y_true: np.ndarray
    probability: np.ndarray | pd.DataFrame
    y_pred: np.ndarray
    sensitive: pd.DataFrame
    task: Task = Task.BINARY
    numbers: pd.DataFrame | None = None

    def take(self, rows: np.ndarray) -> Predictions:
        """Return the predictions of some rows, which may come again, without sensitive numbers."""
        given = self.probability
        return replace(
            self,
            y_true=self.y_true[rows],
            probability=given.iloc[rows] if isinstance(given, pd.DataFrame) else given[rows],
            y_pred=self.y_pred[rows],
            sensitive=self.sensitive.iloc[rows].reset_index(drop=True),
            numbers=None,
        )


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
        self.train, self.test, self.holdout = split.train, split.test, split.holdout
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
    def pair_errors(self) -> dict[tuple[str, str], float]:
        """The error of each pair of columns, between both samples."""
        return fidelity.pair_errors(self.synthetic_sample, self.test_sample)

    @cached_property
    def distances(self) -> closest.Distances:
        """From synthetic rows to training and holdout rows, and back."""
        return closest.distances_to_closest(self.synthetic, self.train, self.holdout, seed=self.seed)

    @cached_property
    def copies(self) -> np.ndarray:
        """Which synthetic rows equal a training row: bool [synthetic rows]."""
        return privacy.exact_copies(self.synthetic, self.train)

    @cached_property
    def copies_in_holdout(self) -> np.ndarray:
        """Which holdout rows equal a training row: bool [holdout rows]."""
        return privacy.exact_copies(self.holdout, self.train)
