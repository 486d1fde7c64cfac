"""What classifiers say of real rows, moved to any joint by arithmetic."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import logit

from fairtab import seeds
from fairtab.goals.goal import Metrics
from fairtab.goals.space import Point, Space
from fairtab.goals.unseen import Unseen
from fairtab.metrics import fairness
from fairtab.table import Table

SELECTED = "utility/positive_rate"
WIDTH, TOP = 0.05, 12.0  # log-odds are counted in bins of this width, up to this size
EDGES = np.linspace(-TOP, TOP, round(2 * TOP / WIDTH) + 1)
CUT = len(EDGES) // 2  # the edge 0: a row above it is predicted positive
BANDWIDTH = 0.3  # in log-odds: a classifier counts less if its joint is further away than this
N_DRAWS = 64


class Surface:
    """AUC, DPR, EOR and selection rate on real rows, as functions of the joint of the synthetic table.

    If p(y | s) of a table changes and p(x | y, s) does not, then the log-odds of the label given the whole row change
    by a constant in each cell of sensitive values:

        logit p'(y | x, s) = logit p(y | x, s) + logit p'(y | s) - logit p(y | s)

    So one classifier, trained at one joint, tells what a classifier trained at any other joint would say. Each one that
    is added is moved to the joint in question, and the metrics are means over all of them. The classifiers of near
    joints count most.

    The rows are few, and their luck moves all classifiers alike. Training rows are more, but a synthetic table may
    remember them, so a classifier of it is not measured on them. Classifiers of the real table are, out of fold. The
    difference between what these say of all rows and of the rows alone is the luck of the rows, and it is taken off
    every classifier (a control variate). What is left need not fall from edge to edge, as shares above an edge do, so
    it is sorted (rearrangement, Chernozhukov, Fernandez-Val and Galichon 2009): no rate is biased by this.

    A ratio of rates has a lower expectation on few rows than on many. Here it is the expectation on as many other rows:
    the rate of each group and label is drawn around what was counted, with its sampling error.

    Parameters
    ----------
    space
        The joints.
    rows
        Real rows.
    min_group_rows
        Leave out groups with fewer rows of either label.
    seed
        Where the random numbers start.
    unseen
        What classifiers of the real table say. Without it, the rows alone are measured.

    Attributes
    ----------
    selection_rate : float
        The share of rows that a classifier of the real table predicts positive, nan if nothing is known of it.

    Examples
    --------
    Women have the lower scores. An offset that lowers the log-odds of men lifts theirs, since p(y) is kept.

    >>> from fairtab import Goal, Schema
    >>> frame = pd.DataFrame({"hired": [0, 0, 1, 1] * 50, "sex": ["f", "m"] * 100})
    >>> rows = Table(frame, Schema((), (), "hired", 1, ("sex",)))
    >>> space = Space(Goal(dpr=0.8), rows)
    >>> surface = Surface(space, rows, min_group_rows=0, seed=0)
    >>> surface.add(space.start, np.tile([0.2, 0.3, 0.4, 0.7], 50))
    >>> near, _ = surface.expected(space.start)
    >>> far, _ = surface.expected({**space.start, "offset/sex/m": -0.9})
    >>> near["fairness/dpr/sex"], round(far["fairness/dpr/sex"], 1)
    (0.0, 1.0)
    """

    def __init__(
        self, space: Space, rows: Table, *, min_group_rows: int, seed: int, unseen: Unseen | None = None
    ) -> None:
        self.space = space
        cells = space.cells
        self.cell = self._cells_of(rows)  # -1: a value that training lacks
        self.y = rows.y
        self.n_rows = self._count(self.cell, self.y)  # [cells, label]
        self.n = self.n_rows  # of the kind of rows that a classifier is to be scored on
        self.luck, self.selection_rate = None, float("nan")
        if unseen:
            self._learn_from(unseen)
        groups = fairness.groups_by_attribute(cells.to_frame(index=False))
        self.members: dict[str, np.ndarray] = {}  # of each attribute, the cells of each large group: [groups, cells]
        for attribute in space.attributes:
            member = pd.get_dummies(groups[attribute].astype(str)).to_numpy(dtype=float).T
            self.members[attribute] = member[(member @ self.n_rows).min(axis=1) >= max(min_group_rows, 1)]
        rng = seeds.numpy_generator(seed, "sampling error")
        self.noise = {name: rng.normal(size=(N_DRAWS, len(m), 2)) for name, m in self.members.items()}
        self.at = np.empty((0, len(cells)))  # the label's log-odds at the joints of the classifiers: [K, cells]
        self.above = np.empty((0, len(cells), 2, len(EDGES)))  # how many rows are above each edge: [K, cells, label, E]

    def _learn_from(self, unseen: Unseen) -> None:
        """Note how many rows a classifier of the real table selects, and the luck of the rows, at its joint.

        The luck is the share of all rows above each edge, less that of the rows alone.
        """
        of_rows = np.mean([self._above(self.cell, self.y, one) for one in unseen.of_rows], axis=0)
        cell = self._cells_of(unseen.train)
        n_train = self._count(cell, unseen.train.y)
        above, n = of_rows + self._above(cell, unseen.train.y, unseen.of_train), self.n_rows + n_train
        self.selection_rate = float(above[..., CUT].sum() / n.sum())
        self.luck = _share(above, n) - _share(of_rows, self.n_rows)  # [cells, label, E]
        self.real_at = logit((n_train[:, 1] + 0.5) / (n_train.sum(axis=1) + 1))  # [cells]
        scored = np.where(self.n_rows > 0, n, 0)  # of the others, nothing is known of a synthetic table's classifier
        self.n = scored * self.n_rows.sum() / max(scored.sum(), 1)

    def add(self, point: Point, probability: np.ndarray) -> None:
        """Add a classifier.

        Parameters
        ----------
        point
            The joint of the table that it was trained on.
        probability
            What it predicts for the rows: float [N]
        """
        at = self.space.log_odds(point)
        above = self._above(self.cell, self.y, probability)
        if self.luck is not None:
            share = _share(above, self.n_rows) + _shifted(self.luck[None], (at - self.real_at)[None])[0]
            above = self.n[..., None] * np.sort(share)[..., ::-1].clip(0, 1)
        self.above = np.concatenate([self.above, above[None]])
        self.at = np.concatenate([self.at, at[None]])

    def expected(self, point: Point) -> tuple[Metrics, Metrics]:
        """Compute what a classifier is expected to reach, if it is trained on a table with the joint at a point.

        Returns
        -------
        expected : dict of str to float
            AUC, the share that is predicted positive, and DPR and EOR of each attribute of the space.
        error : dict of str to float
            Their standard errors over the classifiers; 0 if there is one classifier.
        """
        move = self.space.log_odds(point) - self.at  # [K, cells]
        values = self._moved(move)
        distance = np.square(move) @ self.space.sizes
        weights = np.exp((distance.min() - distance) / (2 * BANDWIDTH**2))
        weights /= weights.sum()
        expected = {name: float(weights @ value) for name, value in values.items()}
        n = 1 / np.square(weights).sum()  # as many classifiers of equal weight have the same error
        spread = {name: float(weights @ np.square(value - expected[name])) for name, value in values.items()}
        return expected, {name: float(variance / max(n - 1, 1)) ** 0.5 for name, variance in spread.items()}

    def _moved(self, move: np.ndarray) -> dict[str, np.ndarray]:
        """Compute the metrics of each classifier after a move: [K] each."""
        above = _shifted(self.above, move)
        negative, positive = above.sum(axis=1).swapaxes(0, 1)  # [K, E]
        below = negative[:, :1] - (negative[:, :-1] + negative[:, 1:]) / 2  # of each bin: a tie counts half
        pairs = positive[:, 0] * negative[:, 0]
        selected = above[..., CUT]  # [K, cells, label]
        with np.errstate(invalid="ignore", divide="ignore"):
            values = {
                "utility/auc": (-np.diff(positive) * below).sum(axis=1) / pairs,
                SELECTED: selected.sum(axis=(1, 2)) / self.n.sum(),
            }
            for name, member in self.members.items():
                dpr, eor = self._ratios(name, member @ selected, member @ self.n)
                values |= {f"fairness/dpr/{name}": dpr, f"fairness/eor/{name}": eor}
        return {name: np.nan_to_num(value) for name, value in values.items()}

    def _ratios(self, attribute: str, selected: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Compute the expectations of DPR and EOR: [K] each."""
        if len(n) < 2:
            return np.full(len(selected), np.nan), np.full(len(selected), np.nan)
        rate = (selected / n)[:, None]  # [K, 1, groups, label]
        drawn = (rate + np.sqrt(rate * (1 - rate) / n) * self.noise[attribute]).clip(0, 1)  # [K, draws, groups, label]
        of_all = (drawn * n).sum(-1) / n.sum(-1)
        by_label = drawn.min(axis=2) / drawn.max(axis=2)  # [K, draws, label]
        # a draw whose rates are all 0 has no ratio, and says nothing
        return _mean(of_all.min(axis=2) / of_all.max(axis=2)), _mean(by_label.min(axis=2))

    def _cells_of(self, table: Table) -> np.ndarray:
        """Return the cell of each row, -1 if it is none: [N]."""
        return self.space.cells.get_indexer(pd.MultiIndex.from_frame(table.sensitive))

    def _count(self, cell: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Count rows by cell and label: [cells, label]."""
        counts = np.zeros((len(self.space.cells), 2))
        np.add.at(counts, (cell[cell >= 0], y[cell >= 0]), 1)
        return counts

    def _above(self, cell: np.ndarray, y: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """Count the rows above each edge: [cells, label, E]."""
        tiny = np.finfo(np.float32).tiny
        at = np.searchsorted(EDGES, logit(np.clip(probability, tiny, 1 - 1e-7)), side="left") - 1
        bins = np.zeros((len(self.space.cells), 2, len(EDGES)))
        known = cell >= 0
        np.add.at(bins, (cell[known], y[known], at.clip(0, len(EDGES) - 2)[known]), 1)
        return bins[..., ::-1].cumsum(-1)[..., ::-1]


def _share(above: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Divide counts [cells, label, E] by those of all rows [cells, label]; 0 where there are none."""
    return above / np.maximum(n, 1)[..., None]


def _mean(draws: np.ndarray) -> np.ndarray:
    """Return the mean of the draws that are numbers, nan if there is none: [K, draws] to [K]."""
    n = np.count_nonzero(~np.isnan(draws), axis=1)
    return np.nansum(draws, axis=1) / n


def _shifted(above: np.ndarray, move: np.ndarray) -> np.ndarray:
    """Return how many rows are above each edge after their log-odds moved, with lines between edges.

    `above` is [K, cells, label, E], `move` [K, cells].
    """
    n = above.shape[-1]
    steps = (move / WIDTH)[..., None]
    whole = np.floor(steps)
    edges = (np.arange(-1, n) - whole).astype(int).clip(0, n - 1)  # [K, cells, E + 1]
    first = n * np.arange(above[..., 0].size).reshape(above.shape[:-1])  # of each row of edges
    at = above.reshape(-1)[first[..., None] + edges[..., None, :]]  # one look, for twenty groups take long
    low, high = at[..., :-1], at[..., 1:]
    shifted = high + (steps - whole)[..., None] * (low - high)
    shifted[..., 0], shifted[..., -1] = above[..., 0], 0  # what goes beyond the first and the last edge stays there
    return shifted
