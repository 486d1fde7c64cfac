"""One column as numbers: its values in training, their codes, and the normal numbers that codes are spread into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fairtab.errors import InputError


@dataclass(frozen=True, eq=False)
class Column:
    """The sorted values that a column has in training. The position of a value is its code.

    Parameters
    ----------
    name
        The column's name.
    values
        The values, sorted. A missing value is one more value, the first. [K]
    counts
        How many training rows have each value. [K]
    dtype
        The type of the training column, which decoded columns have again.

    Examples
    --------
    >>> column = Column.from_series(pd.Series([7, 7, 9, 7], name="size"))
    >>> column.values.tolist(), column.counts.tolist()
    ([7, 9], [3, 1])
    >>> column.encode(pd.Series([9, 7, 8])).tolist()
    [1, 0, -1]
    """

    name: str
    values: np.ndarray
    counts: np.ndarray
    dtype: str

    @classmethod
    def from_series(cls, column: pd.Series) -> Column:
        """Collect the values of a training column."""
        present = column.value_counts(dropna=True).sort_index()
        values, counts = present.index.to_numpy(), present.to_numpy()
        if n_missing := int(column.isna().sum()):
            values = np.concatenate([np.array([np.nan], dtype=object if values.dtype == object else float), values])
            counts = np.concatenate([[n_missing], counts])
        return cls(str(column.name), values, counts.astype(np.int64), str(column.dtype))

    def encode(self, column: pd.Series) -> np.ndarray:
        """Return the code of each value, -1 for a value that training did not have, [N]."""
        return pd.Index(self.values).get_indexer(pd.Index(column))

    def encode_nearest(self, column: pd.Series) -> np.ndarray:
        """Return the code of each number, or of the next larger number in training (at most of the largest), [N].

        Raises
        ------
        InputError
            A number is missing, and none is in training.
        """
        codes = self.encode(column)
        unseen = codes < 0
        if n_gaps := int(column[unseen].isna().sum()):
            raise InputError(f"numerical column {self.name!r}: {n_gaps} values are missing, and none is in training")
        n_missing = len(self.values) - np.count_nonzero(pd.notna(self.values))
        larger = n_missing + np.searchsorted(self.values[n_missing:], column[unseen].to_numpy())
        codes[unseen] = np.minimum(larger, len(self.values) - 1)
        return codes

    def decode(self, codes: np.ndarray) -> pd.Series:
        """Return the values of codes."""
        return pd.Series(self.values[codes], name=self.name).astype(self.dtype)

    @cached_property
    def cdf(self) -> Tensor:
        """Where each code's step of the CDF begins, and 1 at the end, float64 [K + 1]."""
        return torch.from_numpy(np.concatenate([[0], np.cumsum(self.counts)]) / self.counts.sum())

    @cached_property
    def edges(self) -> Tensor:
        """The CDF's normal quantiles: code k spans [edges[k], edges[k + 1]). float32 [K + 1], from -inf to inf."""
        return torch.special.ndtri(self.cdf).float()

    def spread(self, codes: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw a number for each code, inside the code's step; together they are standard normal.

        This is the randomised probability integral transform (Rüschendorf 2009; Dunn and Smyth 1996).

        Parameters
        ----------
        codes
            int64 [N]
        generator
            The source of the random numbers.

        Returns
        -------
        Tensor
            float32 [N]
        """
        low, high = self.cdf[codes], self.cdf[codes + 1]
        within = torch.rand(len(codes), dtype=torch.float64, generator=generator)
        u = low + (high - low) * within.clamp(1e-6, 1 - 1e-6)
        # float32 must not round a number over the edge of its step
        last = torch.nextafter(self.edges[codes + 1], torch.tensor(-torch.inf))
        return torch.special.ndtri(u).float().clamp(self.edges[codes], last)

    def gather(self, numbers: Tensor) -> Tensor:
        """Return the code whose step each number is in: the inverse of `spread`, int64 [N]."""
        return torch.searchsorted(self.edges[1:-1].contiguous(), numbers.float().contiguous(), right=True)

    def bin_edges(self, n_bins: int) -> Tensor:
        """Return about this many edges of which each bin has about as many rows as the others, and no code is cut.

        Parameters
        ----------
        n_bins
            How many bins. If the column has no more codes than this, each code is a bin.

        Returns
        -------
        Tensor
            Some of `edges`, with the first and the last, float32 [K + 1].

        Examples
        --------
        >>> column = Column.from_series(pd.Series([1, 2, 3, 4, 5, 5, 5, 5], name="size"))
        >>> column.bin_edges(2).tolist()  # 1 to 4, and 5
        [-inf, 0.0, inf]
        """
        if len(self.values) <= n_bins:
            return self.edges
        middle = (self.cdf[1:] + self.cdf[:-1]) / 2
        is_last = torch.diff((middle * n_bins).long(), append=torch.tensor([n_bins])) > 0  # code of a bin
        return torch.cat([self.edges[:1], self.edges[1:][is_last]])

    def to_dict(self) -> dict[str, Any]:
        """Return the column as plain JSON values."""
        values = self.values.astype(object)
        values[pd.isna(self.values)] = None
        return {
            "name": self.name,
            "dtype": self.dtype,
            "kind": str(self.values.dtype),
            "values": values.tolist(),
            "counts": self.counts.tolist(),
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Column:
        """Read what `to_dict` returned."""
        values = [np.nan if value is None else value for value in state["values"]]
        counts = np.array(state["counts"], dtype=np.int64)
        return cls(state["name"], np.array(values, dtype=state["kind"]), counts, state["dtype"])
