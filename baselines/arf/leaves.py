"""The leaves of a random forest, and rows drawn from them column by column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np


@dataclass(frozen=True, eq=False)
class Leaves:
    """All leaves of a forest: the training rows in them, and the box of codes that each leaf is.

    Parameters
    ----------
    of
        The leaf of each training row, for each tree. Leaves are numbered through all trees. int [n_trees, N]
    low, high
        The smallest and the largest code of each column that the tree's splits leave to a leaf. int [n_leaves, d]

    Examples
    --------
    >>> one_tree = Leaves(np.array([[0, 0, 1]]), np.array([[0], [2]]), np.array([[1], [2]]))
    >>> one_tree.counts.tolist(), one_tree.members.tolist()
    ([2, 1], [0, 1, 2])
    """

    of: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of_forest(cls, trees: list[Any], codes: np.ndarray, min_rows: int) -> Self:
        """Find the leaves of scikit-learn's trees. [N, d] codes from 0 on are the rows that the leaves hold."""
        of = np.empty((len(trees), len(codes)), dtype=np.int32)
        boxes: list[Box] = []
        for i, tree in enumerate(trees):
            for box in split(tree, codes, min_rows):
                of[i, box.rows] = len(boxes)
                boxes.append(box)
        return cls(of, np.stack([box.low for box in boxes]), np.stack([box.high for box in boxes]))

    @cached_property
    def counts(self) -> np.ndarray:
        """How many rows each leaf has, int [n_leaves]."""
        return np.bincount(self.of.ravel())

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each leaf begins in `members`, int [n_leaves]."""
        return np.cumsum(self.counts) - self.counts

    @cached_property
    def members(self) -> np.ndarray:
        """The rows of the first leaf, then those of the second, and so on, int [n_trees * N]."""
        return np.argsort(self.of, axis=None, kind="stable") % self.of.shape[1]

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw the leaves of n new rows: a tree, then one of its leaves by coverage. int [n]"""
        n_trees, n_rows = self.of.shape
        return self.of[rng.integers(n_trees, size=n), rng.integers(n_rows, size=n)]  # a random row's leaf

    def draw_codes(self, codes: np.ndarray, leaf: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw each code by itself among the codes [N, d] of the leaf's rows, for leaves [n]. int [n, d]"""
        within = rng.integers(self.counts[leaf][:, None], size=(len(leaf), codes.shape[1]))
        return np.take_along_axis(codes, self.members[self.starts[leaf][:, None] + within], axis=0)

    def moments(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation of a number of each row [N] in each leaf, both [n_leaves].

        The deviation of a single row is 0.
        """
        numbers = numbers[self.members]
        mean = np.add.reduceat(numbers, self.starts) / self.counts
        squares = np.add.reduceat((numbers - np.repeat(mean, self.counts)) ** 2, self.starts)
        return mean, np.sqrt(squares / np.maximum(self.counts - 1, 1))


class Box(NamedTuple):
    """A leaf: its rows, and its smallest and largest code of each column [d]."""

    rows: np.ndarray
    low: np.ndarray
    high: np.ndarray


def split(tree: Any, codes: np.ndarray, min_rows: int) -> Iterator[Box]:
    """Split rows by scikit-learn's tree, and yield its leaves.

    No leaf has fewer than min_rows rows, unless the table has fewer. If one side of a split would have fewer, all rows
    go to the other side, and the split is no bound. If both sides would, the rows are a leaf.

    Parameters
    ----------
    tree
        The `tree_` of a fitted decision tree.
    codes
        The rows. Codes begin at 0. int [N, d]
    min_rows
        The number of rows that every leaf has at least.

    Yields
    ------
    Box
        A leaf.
    """
    left, right, columns, thresholds = tree.children_left, tree.children_right, tree.feature, tree.threshold
    todo = [(0, Box(np.arange(len(codes)), np.zeros_like(codes[0]), codes.max(axis=0)))]
    while todo:
        node, box = todo.pop()
        if left[node] == right[node]:  # both are -1: no split
            yield box
            continue
        column, last = columns[node], int(thresholds[node])  # codes up to `last` go to the left
        to_left = codes[box.rows, column] <= last
        sides = {left[node]: box.rows[to_left], right[node]: box.rows[~to_left]}
        large = [child for child, rows in sides.items() if len(rows) >= min_rows]
        if not large:
            yield box
        elif len(large) == 1:
            todo.append((large[0], box))
        else:
            low, high = box.low.copy(), box.high.copy()
            high[column], low[column] = last, last + 1
            todo.append((left[node], Box(sides[left[node]], box.low, high)))
            todo.append((right[node], Box(sides[right[node]], low, box.high)))
