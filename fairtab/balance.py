"""Which labels and sensitive attributes to draw: joints p(y, s1..sN), and Eq. 8, which makes them from a level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fairtab import seeds
from fairtab.errors import InputError
from fairtab.table import Table

MAX_LEVEL = 10


@dataclass(frozen=True, eq=False)
class Joint:
    """A distribution over (label, sensitive attributes).

    `probability` has one entry for each combination, its index levels named by the target and the sensitive columns.
    """

    probability: pd.Series

    def __post_init__(self) -> None:
        p = self.probability
        if not np.isfinite(p).all() or (p < 0).any() or not np.isclose(p.sum(), 1, atol=1e-6):
            raise InputError(f"expected probabilities of at least 0 that sum to 1, got a sum of {p.sum():.6g}")

    @classmethod
    def of(cls, table: Table) -> Joint:
        """The joint that the table itself has, over every combination of the values that occur in it."""
        return cls(cell_counts(table) / len(table))

    def balanced(self, level: float) -> Joint:
        """This joint moved toward uniform groups within each label: level 0 keeps it, level 10 is uniform. (Eq. 8)

        p(y) stays. Raises InputError for a level outside 0..10.
        """
        check_level(level)
        by_label = self.probability.groupby(level=0)
        p_y = by_label.transform("sum")
        y_k = (self.probability / p_y).fillna(0)  # p(k | y)
        d_k = by_label.transform("size").rdiv(1) - y_k  # the mean over k of p(k | y) is 1 / K
        return Joint((y_k + d_k * level / MAX_LEVEL) * p_y)

    def to_dict(self) -> dict[str, Any]:
        """The joint as plain JSON values."""
        cells = [list(cell) for cell in self.probability.index]
        names = list(self.probability.index.names)
        return {"names": names, "cells": cells, "probability": self.probability.tolist()}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Joint:
        index = pd.MultiIndex.from_tuples(map(tuple, state["cells"]), names=state["names"])
        return cls(pd.Series(state["probability"], index=index))

    def draw(self, n: int, *, seed: int) -> pd.DataFrame:
        """n rows of conditions in random order, each combination as often as its probability says, give or take one."""
        counts = apportion(self.probability.to_numpy(), n)
        order = seeds.numpy_generator(seed, "order").permutation(np.repeat(np.arange(len(counts)), counts))
        return self.probability.index[order].to_frame(index=False)


def apportion(shares: np.ndarray, n: int) -> np.ndarray:
    """n rows dealt out by shares that sum to 1, rounded by largest remainder. int [K], of sum n

    So that a sample's joint is the one asked for and not a draw around it.
    """
    expected = shares * n
    counts = np.floor(expected + 1e-9).astype(int)
    remainder = np.argsort(counts - expected, kind="stable")[: n - counts.sum()]
    counts[remainder] += 1
    return counts


def cell_counts(table: Table) -> pd.Series:
    """Rows in each combination of label and sensitive values, over every combination of the values that occur."""
    counts = table.frame.groupby(list(table.schema.conditions), dropna=False, observed=True).size()
    return counts.reindex(pd.MultiIndex.from_product(counts.index.levels, names=counts.index.names), fill_value=0)


def small_cells(table: Table, min_rows: int) -> pd.Series:
    """The cells with fewer than `min_rows` rows, and how many they have."""
    counts = cell_counts(table)
    return counts[counts < min_rows]


def check_level(level: float) -> None:
    if not 0 <= level <= MAX_LEVEL:
        raise InputError(f"expected a balancing level from 0 to {MAX_LEVEL}, got {level}")
