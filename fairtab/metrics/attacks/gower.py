"""The distance of mixed rows in some of their columns (Gower 1971)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from fairtab.table import Table


class Gower:
    """Rows as numbers, for distances in any columns.

    A numerical column counts with the difference of its values divided by its range, any other one with 0 if the
    values are equal and 1 if not. A missing number is at a distance of 1 or more from any other number.

    Parameters
    ----------
    tables : sequence of Table
        All rows that are to be compared, in tables of one schema.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> schema = Schema(("age",), (), "paid", 1, ("sex",))
    >>> table = Table(pd.DataFrame({"age": [30, 50], "paid": [0, 0], "sex": ["F", "M"]}), schema)
    >>> Gower([table]).distances(table, table, ["age", "sex"])
    array([[0., 2.],
           [2., 0.]])
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        whole = pd.concat([table.frame for table in tables], ignore_index=True)
        numbers = whole[list(tables[0].schema.numerical)].astype(float)
        self.low, self.range = numbers.min(), (numbers.max() - numbers.min()).replace(0, 1)
        self.values = {name: whole[name].dropna().unique() for name in whole if name not in numbers}

    def distances(self, a: Table, b: Table, columns: Sequence[str]) -> np.ndarray:
        """Compute the sum of distances in some columns.

        Parameters
        ----------
        a, b : Table
            The rows.
        columns : sequence of str
            The columns that count.

        Returns
        -------
        array of float, shape [rows of a, rows of b]
            The distances.
        """
        numerical = [name for name in columns if name not in self.values]
        others = [name for name in columns if name in self.values]
        summed = np.zeros((len(a), len(b)))
        if numerical:
            summed += cdist(self._scaled(a, numerical), self._scaled(b, numerical), "cityblock")
        if others:
            summed += cdist(self._codes(a, others), self._codes(b, others), "hamming") * len(others)
        return summed

    def _scaled(self, table: Table, columns: list[str]) -> np.ndarray:
        """Numbers between 0 and 1, and a flag for each that is missing: [N, 2 * columns]."""
        scaled = (table.frame[columns].astype(float) - self.low[columns]) / self.range[columns]
        return np.hstack([scaled.fillna(0).to_numpy(), scaled.isna().to_numpy(dtype=float)])

    def _codes(self, table: Table, columns: list[str]) -> np.ndarray:
        codes = [pd.Categorical(table.frame[name], categories=self.values[name]).codes for name in columns]
        return np.column_stack(codes).astype(float)
