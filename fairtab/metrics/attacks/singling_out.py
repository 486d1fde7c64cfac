"""Singling out: is there exactly one person with these values? (Giomi et al. 2023; Cohen and Nissim 2020)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from fairtab import seeds
from fairtab.table import Table

N_COLUMNS = 4  # of a predicate
TRIES = 10  # predicates made for each one that is asked for
N_PERMUTATIONS = 200  # of members and others


def singled_out(
    synthetic: Table, members: Table, others: Table, *, n: int, seed: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Guess predicates that a single training row meets, as those that a single synthetic row meets.

    A predicate has four columns of a synthetic row. A categorical column has to be equal. A number has to be at least
    as extreme, seen from the median.

    Parameters
    ----------
    synthetic : Table
        What the attacker looks into.
    members, others : Table
        Training rows, and as many other rows.
    n : int
        The most predicates to guess.
    seed : int
        Decides the rows and columns of predicates.

    Returns
    -------
    of_members, of_others : array of bool, shape [predicates]
        Whether exactly one of the members meets a predicate, and whether exactly one of the others does.
    design : float
        The design effect (Kish 1965), at least 1: how many times larger the variance of the difference of both shares
        is than that of independent guesses. Many predicates may be about one row. It is the variance over permutations
        of members and others.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(8), "paid": [0, 1] * 4, "sex": list("FFMMFFMM"), "pay": range(8)})
    >>> table = Table(frame, Schema(("age", "pay"), (), "paid", 1, ("sex",)))
    >>> of_members, of_others, design = singled_out(table, table, table, n=10, seed=0)
    >>> bool(of_members.all()), bool(of_others.all()), design
    (True, True, 1.0)
    """
    rng = seeds.numpy_generator(seed, "singling_out")
    both = Table(pd.concat([members.frame, others.frame], ignore_index=True), members.schema)
    known, real = _Rows(synthetic, synthetic), _Rows(both, synthetic)
    width, n_columns = min(N_COLUMNS, len(known.names)), len(known.names)
    met: dict[str, np.ndarray] = {}
    for _ in range(TRIES * n):
        row, columns = rng.integers(len(synthetic)), np.sort(rng.choice(n_columns, width, replace=False))
        predicate = [(place, known.values[place][row]) for place in columns.tolist()]
        if str(predicate) not in met and len(known.meeting(predicate)) == 1:
            met[str(predicate)] = real.meeting(predicate)
        if len(met) == n:
            break
    ends = np.cumsum([0, *map(len, met.values())])
    rows = np.concatenate([np.empty(0, dtype=np.int64), *met.values()])
    meets = csr_array((np.ones(len(rows), dtype=np.int64), rows, ends), shape=(len(met), len(both)))
    is_member = np.arange(len(both)) < len(members)
    permuted = rng.permuted(np.tile(is_member, (N_PERMUTATIONS, 1)), axis=1).T
    found = _one_of_each(meets, is_member)
    return *found, _design(*found, *_one_of_each(meets, permuted))


def _one_of_each(meets: csr_array, is_member: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tell which predicates exactly one member meets, and which exactly one other row, [predicates, ...]."""
    return meets @ is_member.astype(np.int64) == 1, meets @ (~is_member).astype(np.int64) == 1


def _design(of_members: np.ndarray, of_others: np.ndarray, *permuted: np.ndarray) -> float:
    share = np.concatenate([of_members, of_others]).mean() if len(of_members) else 0.0
    independent = 2 * share * (1 - share) / max(len(of_members), 1)
    risk = permuted[0].astype(float) - permuted[1]
    return max(1.0, float(risk.mean(0).var() / independent)) if independent else 1.0


class _Rows:
    """Columns as numbers: codes, and numbers with the synthetic median at 0; a missing value is one more code."""

    def __init__(self, table: Table, synthetic: Table) -> None:
        self.names = list(synthetic.frame.columns)
        numerical = set(synthetic.schema.numerical)
        self.is_number = [name in numerical for name in self.names]
        self.values = []
        for name, is_number in zip(self.names, self.is_number, strict=True):
            column = table.frame[name]
            if is_number:
                self.values.append((column.astype(float) - synthetic.frame[name].astype(float).median()).to_numpy())
            else:
                known = synthetic.frame[name].dropna().unique()
                codes = pd.Categorical(column, categories=known).codes.astype(float)
                self.values.append(np.where(column.isna(), np.nan, codes))

    def meeting(self, predicate: list[tuple[int, float]]) -> np.ndarray:
        """Return the rows that meet a predicate: the place of each of its columns, and the value there."""
        return np.flatnonzero(np.logical_and.reduce([self._meets(place, value) for place, value in predicate]))

    def _meets(self, place: int, value: float) -> np.ndarray:
        column = self.values[place]
        if np.isnan(value):
            return np.isnan(column)
        if not self.is_number[place]:
            return column == value
        return column >= value if value > 0 else column <= value
