"""Singling out: is there exactly one person with these values? (Giomi et al. 2023; Cohen and Nissim 2020)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fairtab import seeds
from fairtab.table import Table

N_COLUMNS = 4  # of a predicate
TRIES = 10  # predicates made for each one that is asked for


def singled_out(synthetic: Table, members: Table, others: Table, *, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
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

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(8), "paid": [0, 1] * 4, "sex": list("FFMMFFMM"), "pay": range(8)})
    >>> table = Table(frame, Schema(("age", "pay"), (), "paid", 1, ("sex",)))
    >>> of_members, of_others = singled_out(table, table, table, n=10, seed=0)
    >>> bool(of_members.all()), bool(of_others.all())
    (True, True)
    """
    rng = seeds.numpy_generator(seed, "singling_out")
    known, *real = (_Rows(table, synthetic) for table in (synthetic, members, others))
    width, n_columns = min(N_COLUMNS, len(known.names)), len(known.names)
    found: dict[str, list[bool]] = {}
    for _ in range(TRIES * n):
        row, columns = rng.integers(len(synthetic)), np.sort(rng.choice(n_columns, width, replace=False))
        predicate = [(place, known.values[place][row]) for place in columns.tolist()]
        if str(predicate) not in found and known.count(predicate) == 1:
            found[str(predicate)] = [rows.count(predicate) == 1 for rows in real]
        if len(found) == n:
            break
    of_members, of_others = np.array(list(found.values()), dtype=bool).reshape(-1, 2).T
    return of_members, of_others


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

    def count(self, predicate: list[tuple[int, float]]) -> int:
        """Count the rows that meet a predicate: the place of each of its columns, and the value there."""
        return int(np.logical_and.reduce([self._meets(place, value) for place, value in predicate]).sum())

    def _meets(self, place: int, value: float) -> np.ndarray:
        column = self.values[place]
        if np.isnan(value):
            return np.isnan(column)
        if not self.is_number[place]:
            return column == value
        return column >= value if value > 0 else column <= value
