"""Joints p(y, s1..sN): a table's own, the balanced ones of Eq. 8, and those of the label's log-odds by group."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, logit

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
    def from_table(cls, table: Table) -> Joint:
        """The joint that the table itself has, over every combination of the values that occur in it."""
        return cls(cell_counts(table) / len(table))

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Joint:
        """The joint of a frame with a row for each combination: the target, the sensitive attributes, `probability`.

        Raises InputError where there is no such column, a combination comes twice, or they do not sum to 1.
        """
        if "probability" not in frame.columns:
            raise InputError(f"expected a column 'probability', got {', '.join(map(str, frame.columns))}")
        p = frame.set_index([name for name in frame.columns if name != "probability"])["probability"]
        if p.index.has_duplicates:
            raise InputError(f"expected each combination once, got {p.index[p.index.duplicated()][0]} twice")
        return cls(p.astype(float))

    def to_frame(self) -> pd.DataFrame:
        """One row for each combination: the target, the sensitive attributes, `probability`."""
        return self.probability.rename("probability").reset_index()

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

    @property
    def groups(self) -> pd.Series:
        """p(s1..sN), by combination of sensitive values."""
        names = self.probability.index.names[1:]
        return self.probability.groupby(level=names, sort=False).sum()

    def rate_of(self, positive: Hashable, attribute: str, value: Hashable) -> float:
        """p(y = positive | attribute = value); nan for a value that does not occur."""
        p = self.probability.xs(value, level=attribute, drop_level=False)
        total = float(p.sum())
        return float(p.xs(positive, level=0).sum()) / total if total else float("nan")

    def with_odds(
        self,
        positive: Hashable,
        offsets: Mapping[str, Mapping[Hashable, float]] | None = None,
        *,
        level: float = 0,
        rate: float | None = None,
    ) -> Joint:
        """A joint in which the label depends on groups through its log-odds alone, with offsets added up by attribute.

            logit p(y = positive | s) = c + sum_i offsets[attribute i][s_i],    p(s) moved toward uniform by `level`

        c is such that p(y = positive) is `rate`, this joint's own by default. No offset anywhere makes the label
        independent of all sensitive attributes at once. A change of p(y | s) shifts the log-odds of the label given
        the whole row by a constant in each group, so few offsets span what joints can do to a classifier.

        Raises InputError for a level outside 0..10, a rate outside (0, 1), or a label that is not binary.
        """
        check_level(level)
        labels = self.probability.index.unique(level=0)
        if len(labels) != 2 or positive not in labels:
            raise InputError(
                f"expected a label of two values, {positive!r} among them, got {', '.join(map(repr, labels))}"
            )
        rate = float(self.probability.xs(positive, level=0).sum()) if rate is None else rate
        if not 0 < rate < 1:
            raise InputError(f"expected a share of positive labels between 0 and 1, got {rate}")
        p_s = self.groups + (1 / len(self.groups) - self.groups) * level / MAX_LEVEL
        shift = np.zeros(len(p_s))
        for attribute, values in (offsets or {}).items():
            shift += p_s.index.get_level_values(attribute).map(lambda value, values=values: values.get(value, 0.0))
        bound = np.abs(shift).max() + abs(logit(rate)) + 1
        c = brentq(lambda c: float(p_s @ expit(c + shift)) - rate, -bound, bound)
        p_positive = p_s * expit(c + shift)
        parts = [p_positive if label == positive else p_s - p_positive for label in labels]
        joint = pd.concat(parts, keys=labels, names=self.probability.index.names)
        return Joint(joint / joint.sum())

    def to_dict(self) -> dict[str, Any]:
        """The joint as plain JSON values."""
        cells = [list(cell) for cell in self.probability.index]
        names = list(self.probability.index.names)
        return {"names": names, "cells": cells, "probability": self.probability.tolist()}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Joint:
        index = pd.MultiIndex.from_tuples(map(tuple, state["cells"]), names=state["names"])
        return cls(pd.Series(state["probability"], index=index))

    def counts(self, n: int) -> pd.Series:
        """How many of n rows each combination has: to less than a row what its probability says."""
        return pd.Series(apportion(self.probability.to_numpy(), n), index=self.probability.index)

    def draw(self, n: int, *, seed: int) -> pd.DataFrame:
        """n rows of conditions in random order, each combination as often as `counts` says."""
        counts = self.counts(n).to_numpy()
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


def requested(asked: Joint | pd.DataFrame | None, own: Joint) -> Joint:
    """What is asked for as a joint, `own` where nothing is. Raises InputError where it is over other columns."""
    if asked is None:
        return own
    joint = Joint.from_frame(asked) if isinstance(asked, pd.DataFrame) else asked
    names, given = list(own.probability.index.names), list(joint.probability.index.names)
    if sorted(map(str, given)) != sorted(map(str, names)):
        raise InputError(f"joint: expected the columns {', '.join(names)}, got {', '.join(map(str, given))}")
    return joint if given == names else Joint(joint.probability.reorder_levels(names))


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
