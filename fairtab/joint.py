"""Joint distributions p(y, s1..sN) of the label and the sensitive attributes, and ways to change them."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit, logit

from fairtab import seeds
from fairtab.errors import InputError
from fairtab.levels import MAX_LEVEL, check_level
from fairtab.table import Table

TOLERANCE, ROUNDING = 1.1e-5, 1e-9  # how far a sum of probabilities may be from 1, and how far computing moves it


@dataclass(frozen=True, eq=False)
class Joint:
    """A distribution over the label and the sensitive attributes.

    Parameters
    ----------
    probability
        One entry for each combination. The index levels have the names of the target and of the sensitive columns,
        the target first.

    Raises
    ------
    InputError
        A probability is negative or not finite, or they do not sum to 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab import Schema, Table
    >>> frame = pd.DataFrame({"hired": [1, 1, 1, 0], "sex": ["m", "m", "f", "m"]})
    >>> joint = Joint.from_table(Table(frame, Schema((), (), "hired", 1, ("sex",))))
    >>> joint.balanced(10).to_frame()
       hired sex  probability
    0      0   f        0.125
    1      0   m        0.125
    2      1   f        0.375
    3      1   m        0.375
    """

    probability: pd.Series

    def __post_init__(self) -> None:
        p = self.probability
        if not np.isfinite(p).all() or (p < 0).any() or not abs(p.sum() - 1) <= TOLERANCE:
            raise InputError(f"expected probabilities of at least 0 that sum to 1, got a sum of {p.sum():.6g}")
        if abs(p.sum() - 1) > ROUNDING:  # numbers that somebody rounded; counts of rows have to add up
            object.__setattr__(self, "probability", p / p.sum())

    @classmethod
    def from_table(cls, table: Table) -> Joint:
        """Return the table's own joint, over every combination of the values that occur in it."""
        return cls(cell_counts(table) / len(table))

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Joint:
        """Read a joint from a frame with one row for each combination.

        Parameters
        ----------
        frame
            Its columns are the target, the sensitive attributes, and `probability`.

        Raises
        ------
        InputError
            There is no column `probability`, a combination comes twice, or the probabilities do not sum to 1.
        """
        if "probability" not in frame.columns or len(frame.columns) < 2:
            names = ", ".join(map(str, frame.columns))
            raise InputError(f"expected a column 'probability', and those of label and groups, got {names}")
        if not pd.api.types.is_numeric_dtype(frame["probability"]):
            raise InputError("column 'probability': expected numbers from 0 to 1, as in 0.25")
        p = frame.set_index([name for name in frame.columns if name != "probability"])["probability"]
        if p.index.has_duplicates:
            raise InputError(f"expected each combination once, got {p.index[p.index.duplicated()][0]} twice")
        return cls(p.astype(float))

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each combination: the target, the sensitive attributes, and `probability`."""
        return self.probability.rename("probability").reset_index()

    def balanced(self, level: float) -> Joint:
        """Move the groups within each label toward equal sizes, and keep p(y) (Eq. 8 of the paper).

        Parameters
        ----------
        level
            0 keeps the joint, 10 makes all groups of a label equally large.

        Raises
        ------
        InputError
            The level is below 0 or above 10.
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
        """Return p(y = positive | attribute = value), or nan if this value has no probability."""
        p = self.probability[self.probability.index.get_level_values(attribute) == value]
        total = float(p.sum())
        return float(p[p.index.get_level_values(0) == positive].sum()) / total if total else float("nan")

    def rates_beside(self, other: Joint, positive: Hashable) -> dict[str, dict[str, list[float | None]]]:
        """Return p(y = positive | group) of this joint and of another, by attribute and by value as text.

        A rate is None if a joint does not have the group: a private fit may not know the rarest ones.
        """

        def rates(name: str, value: Hashable) -> list[float | None]:
            found = [joint.rate_of(positive, name, value) for joint in (self, other)]
            return [None if math.isnan(rate) else rate for rate in found]

        return {
            name: {str(value): rates(name, value) for value in self.probability.index.unique(name)}
            for name in self.groups.index.names
        }

    def with_odds(
        self,
        positive: Hashable,
        offsets: Mapping[str, Mapping[Hashable, float]] | None = None,
        *,
        level: float = 0,
        rate: float | None = None,
    ) -> Joint:
        """Return a joint whose label depends on the groups through its log-odds alone.

            logit p(y = positive | s) = c + sum_i offsets[attribute i][s_i]

        The constant c is chosen so that p(y = positive) is `rate`. If there is no offset, the label is independent of
        all sensitive attributes at once. A change of p(y | s) shifts the log-odds of the label given the whole row by
        a constant in each group, so a few offsets describe all that a joint can do to a classifier.

        Parameters
        ----------
        positive
            The positive value of the label.
        offsets
            Log-odds to add, by attribute and by its value. A value that is not named has the offset 0.
        level
            How far p(s) is moved toward equal groups, from 0 to 10.
        rate
            The share of positive labels; by default this joint's own.

        Raises
        ------
        InputError
            The level is outside 0..10, the rate is outside (0, 1), or the label is not binary.
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
        p_positive = p_s * expit(at_rate(shift, p_s.to_numpy(), rate))
        parts = [p_positive if label == positive else p_s - p_positive for label in labels]
        joint = pd.concat(parts, keys=labels, names=self.probability.index.names)
        return Joint(joint / joint.sum())

    def to_dict(self) -> dict[str, Any]:
        """Return the joint as plain JSON values."""
        cells = [list(cell) for cell in self.probability.index]
        names = list(self.probability.index.names)
        return {"names": names, "cells": cells, "probability": self.probability.tolist()}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Joint:
        """Read what `to_dict` returned."""
        index = pd.MultiIndex.from_tuples(map(tuple, state["cells"]), names=state["names"])
        return cls(pd.Series(state["probability"], index=index))

    def counts(self, n: int) -> pd.Series:
        """Return how many of `n` rows each combination has, less than one row away from n times its probability."""
        return pd.Series(apportion(self.probability.to_numpy(), n), index=self.probability.index)

    def draw(self, n: int, *, seed: int) -> pd.DataFrame:
        """Return the conditions of `n` rows in random order; each combination is as frequent as `counts` says."""
        counts = self.counts(n).to_numpy()
        order = seeds.numpy_generator(seed, "order").permutation(np.repeat(np.arange(len(counts)), counts))
        return self.probability.index[order].to_frame(index=False)


def at_rate(shift: np.ndarray, p_s: np.ndarray, rate: float) -> np.ndarray:
    """Add the constant to the log-odds of groups with which the share of positive labels is `rate`.

    Parameters
    ----------
    shift
        Log-odds of the positive label in each group, but for a constant. [K]
    p_s
        The shares of the groups. [K]
    rate
        The share of positive labels, between 0 and 1.

    Returns
    -------
    np.ndarray
        The log-odds. [K]

    Examples
    --------
    >>> log_odds = at_rate(np.array([0.0, 2.0]), np.array([0.5, 0.5]), rate=0.5)
    >>> log_odds.round(6).tolist()
    [-1.0, 1.0]
    """
    bound = np.abs(shift).max() + abs(logit(rate)) + 1
    return shift + brentq(lambda c: p_s @ expit(c + shift) - rate, -bound, bound)


def apportion(shares: np.ndarray, n: int) -> np.ndarray:
    """Divide `n` rows by shares, rounded by the largest remainder.

    A sample then has exactly the joint that was asked for, and not a draw around it.

    Parameters
    ----------
    shares
        Numbers of at least 0 that sum to 1. [K]
    n
        How many rows there are.

    Returns
    -------
    np.ndarray
        Whole numbers that sum to n. int [K]

    Examples
    --------
    >>> apportion(np.array([0.5, 0.3, 0.2]), 4)
    array([2, 1, 1])
    """
    expected = shares * n
    counts = np.floor(expected + 1e-9).astype(int)
    remainder = np.argsort(counts - expected, kind="stable")[: n - counts.sum()]
    counts[remainder] += 1
    return counts


def requested(asked: Joint | pd.DataFrame | None, own: Joint) -> Joint:
    """Return the joint that `Synthesizer.sample` was asked for.

    Parameters
    ----------
    asked
        A joint, a frame as `Joint.from_frame` takes it, or None.
    own
        The training table's joint, which is returned if nothing was asked for.

    Returns
    -------
    Joint
        Its index levels are in the order of `own`.

    Raises
    ------
    InputError
        The joint is over other columns than `own`.

    Examples
    --------
    >>> frame = pd.DataFrame({"sex": ["f", "m"], "hired": [1, 0], "probability": [0.4, 0.6]})
    >>> own = Joint.from_frame(frame[["hired", "sex", "probability"]])
    >>> list(requested(frame, own).probability.index)
    [(1, 'f'), (0, 'm')]
    """
    if asked is None:
        return own
    joint = Joint.from_frame(asked) if isinstance(asked, pd.DataFrame) else asked
    names, given = list(own.probability.index.names), list(joint.probability.index.names)
    if sorted(map(str, given)) != sorted(map(str, names)):
        raise InputError(f"joint: expected the columns {', '.join(names)}, got {', '.join(map(str, given))}")
    return joint if given == names else Joint(joint.probability.reorder_levels(names))


def cell_counts(table: Table) -> pd.Series:
    """Count the rows in each cell, that is in each combination of label and sensitive values.

    Parameters
    ----------
    table
        The rows to count.

    Returns
    -------
    pd.Series
        One entry for every combination of the values that occur, also if no row has this combination.

    Examples
    --------
    >>> from fairtab import Schema, Table
    >>> frame = pd.DataFrame({"hired": [1, 1, 0], "sex": ["m", "f", "m"]})
    >>> cell_counts(Table(frame, Schema((), (), "hired", 1, ("sex",)))).to_dict()
    {(0, 'f'): 0, (0, 'm'): 1, (1, 'f'): 1, (1, 'm'): 1}
    """
    counts = table.frame.groupby(list(table.schema.conditions), observed=True).size()
    return counts.reindex(pd.MultiIndex.from_product(counts.index.levels, names=counts.index.names), fill_value=0)


def small_cells(table: Table, min_rows: int) -> pd.Series:
    """Return the cells with fewer than `min_rows` rows, and how many rows they have.

    Examples
    --------
    >>> from fairtab import Schema, Table
    >>> frame = pd.DataFrame({"hired": [1, 1, 0], "sex": ["m", "f", "m"]})
    >>> small_cells(Table(frame, Schema((), (), "hired", 1, ("sex",))), min_rows=1).to_dict()
    {(0, 'f'): 0}
    """
    counts = cell_counts(table)
    return counts[counts < min_rows]
