"""Membership and copies in each group, and in each cell of label and groups: averages hide whom a table remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fairtab.metrics.attacks import density_ratio, intervals
from fairtab.metrics.fairness import groups_by_attribute
from fairtab.table import Table


@dataclass(frozen=True)
class GroupAtRisk:
    """How well attackers tell members of one group from others of it.

    Parameters
    ----------
    attribute, group : str
        For example "sex*race" and "Female, Black". Of a cell, the attribute begins with the label's column.
    n : int
        Real rows, members and others.
    density_ratio_auc, low, high : float
        The AUC of the density ratio. Its interval holds at 95% for all groups at once.
    distance_auc : float
        The AUC of the distance to the closest synthetic row.
    n_synthetic, n_copies : int
        Synthetic rows of the group, and how many of them equal a training row.

    Examples
    --------
    >>> group = GroupAtRisk("sex", "Female", 80, 0.7, 0.6, 0.8, 0.65, n_synthetic=500, n_copies=5)
    >>> group.name, group.copies, [round(limit, 3) for limit in group.copies_interval]
    ('sex = Female', 0.01, [0.004, 0.023])
    """

    attribute: str
    group: str
    n: int
    density_ratio_auc: float
    low: float
    high: float
    distance_auc: float
    n_synthetic: int
    n_copies: int

    @property
    def name(self) -> str:
        """The group in words."""
        return f"{self.attribute} = {self.group}"

    @property
    def copies(self) -> float:
        """The share of synthetic rows that equal a training row, nan if there are none."""
        return self.n_copies / self.n_synthetic if self.n_synthetic else float("nan")

    @property
    def copies_interval(self) -> tuple[float, float]:
        """The interval of this share, at 95%."""
        return intervals.wilson(self.n_copies, self.n_synthetic)


def groups_at_risk(
    real: Table,
    is_member: np.ndarray,
    distances: np.ndarray,
    synthetic: Table,
    copies: np.ndarray,
    *,
    min_rows: int,
) -> tuple[list[GroupAtRisk], list[tuple[str, int]]]:
    """Measure membership and copies in each group.

    Parameters
    ----------
    real : Table
        Members and others.
    is_member : array of bool, shape [real rows]
        Which of them are members.
    distances : array of float, shape [real rows, 2]
        As of `density_ratio.log_distances`.
    synthetic : Table
        The synthetic rows.
    copies : array of bool, shape [synthetic rows]
        Which of them equal a training row.
    min_rows : int
        Leave out groups with fewer members, or with fewer others.

    Returns
    -------
    groups : list of GroupAtRisk
        By attribute, then their intersection, then the cells of label and groups.
    left_out : list of tuple
        The other groups, each in words and with its real rows.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(8), "paid": 0, "sex": ["F", "M"] * 4})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> distances = np.column_stack([np.repeat([0.0, 2.0], 4), np.ones(8)])
    >>> found, left_out = groups_at_risk(table, np.arange(8) < 4, distances, table, np.arange(8) < 2, min_rows=2)
    >>> [(group.name, group.density_ratio_auc, group.copies) for group in found][0]
    ('sex = F', 1.0, 0.25)
    """
    ratio, closeness = density_ratio.log_density_ratio(distances), -distances[:, 0]
    members = {name: (groups, _by_attribute(synthetic)[name]) for name, groups in _by_attribute(real).items()}
    large, left_out = [], []
    for attribute, (of_real, of_synthetic) in members.items():
        for group in sorted(of_real.unique()):
            rows = (of_real == group).to_numpy()
            if min(is_member[rows].sum(), (~is_member[rows]).sum()) < min_rows:
                left_out.append((f"{attribute} = {group}", int(rows.sum())))
            else:
                large.append((attribute, group, rows, (of_synthetic == group).to_numpy()))
    found = []
    for attribute, group, rows, drawn in large:
        n_members = int(is_member[rows].sum())
        value = density_ratio.auc(ratio[rows], is_member[rows])
        low, high = intervals.auc(value, n_members, int(rows.sum()) - n_members, n_intervals=len(large))
        nearer = density_ratio.auc(closeness[rows], is_member[rows])
        n, n_synthetic, n_copies = int(rows.sum()), int(drawn.sum()), int(copies[drawn].sum())
        found.append(GroupAtRisk(attribute, group, n, value, low, high, nearer, n_synthetic, n_copies))
    return found, left_out


def worst(groups: Sequence[GroupAtRisk]) -> GroupAtRisk | None:
    """Choose the group of which it is surest that members are told from others: the highest lower limit.

    Parameters
    ----------
    groups : sequence of GroupAtRisk
        The groups.

    Returns
    -------
    GroupAtRisk or None
        None if there is no group.

    Examples
    --------
    >>> few = GroupAtRisk("sex", "F", 40, 0.62, 0.4, 0.8, 0.5, 9, 0)
    >>> many = GroupAtRisk("sex", "M", 4000, 0.55, 0.53, 0.57, 0.5, 9, 0)
    >>> worst([few, many]).group
    'M'
    """
    return max(groups, key=lambda group: group.low, default=None)


def most_copied(groups: Sequence[GroupAtRisk]) -> GroupAtRisk | None:
    """Choose the group of which it is surest that many rows are copies: the highest lower limit of their share.

    Parameters
    ----------
    groups : sequence of GroupAtRisk
        The groups.

    Returns
    -------
    GroupAtRisk or None
        None if no group has synthetic rows.

    Examples
    --------
    >>> few = GroupAtRisk("sex", "F", 40, 0.5, 0.4, 0.6, 0.5, 9, 1)
    >>> many = GroupAtRisk("sex", "M", 4000, 0.5, 0.4, 0.6, 0.5, 900, 90)
    >>> most_copied([few, many]).group
    'M'
    """
    drawn = [group for group in groups if group.n_synthetic]
    return max(drawn, key=lambda group: group.copies_interval[0], default=None)


def worst_auc(groups: Sequence[GroupAtRisk]) -> float:
    """Give the AUC of the worst group.

    Parameters
    ----------
    groups : sequence of GroupAtRisk
        The groups.

    Returns
    -------
    float
        The AUC of the density ratio, nan if there is no group.

    Examples
    --------
    >>> worst_auc([GroupAtRisk("sex", "M", 4000, 0.55, 0.53, 0.57, 0.5, 9, 0)])
    0.55
    """
    found = worst(groups)
    return found.density_ratio_auc if found else float("nan")


def worst_low(groups: Sequence[GroupAtRisk]) -> float:
    """Give the lower limit of the worst group's AUC.

    Parameters
    ----------
    groups : sequence of GroupAtRisk
        The groups.

    Returns
    -------
    float
        The limit, nan if there is no group.

    Examples
    --------
    >>> worst_low([GroupAtRisk("sex", "M", 4000, 0.55, 0.53, 0.57, 0.5, 9, 0)])
    0.53
    """
    found = worst(groups)
    return found.low if found else float("nan")


def most_copies(groups: Sequence[GroupAtRisk]) -> float:
    """Give the share of copies in the group that is copied most.

    Parameters
    ----------
    groups : sequence of GroupAtRisk
        The groups.

    Returns
    -------
    float
        The share, nan if there is no group.

    Examples
    --------
    >>> most_copies([GroupAtRisk("sex", "M", 4000, 0.55, 0.53, 0.57, 0.5, 10, 1)])
    0.1
    """
    found = most_copied(groups)
    return found.copies if found else float("nan")


def cell_of(table: Table) -> pd.Series:
    """Give the cell of label and all groups of each row, as text.

    Parameters
    ----------
    table : Table
        The rows.

    Returns
    -------
    pandas.Series
        The cells.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"paid": [0, 1], "sex": ["F", "M"]})
    >>> cell_of(Table(frame, Schema((), (), "paid", 1, ("sex",)))).tolist()
    ['0, F', '1, M']
    """
    return groups_by_attribute(table.frame[list(table.schema.conditions)])["*".join(table.schema.conditions)]


def _by_attribute(table: Table) -> dict[str, pd.Series]:
    """Return the groups of each row by attribute, and its cell of label and all groups, as text."""
    groups = {name: of.astype(str) for name, of in groups_by_attribute(table.sensitive).items()}
    return {**groups, "*".join(table.schema.conditions): cell_of(table)}
