"""The codec: tables become tensors, and tensors become tables, without loss.

Every column is a sorted list of the values that it has in training, and the position of a value is its code. The model
gets the codes of a column that is modelled as a category. The codes of a numerical column are spread into standard
normal numbers, afresh in each epoch (`Column.spread`). However uneven a column is, the result is standard normal; and
a number leads back to its value, since each code has an interval of its own. So no rounding rules are needed.

A categorical column of many values is the exception: its rare values share codes, and a value is drawn again for a
shared code (`Grouping`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fairtab import seeds
from fairtab.column import Column
from fairtab.errors import InputError
from fairtab.grouping import MAX_CODES, Grouping
from fairtab.progress import progress
from fairtab.settings import CategoryRule
from fairtab.table import Schema, Table

NUMBERS_STAY = CategoryRule(few=0, many=0)  # no numerical column becomes a category


class Encoded(NamedTuple):
    """A table as codes, all int64.

    Attributes
    ----------
    x_num : Tensor
        Codes of the numerical columns, from which `Codec.spread` makes real numbers. [N, d_num]
    x_cat : Tensor
        Codes of the columns that are modelled as categories. [N, d_cat]
    condition : Tensor
        Codes of the conditions: by default the label and each sensitive attribute. [N, n_conditions]

    Examples
    --------
    >>> zeros = torch.zeros(5, 2, dtype=torch.int64)
    >>> Encoded(zeros, zeros, zeros).condition.shape
    torch.Size([5, 2])
    """

    x_num: Tensor
    x_cat: Tensor
    condition: Tensor


@dataclass(frozen=True, eq=False)
class Codec:
    """Turn tables of one schema into tensors and back. `fit` makes a codec from a training table.

    Parameters
    ----------
    schema
        The schema of the training table.
    names
        The columns in the order of the training table. Decoded tables have the same order.
    numerical, categorical, conditions
        The columns that are modelled as numbers, as categories, and as conditions.
    groupings
        By categorical column of many values, which of them share a code.

    Examples
    --------
    >>> columns = {
    ...     "age": [30, 41, 52, 63],
    ...     "job": ["a", "b", "a", "b"],
    ...     "sex": ["f", "m", "m", "f"],
    ...     "paid": [0, 1, 1, 0],
    ... }
    >>> train = Table(pd.DataFrame(columns), Schema(("age",), ("job",), "paid", 1, ("sex",)))
    >>> codec = Codec.fit(train)
    >>> codes = codec.encode(train)
    >>> codes.condition.tolist()
    [[0, 0], [1, 1], [1, 1], [0, 0]]
    >>> codec.decode(codec.spread(codes.x_num), codes.x_cat, codes.condition).frame.equals(train.frame)
    True
    """

    schema: Schema
    names: tuple[str, ...]
    numerical: tuple[Column, ...]
    categorical: tuple[Column, ...]
    conditions: tuple[Column, ...]
    groupings: Mapping[str, Grouping] = field(default_factory=dict)

    @classmethod
    def fit(
        cls,
        train: Table,
        rule: CategoryRule | None = None,
        *,
        conditions: Sequence[str] | None = None,
        max_codes: int = MAX_CODES,
        columns: Mapping[str, Column] | None = None,
    ) -> Codec:
        """Make the codec of a training table.

        Parameters
        ----------
        train
            The training table.
        rule
            Decides which numerical columns are modelled as categories.
        conditions
            The columns under which the others are modelled; by default the label and the sensitive columns. Those
            of them that are no conditions are modelled as categories, after the features.
        max_codes
            In a categorical column of more values, rare ones share codes.
        columns
            The columns by name, if they are known already. The table then has no other values.
        """
        rule = rule or CategoryRule()
        schema = train.schema
        conditions = schema.conditions if conditions is None else conditions
        columns = columns or _columns(train.frame)
        as_category = {name: schema.as_category.get(name, rule(columns[name])) for name in schema.numerical}
        codec = cls(
            schema=schema,
            names=tuple(train.frame.columns),
            numerical=tuple(columns[name] for name in schema.numerical if not as_category[name]),
            categorical=tuple(
                columns[name] for name in schema.columns if as_category.get(name, True) and name not in conditions
            ),
            conditions=tuple(columns[name] for name in conditions),
        )
        cells = codec._cells({name: columns[name].encode(train.frame[name]) for name in schema.conditions})
        groupings = {
            name: Grouping.fit(columns[name].encode(train.frame[name]), cells, max_codes)
            for name in schema.categorical
            if len(columns[name].values) > max_codes
        }
        return replace(codec, groupings=groupings)

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns, in the order of the tensors."""
        return (*self.numerical, *self.categorical, *self.conditions)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """The number of codes in each column of `x_cat`."""
        return tuple(
            self.groupings[column.name].n_groups if column.name in self.groupings else len(column.values)
            for column in self.categorical
        )

    @property
    def condition_cardinalities(self) -> tuple[int, ...]:
        """The number of values of each condition."""
        return tuple(len(column.values) for column in self.conditions)

    def seen(self, table: Table) -> np.ndarray:
        """Return for each row whether training has every category and condition of it, and every gap, [N].

        Only such rows can be encoded. A value that training does not have is one of the rarest, if values share codes.
        A gap is a missing number: training has it if a number of that column is missing there, too.
        """
        exact = [
            column
            for column in (*self.categorical, *self.conditions)
            if not self._is_ordered(column) and column.name not in self.groupings
        ]
        full = [column for column in self.columns if self._is_ordered(column) and pd.notna(column.values).all()]
        no_gap = [table.frame[column.name].notna().to_numpy() for column in full]
        return np.all([column.encode(table.frame[column.name]) >= 0 for column in exact] + no_gap, axis=0)

    def encode(self, table: Table) -> Encoded:
        """Return the codes of a table. A number that training does not have gets the code of the next larger one.

        Raises
        ------
        InputError
            The table has a category or a missing number that training does not have.
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

    def encode_known(self, frame: pd.DataFrame) -> Encoded:
        """Return the codes of rows with gaps, as `encode` does; -1 where a column or a value is not there.

        Raises
        ------
        InputError
            The frame has a category that training does not have, or no finite numbers in a numerical column.
        """
        gap = np.full(len(frame), -1)
        codes = {}
        for column in (column for column in self.columns if column.name in frame.columns):
            present = frame[frame[column.name].notna()]
            is_numeric = pd.api.types.is_numeric_dtype(present[column.name].infer_objects()) or present.empty
            if self._is_ordered(column) and not is_numeric:
                raise InputError(f"numerical column {column.name!r}: expected numbers, got other values")
            if self._is_ordered(column) and np.isinf(present[column.name].to_numpy(dtype=float)).any():
                raise InputError(f"numerical column {column.name!r}: expected finite values, got infinite ones")
            codes[column.name] = gap.copy()
            codes[column.name][frame[column.name].notna()] = self._codes(column, present)
            if column.name in self.groupings and (column.encode(present[column.name]) < 0).any():
                raise InputError(f"column {column.name!r}: values not in the training table")
        return Encoded(
            *(
                _stack([codes.get(column.name, gap) for column in group], len(frame))
                for group in (self.numerical, self.categorical, self.conditions)
            )
        )

    def encode_conditions(self, frame: pd.DataFrame) -> Tensor:
        """Return the codes of the conditions in a frame, [N, n_conditions]."""
        return _stack([self._codes(column, frame) for column in self.conditions], len(frame))

    def spread(self, codes: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw standard normal numbers for the codes of the numerical columns.

        Parameters
        ----------
        codes
            int64 [N, d_num]
        generator
            The source of the random numbers. Each call draws new ones.

        Returns
        -------
        Tensor
            float32 [N, d_num]
        """
        x_num = torch.empty(codes.shape, dtype=torch.float32)
        for j, column in enumerate(self.numerical):
            x_num[:, j] = column.spread(codes[:, j], generator)
        return x_num

    def decode(self, x_num: Tensor, x_cat: Tensor, condition: Tensor, *, seed: int = 0) -> Table:
        """Return the table of encoded rows.

        Parameters
        ----------
        x_num
            Numbers as `spread` makes them. float [N, d_num]
        x_cat
            Codes of the columns that are modelled as categories. int64 [N, d_cat]
        condition
            Codes of the conditions. int64 [N, n_conditions]
        seed
            Decides which of the values that share a code are drawn.
        """
        steps = [column.gather(x_num[:, j]) for j, column in enumerate(self.numerical)]
        tensors = [*steps, *x_cat.unbind(1), *condition.unbind(1)]
        codes = {column.name: code.numpy() for column, code in zip(self.columns, tensors, strict=True)}
        cells = self._cells(codes)
        decoded = {}
        with progress("decoding", len(codes)) as advance:
            for column in self.columns:
                values = codes[column.name]
                if grouping := self.groupings.get(column.name):
                    values = grouping.draw(values, cells, seeds.numpy_generator(seed, "decode", column.name))
                decoded[column.name] = column.decode(values)
                advance(1, column.name)
        return Table(pd.DataFrame({name: decoded[name] for name in self.names}), self.schema)

    def to_dict(self) -> dict[str, Any]:
        """Return the codec as plain JSON values."""
        groups = ("numerical", "categorical", "conditions")
        groupings = {name: grouping.to_dict() for name, grouping in self.groupings.items()}
        return {
            "schema": self.schema.to_json(),
            "names": list(self.names),
            **{group: [column.to_dict() for column in getattr(self, group)] for group in groups},
            **({"groupings": groupings} if groupings else {}),  # without it, a fit has the bytes that it always had
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Codec:
        """Read what `to_dict` returned."""
        return cls(
            schema=Schema.from_json(state["schema"]),
            names=tuple(state["names"]),
            numerical=tuple(map(Column.from_dict, state["numerical"])),
            categorical=tuple(map(Column.from_dict, state["categorical"])),
            conditions=tuple(map(Column.from_dict, state["conditions"])),
            groupings={name: Grouping.from_dict(grouping) for name, grouping in state.get("groupings", {}).items()},
        )

    def _cells(self, codes: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the number of each row's combination of label and sensitive values, given their codes, [N].

        A method may model these columns like any others. Rare values keep their relation to them in any case.
        """
        n_values = {column.name: len(column.values) for column in self.columns}
        cells = np.zeros_like(codes[self.schema.target])
        for name in self.schema.conditions:
            cells = cells * n_values[name] + codes[name]
        return cells

    def _is_ordered(self, column: Column) -> bool:
        """Return whether values have an order, as in numerical columns, also if they are modelled as categories."""
        return column.name in self.schema.numerical

    def _codes(self, column: Column, frame: pd.DataFrame) -> np.ndarray:
        if self._is_ordered(column):
            return column.encode_nearest(frame[column.name])
        codes = column.encode(frame[column.name])
        if grouping := self.groupings.get(column.name):
            return grouping.encode(codes)
        if n_unseen := int((codes < 0).sum()):
            unseen = sorted(frame[column.name][codes < 0].astype(str).unique())
            # groups and labels are named everywhere, a feature's value may be that of a single row
            said = f": {', '.join(unseen[:5])}" if column.name in self.schema.conditions else f" in {n_unseen} rows"
            raise InputError(f"column {column.name!r}: values not in the training table{said}")
        return codes


def _columns(frame: pd.DataFrame) -> dict[str, Column]:
    columns = {}
    with progress("reading columns", len(frame.columns)) as advance:
        for name in frame.columns:
            columns[name] = Column.from_series(frame[name])
            advance(1, name)
    return columns


def _stack(columns: list[np.ndarray], n: int) -> Tensor:
    return torch.from_numpy(np.stack(columns, axis=1) if columns else np.empty((n, 0), dtype=np.int64)).long()
