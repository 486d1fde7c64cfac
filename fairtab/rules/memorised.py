"""Memorisation rejection: rows that sit too close to single training rows too often are drawn again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression

from fairtab import seeds
from fairtab.frames import crossed
from fairtab.joint import Joint
from fairtab.metrics.closest import MAX_ROWS, Closest, draw_at_most
from fairtab.synthesizer import Synthesizer
from fairtab.table import Schema, Table

N_PILOT = 5000  # rows that say how close the method's rows are before any is rejected
N_NEIGHBOURS = 10  # training rows; the distance to the last of them is the unit in which the first is close
MIN_CELL = 50  # holdout rows; smaller cells of label and groups share one acceptance
REACHED = 0.95  # of the pilot rows have an acceptance below 1: to reach them all would cost too many rows
LEAST = 0.02  # acceptance of the closest rows, so that drawing comes to an end


class Cap:
    """How often rows may be as close to a single training row as they are.

    How close a row is, is its nearest neighbour distance ratio: the distance to the closest training row, divided by
    that to the tenth. It is 0 for a copy. Rows of which nothing was learned, the holdout rows, have ratios, too. So
    rows are accepted with a probability that rises with the ratio and makes small ratios as frequent as among holdout
    rows: rejection sampling by a density ratio, which isotonic regression estimates. Each large cell of label and
    groups has an acceptance of its own, and all small cells share one.

    Parameters
    ----------
    train
        The rows that the method learned from.
    holdout
        Other rows, which it did not learn from. Not the test rows, by which a table is judged.
    seed
        Decides which rows are drawn of tables of more than 50,000.

    Examples
    --------
    >>> from baselines.resample import Resample  # a method that draws nothing but copies
    >>> from fairtab.rules.drawing import draw
    >>> frame = pd.DataFrame({"age": range(400), "sex": ["f", "m"] * 200, "paid": [0, 0, 1, 1] * 100})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> train, holdout = (Table(frame.iloc[rows::2], table.schema) for rows in (0, 1))
    >>> copies = Resample().fit(train, train, seed=0)
    >>> draw(copies, 100, seed=0, cap=Cap(train, holdout, seed=0)).share < 0.1
    True
    """

    text = "closer to single training rows than holdout rows are"

    def __init__(self, train: Table, holdout: Table, *, seed: int) -> None:
        self.schema = train.schema
        self.closest = Closest([draw_at_most(train, MAX_ROWS, seed)], scale=train)
        self.holdout = draw_at_most(holdout, MAX_ROWS, seed).frame
        counts = _cells(self.holdout, self.schema).value_counts()
        self.large = set(counts[counts >= MIN_CELL].index)

    def rejecting(
        self, synthesizer: Synthesizer, joint: Joint | pd.DataFrame | None, *, seed: int
    ) -> Callable[[pd.DataFrame], np.ndarray]:
        """Learn from a pilot sample how often rows are to be accepted.

        Parameters
        ----------
        synthesizer
            The fitted method.
        joint
            The joint that rows are to have.
        seed
            Decides the pilot sample, and which rows are rejected.

        Returns
        -------
        callable
            Takes rows of the method and tells which are rejected. It draws at random, so a second call may differ.
        """
        pilot = synthesizer.sample(N_PILOT, seed=seeds.derive(seed, "pilot"), joint=joint).frame
        of_pilot, pilot_cell = self.ratio(pilot), self._cell(pilot)
        of_holdout, holdout_cell = self.ratio(self.holdout), self._cell(self.holdout)
        learned = {}
        for cell in np.unique(pilot_cell):
            same = holdout_cell == cell
            learned[cell] = _acceptance(
                of_pilot[pilot_cell == cell], of_holdout[same if same.sum() >= MIN_CELL else slice(None)]
            )
        rng = seeds.numpy_generator(seed, "reject")

        def rejects(frame: pd.DataFrame) -> np.ndarray:
            ratio, cells = self.ratio(frame), self._cell(frame)
            accepted = np.ones(len(frame))
            for cell, acceptance in learned.items():
                accepted[cells == cell] = acceptance(ratio[cells == cell])
            return rng.random(len(frame)) >= np.maximum(accepted, LEAST)

        return rejects

    def ratio(self, frame: pd.DataFrame) -> np.ndarray:
        """Compute nearest neighbour distance ratios.

        Parameters
        ----------
        frame
            The rows.

        Returns
        -------
        array of float, shape [rows]
            From 0 (a copy of one training row) to 1 (ten training rows are equally close).
        """
        distances = np.sqrt(self.closest.squared(Table(frame, self.schema), N_NEIGHBOURS)[:, 0])
        first, last = distances[:, 0], distances[:, -1]
        return np.divide(first, last, out=np.ones_like(first), where=last > 0)

    def _cell(self, frame: pd.DataFrame) -> np.ndarray:
        """Name the cell of each row, "" if it is a small one."""
        cells = _cells(frame, self.schema)
        return cells.where(cells.isin(self.large), "").to_numpy()


def _cells(frame: pd.DataFrame, schema: Schema) -> pd.Series:
    return crossed(frame[list(schema.conditions)])


def _acceptance(of_pilot: np.ndarray, of_holdout: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Learn how often to accept a ratio: the density of holdout rows by that of the method's rows, at most 1."""
    n, n_holdout = len(of_pilot), len(of_holdout)
    ratios, is_holdout = np.r_[of_pilot, of_holdout], np.repeat([0, 1], [n, n_holdout])
    weight = np.repeat([1 / n, 1 / n_holdout], [n, n_holdout])
    model = IsotonicRegression(y_min=0.001, y_max=0.999, out_of_bounds="clip")
    model.fit(ratios, is_holdout, sample_weight=weight)

    def density_ratio(of: np.ndarray) -> np.ndarray:
        share = model.predict(of)
        return share / (1 - share)

    most = max(1.0, float(np.quantile(density_ratio(of_pilot), REACHED)))
    return lambda of: np.minimum(density_ratio(of) / most, 1) if len(of) else np.ones(0)
