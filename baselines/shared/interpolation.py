"""New rows between the rows of a table: SMOTE for mixed columns (Chawla et al. 2002, with imbalanced-learn)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from fairtab.errors import InputError, check_setting
from fairtab.table import Table

DISTANCES_MB = 64  # at once, which stay in the processor's cache: a fifth of the memory and half the time of 1,024


def check_labels(table: Table, k: int) -> None:
    """Raise InputError if a label has fewer than two rows, or a row no neighbour, because nothing lies between them."""
    check_setting("k", k, k >= 1, "at least 1")
    table.schema.check_binary("an interpolation within labels")
    if (n_rows := np.bincount(table.y, minlength=2)).min() < 2:
        raise InputError(f"expected at least two training rows of each label, got {n_rows[0]} and {n_rows[1]}")


class Interpolation:
    """Draw new rows between the rows of a group and their nearest neighbours in the group.

    Numerical columns are interpolated. They are standardised first, so that no single column decides which rows are
    near. Every other column takes the most frequent value among the neighbours. A table always has such columns, the
    sensitive ones, so this is SMOTENC. If no number varies it is SMOTEN, which holds the distances between all pairs of
    a group's rows in memory.

    A missing category is one more category. Whether a number is missing is interpolated as a column of 0 and 1: between
    a row with the number and a row without it, half of the new rows have it. So missing numbers keep their share.

    Parameters
    ----------
    table
        The rows.
    groups
        The group of each row. There are at least two groups; each has at least two rows, all of one label. int [N]
    """

    def __init__(self, table: Table, groups: np.ndarray) -> None:
        self.table, self.groups = table, groups
        self.numerical = [name for name in table.frame.columns if name in table.schema.numerical]
        self.categorical = [*table.schema.categorical, *table.schema.sensitive]
        numbers = pd.DataFrame(
            {name: table.frame[name].to_numpy(dtype=float, na_value=np.nan) for name in self.numerical},
            index=table.frame.index,
        )
        self.low, self.high = numbers.min(), numbers.max()
        self.whole = [name for name in self.numerical if (numbers[name].dropna() % 1 == 0).all()]
        self.typical = numbers.median()
        missing = numbers.isna().astype(float)
        numbers = pd.concat({"value": numbers.fillna(self.typical), "missing": missing}, axis=1)
        with np.errstate(over="ignore"):
            std = numbers.std()
        if (large := std.index[~np.isfinite(std)]).size:
            raise InputError(f"column {large[0][1]!r}: numbers are too large to interpolate: divide them by a constant")
        self.scale = std[std > 0]  # a constant column has no part in distances
        codes = {name: pd.factorize(table.frame[name], use_na_sentinel=False) for name in self.categorical}
        self.values = {name: values for name, (_, values) in codes.items()}
        self.x = np.column_stack(
            [numbers[self.scale.index] / self.scale, *(code.astype(float) for code, _ in codes.values())]
        )

    def draw(self, group: int, n: int, *, k: int, seed: int) -> pd.DataFrame:
        """Draw n new rows between the rows of a group and their k nearest neighbours, or all if it has fewer."""
        import sklearn  # these imports take a second, so only sampling has them
        from imblearn.over_sampling import SMOTEN, SMOTENC
        from sklearn.neighbors import NearestNeighbors

        n_rows, n_numbers = int(np.count_nonzero(self.groups == group)), len(self.scale)
        k = min(k, n_rows - 1)
        common: dict[str, Any] = {"sampling_strategy": {group: n_rows + n}, "random_state": seed}
        if n_numbers:
            smote = SMOTENC(list(range(n_numbers, self.x.shape[1])), k_neighbors=k, **common)
        else:  # SMOTEN computes all distances itself: neighbours must not take distances between rows of them
            smote = SMOTEN(k_neighbors=NearestNeighbors(n_neighbors=k + 1, metric="precomputed"), **common)
        with sklearn.config_context(working_memory=DISTANCES_MB), warnings.catch_warnings():
            # a group is meant to get more rows than the largest one has
            warnings.filterwarnings("ignore", message="After over-sampling", category=UserWarning)
            x = smote.fit_resample(self.x, self.groups)[0][len(self.x) :]  # the table's own rows come first
        return self._rows(x[:, :n_numbers], x[:, n_numbers:].astype(int), self._label(group))

    def _rows(self, x: np.ndarray, codes: np.ndarray, label: Any) -> pd.DataFrame:
        numbers = pd.DataFrame(x, columns=self.scale.index) * self.scale
        columns: dict[str, Any] = {self.table.schema.target: np.repeat(label, len(x))}
        for name in self.numerical:
            column = numbers.get(("value", name), pd.Series(self.typical[name], index=numbers.index))
            column = column.round() if name in self.whole else column
            column = column.clip(self.low[name], self.high[name])  # dividing and multiplying again may go beyond
            columns[name] = column.mask(numbers.get(("missing", name), column * 0) > 0.5)
        for j, name in enumerate(self.categorical):
            columns[name] = self.values[name][codes[:, j]]
        frame = pd.DataFrame(columns)[list(self.table.frame.columns)]
        return frame.astype(self.table.frame.dtypes)

    def _label(self, group: int) -> Any:
        return self.table.frame[self.table.schema.target][self.groups == group].iloc[0]
