"""Columns of many categories: rare values share a code, and a value is drawn again when rows are decoded.

So the time and the memory of a fit do not grow with the number of values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

MAX_CODES = 256  # of a categorical column: more than any table of the benchmark has, and as many as a network learns
SMOOTHING = 10.0  # rows of the whole group that count beside those of a cell


@dataclass(frozen=True, eq=False)
class Grouping:
    """Groups of a column's values. The number of a group is the code that a method sees.

    A value is drawn for a code and a cell, that is a combination of conditions: by its frequency in the cell, smoothed
    by its frequency in the whole group. So rare values keep their relation to label and groups of people.

    Parameters
    ----------
    group
        The group of each value. [K]
    value, cell, count
        How many training rows of a cell have a value, for each pair that occurs. [M]

    Examples
    --------
    >>> grouping = Grouping.fit(np.array([0, 0, 0, 1, 1, 2, 3]), np.zeros(7, dtype=int), max_codes=3)
    >>> grouping.group.tolist()
    [0, 1, 2, 2]
    >>> drawn = grouping.draw(np.array([0, 1, 2, 2, 2]), np.zeros(5, dtype=int), np.random.default_rng(0))
    >>> drawn[:2].tolist(), set(drawn[2:].tolist()) <= {2, 3}
    ([0, 1], True)
    """

    group: np.ndarray
    value: np.ndarray
    cell: np.ndarray
    count: np.ndarray

    @classmethod
    def fit(cls, values: np.ndarray, cells: np.ndarray, max_codes: int = MAX_CODES) -> Grouping:
        """Group values by their frequency.

        The more frequent values have a group each. The others, in order of frequency, share the other half of the
        groups, which have about equally many rows.

        Parameters
        ----------
        values
            The code of each row's value, of which each occurs. int [N]
        cells
            The number of each row's cell. int [N]
        max_codes
            The number of groups is not larger.
        """
        counts = np.bincount(values)
        order = np.argsort(-counts, kind="stable")
        n_alone = max_codes // 2
        alone, rest = np.split(order, [n_alone])
        before = np.cumsum(counts[rest]) - counts[rest]  # rows of more frequent values
        shared = (before / counts[rest].sum() * (max_codes - n_alone)).astype(int)
        group = np.empty(len(counts), dtype=np.int64)
        group[alone] = np.arange(len(alone))
        group[rest] = len(alone) + np.unique(shared, return_inverse=True)[1]
        (value, cell), count = np.unique(np.stack([values, cells]), axis=1, return_counts=True)
        return cls(group, value, cell, count)

    @property
    def n_groups(self) -> int:
        """The number of groups."""
        return int(self.group.max()) + 1

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Return the group of each value, and the group of the rarest for values that training did not have (-1)."""
        return np.where(values < 0, self.n_groups - 1, self.group[values])

    def draw(self, groups: np.ndarray, cells: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw a value for each row.

        Parameters
        ----------
        groups, cells
            Of each row. int [N]
        rng
            The source of random numbers.

        Returns
        -------
        np.ndarray
            Codes of values. int [N]
        """
        n_cells = max(self.cell.max(), cells.max(initial=0)) + 1
        own = _Rows(self.group[self.value] * n_cells + self.cell, self.value, self.count)
        all_ = _Rows(self.group[self.value], self.value, self.count)
        in_cell = groups * n_cells + cells
        n_own = own.number(in_cell)
        smooth = rng.random(len(groups)) * (n_own + SMOOTHING) >= n_own
        return np.where(smooth, all_.draw(groups, rng), own.draw(in_cell, rng))

    def to_dict(self) -> dict[str, Any]:
        """Return the grouping as plain JSON values."""
        return {name: values.tolist() for name, values in asdict(self).items()}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Grouping:
        """Read what `to_dict` returned."""
        return cls(**{name: np.array(values, dtype=np.int64) for name, values in state.items()})


class _Rows:
    """Training rows by a key. They are kept as counts of values."""

    def __init__(self, key: np.ndarray, value: np.ndarray, count: np.ndarray) -> None:
        order = np.argsort(key, kind="stable")
        self.key, self.value = key[order], value[order]
        self.before = np.concatenate([[0], np.cumsum(count[order])])  # rows before each pair, [M + 1]

    def _range(self, key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        low, high = (self.before[np.searchsorted(self.key, key, side)] for side in ("left", "right"))
        return low, high

    def number(self, key: np.ndarray) -> np.ndarray:
        """Return how many rows have a key, [N]."""
        low, high = self._range(key)
        return high - low

    def draw(self, key: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw the value of a row with each key; any value if there is none, [N]."""
        low, high = self._range(key)
        row = low + (rng.random(len(key)) * (high - low)).astype(int)
        found = np.searchsorted(self.before, row, side="right") - 1
        return self.value[np.minimum(found, len(self.value) - 1)]
