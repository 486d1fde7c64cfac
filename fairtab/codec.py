"""The only bridge between tables and tensors, exactly invertible.

Every column is a sorted list of the values it took in training, and a cell is its position there: its *code*. A column
modelled as a category hands its codes to the model as they are. A numerical column spreads them: the randomised
probability integral transform (Rüschendorf 2009; Dunn and Smyth 1996) draws a uniform inside the code's own step of the
training CDF and takes its normal quantile. So any column, however spiky, becomes exactly standard normal, and reading
off the step a number fell into gives the value back, with no rounding rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fairtab.errors import InputError
from fairtab.progress import progress
from fairtab.settings import CategoryRule
from fairtab.table import Schema, Table


class Encoded(NamedTuple):
    """A table as codes, all int64."""

    x_num: Tensor  # [N, d_num] codes of the numerical columns; `Codec.spread` makes real numbers of them
    x_cat: Tensor  # [N, d_cat] codes of the columns modelled as categories
    condition: Tensor  # [N, n_conditions] codes of the label and of each sensitive attribute, unless fitted otherwise


NUMBERS_STAY = CategoryRule(few=0, many=0)  # every numerical column goes through the quantile transform


@dataclass(frozen=True, eq=False)
class Column:
    """The values a column took in training, sorted, and how many rows had each. A missing value is one more, first."""

    name: str
    values: np.ndarray  # [K]
    counts: np.ndarray  # [K]
    dtype: str

    @classmethod
    def from_series(cls, column: pd.Series) -> Column:
        present = column.value_counts(dropna=True).sort_index()
        values, counts = present.index.to_numpy(), present.to_numpy()
        if n_missing := int(column.isna().sum()):
            values = np.concatenate([np.array([np.nan], dtype=object if values.dtype == object else float), values])
            counts = np.concatenate([[n_missing], counts])
        return cls(str(column.name), values, counts.astype(np.int64), str(column.dtype))

    def encode(self, column: pd.Series) -> np.ndarray:
        """The code of each value, -1 where training had no such value. [N]"""
        return pd.Index(self.values).get_indexer(pd.Index(column))

    def encode_nearest(self, column: pd.Series) -> np.ndarray:
        """The code of each number, or that of the next larger one in training (the largest at most). [N]"""
        codes = self.encode(column)
        unseen = codes < 0
        n_missing = len(self.values) - np.count_nonzero(pd.notna(self.values))
        larger = n_missing + np.searchsorted(self.values[n_missing:], column[unseen].to_numpy())
        codes[unseen] = np.minimum(larger, len(self.values) - 1)
        return codes

    def decode(self, codes: np.ndarray) -> pd.Series:
        return pd.Series(self.values[codes], name=self.name).astype(self.dtype)

    @cached_property
    def cdf(self) -> Tensor:
        """Where each code's step of the CDF begins, and 1 at the end. float64 [K + 1]"""
        return torch.from_numpy(np.concatenate([[0], np.cumsum(self.counts)]) / self.counts.sum())

    @cached_property
    def edges(self) -> Tensor:
        """The CDF's normal quantiles: code k spans [edges[k], edges[k + 1]). float32 [K + 1], from -inf to inf"""
        return torch.special.ndtri(self.cdf).float()


@dataclass(frozen=True, eq=False)
class Codec:
    """Turns tables of one schema into tensors and back.

    `names` keeps the column order of the training table, which decoded tables repeat.
    """

    schema: Schema
    names: tuple[str, ...]
    numerical: tuple[Column, ...]
    categorical: tuple[Column, ...]
    conditions: tuple[Column, ...]

    @classmethod
    def fit(cls, train: Table, rule: CategoryRule | None = None, *, conditions: Sequence[str] | None = None) -> Codec:
        """`conditions` are the columns that others are modelled under, by default the label and the sensitive ones.

        Label and sensitive columns that are no conditions are modelled as categories, after the features.
        """
        rule = rule or CategoryRule()
        schema = train.schema
        conditions = schema.conditions if conditions is None else conditions
        columns = {}
        with progress("reading columns", len(train.frame.columns)) as advance:
            for name in train.frame.columns:
                columns[name] = Column.from_series(train.frame[name])
                advance(1, name)
        as_category = {name: schema.as_category.get(name, rule(columns[name])) for name in schema.numerical}
        return cls(
            schema=schema,
            names=tuple(train.frame.columns),
            numerical=tuple(columns[name] for name in schema.numerical if not as_category[name]),
            categorical=tuple(
                columns[name] for name in schema.columns if as_category.get(name, True) and name not in conditions
            ),
            conditions=tuple(columns[name] for name in conditions),
        )

    @property
    def columns(self) -> tuple[Column, ...]:
        return (*self.numerical, *self.categorical, *self.conditions)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """How many categories each of `x_cat`'s columns has."""
        return tuple(len(column.values) for column in self.categorical)

    @property
    def condition_cardinalities(self) -> tuple[int, ...]:
        return tuple(len(column.values) for column in self.conditions)

    def seen(self, table: Table) -> np.ndarray:
        """Whether training has seen every category and condition of a row, so that it can be encoded. [N]"""
        exact = [column for column in (*self.categorical, *self.conditions) if not self._is_ordered(column)]
        return np.all([column.encode(table.frame[column.name]) >= 0 for column in exact], axis=0)

    def encode(self, table: Table) -> Encoded:
        """Codes of every cell. Numbers that training has not seen take the code of the next larger one.

        Raises
        ------
        InputError
            A category that training has not seen.
        """
        codes = []
        with progress("encoding", len(self.columns)) as advance:
            for column in self.columns:
                codes.append(self._codes(column, table.frame))
                advance(1, column.name)
        n_num, n_cat, n = len(self.numerical), len(self.categorical), len(table)
        return Encoded(
            _stack(codes[:n_num], n), _stack(codes[n_num : n_num + n_cat], n), _stack(codes[n_num + n_cat :], n)
        )

    def encode_conditions(self, frame: pd.DataFrame) -> Tensor:
        """Codes of the conditions in `frame`. [N, n_conditions]"""
        return _stack([self._codes(column, frame) for column in self.conditions], len(frame))

    def spread(self, codes: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Standard normal numbers for the codes of the numerical columns, drawn afresh at each call.

        codes: int64 [N, d_num]; returns float32 [N, d_num].
        """
        x_num = torch.empty(codes.shape, dtype=torch.float32)
        for j, column in enumerate(self.numerical):
            low, high = column.cdf[codes[:, j]], column.cdf[codes[:, j] + 1]
            within = torch.rand(len(codes), dtype=torch.float64, generator=generator)
            u = low + (high - low) * within.clamp(1e-6, 1 - 1e-6)
            # float32 must not round a number over the edge of its step
            last = torch.nextafter(column.edges[codes[:, j] + 1], torch.tensor(-torch.inf))
            x_num[:, j] = torch.special.ndtri(u).float().clamp(column.edges[codes[:, j]], last)
        return x_num

    def decode(self, x_num: Tensor, x_cat: Tensor, condition: Tensor) -> Table:
        """The table of these rows.

        x_num: float [N, d_num] as from `spread`; x_cat: int64 [N, d_cat]; condition: int64 [N, n_conditions].
        """
        steps = [
            torch.searchsorted(column.edges[1:-1].contiguous(), x_num[:, j].float().contiguous(), right=True)
            for j, column in enumerate(self.numerical)
        ]
        codes = [*steps, *x_cat.unbind(1), *condition.unbind(1)]
        cells = {}
        with progress("decoding", len(codes)) as advance:
            for column, code in zip(self.columns, codes, strict=True):
                cells[column.name] = column.decode(code.numpy())
                advance(1, column.name)
        return Table(pd.DataFrame({name: cells[name] for name in self.names}), self.schema)

    def to_dict(self) -> dict[str, Any]:
        """The codec as plain JSON values."""
        groups = ("numerical", "categorical", "conditions")
        return {
            "schema": self.schema.to_json(),
            "names": list(self.names),
            **{group: [_column_to_dict(column) for column in getattr(self, group)] for group in groups},
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Codec:
        return cls(
            schema=Schema.from_json(state["schema"]),
            names=tuple(state["names"]),
            numerical=tuple(map(_column_from_dict, state["numerical"])),
            categorical=tuple(map(_column_from_dict, state["categorical"])),
            conditions=tuple(map(_column_from_dict, state["conditions"])),
        )

    def _is_ordered(self, column: Column) -> bool:
        """Whether an unseen value has a neighbour: numerical columns modelled as categories still have an order."""
        return column.name in self.schema.numerical

    def _codes(self, column: Column, frame: pd.DataFrame) -> np.ndarray:
        if self._is_ordered(column):
            return column.encode_nearest(frame[column.name])
        codes = column.encode(frame[column.name])
        if (codes < 0).any():
            unseen = sorted(frame[column.name][codes < 0].astype(str).unique())
            raise InputError(f"column {column.name!r}: values not in the training table: {', '.join(unseen[:5])}")
        return codes


def _stack(columns: list[np.ndarray], n: int) -> Tensor:
    return torch.from_numpy(np.stack(columns, axis=1) if columns else np.empty((n, 0), dtype=np.int64)).long()


def _column_to_dict(column: Column) -> dict[str, Any]:
    values = column.values.astype(object)
    values[pd.isna(column.values)] = None
    kind = str(column.values.dtype)
    return {
        "name": column.name,
        "dtype": column.dtype,
        "kind": kind,
        "values": values.tolist(),
        "counts": column.counts.tolist(),
    }


def _column_from_dict(state: Mapping[str, Any]) -> Column:
    values = [np.nan if value is None else value for value in state["values"]]
    return Column(
        state["name"], np.array(values, dtype=state["kind"]), np.array(state["counts"], dtype=np.int64), state["dtype"]
    )
