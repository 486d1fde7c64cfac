"""Distances to the closest record: how far synthetic rows are from real rows, and real rows from synthetic ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional as F

from fairtab import seeds
from fairtab.progress import progress
from fairtab.table import Table

CHUNK = 4096  # rows on either side of a block of distances
MAX_ROWS = 50_000  # of larger tables as many rows are drawn: all pairs of a million rows would take days
MANY = 256  # categories; with more, one column of codes replaces one column for each category
DECIMALS = 5  # rows that are equally far away must have equal distances, and single precision holds no more


class Distances(NamedTuple):
    """Squared distance of each row to the closest row of another table.

    Parameters
    ----------
    to_train, to_holdout : array of float, shape [synthetic rows]
        From each synthetic row to the closest training row, and to the closest holdout row.
    to_train_sample, to_holdout_sample : array of float, shape [synthetic rows]
        The same within random samples of training and holdout rows. Both samples have as many rows as the smaller
        table.
    from_train : array of float, shape [training rows]
        From each training row to the closest synthetic row, in no particular order.
    from_holdout : array of float, shape [holdout rows]
        From each holdout row to the closest synthetic row, in no particular order.

    Examples
    --------
    >>> near, far = np.array([0.0]), np.array([1.0])
    >>> Distances(near, near, far, far, near, far).to_holdout
    array([1.])
    """

    to_train: np.ndarray
    to_train_sample: np.ndarray
    to_holdout_sample: np.ndarray
    to_holdout: np.ndarray
    from_train: np.ndarray
    from_holdout: np.ndarray


def distances_to_closest(synthetic: Table, train: Table, holdout: Table, *, seed: int) -> Distances:
    """Compute the distance of each row to the closest row of other tables.

    A row becomes a vector: numerical columns are standardised by the training table, all other columns are one-hot.
    Distances are computed in blocks, so that memory does not grow with the product of rows. Of a table with more than
    `MAX_ROWS` rows, as many rows are drawn.

    Parameters
    ----------
    synthetic, train, holdout : Table
        Three tables of one schema.
    seed : int
        Decides which rows are drawn.

    Returns
    -------
    Distances
        Squared distances from synthetic rows to real ones, and back.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> schema = Schema(("age",), (), "paid", 1, ("sex",))
    >>> table = lambda ages: Table(pd.DataFrame({"age": ages, "paid": 0, "sex": "F"}), schema)
    >>> distances = distances_to_closest(table([30, 35]), table([30, 50]), table([40, 40]), seed=0)
    >>> distances.to_train  # the standard deviation of training ages is 10
    array([0.  , 0.25])
    >>> np.sort(distances.from_train)
    array([0.  , 2.25])
    """
    synthetic, train, holdout = (draw_at_most(table, MAX_ROWS, seed) for table in (synthetic, train, holdout))
    embed = _Embedding(train, [synthetic, train, holdout])
    n = min(len(train), len(holdout))
    # each real table is cut into a sample and the rest, so that no distance is computed twice
    parts = [part for table in (train, holdout) for part in _sample_and_rest(embed(table.frame), n, seed)]
    to_parts = np.full((len(parts), len(synthetic)), np.inf)
    from_parts = [np.full(len(part), np.inf) for part in parts]
    with progress("closest rows", len(synthetic)) as advance:
        for start in range(0, len(synthetic), CHUNK):
            rows = embed(synthetic.frame.iloc[start : start + CHUNK]).double()
            for to_part, from_part, part in zip(to_parts, from_parts, parts, strict=True):
                for begin in range(0, len(part), CHUNK):
                    squared = _squared_distances(rows, part[begin : begin + CHUNK].double(), embed.n_codes)
                    _lower(to_part[start : start + CHUNK], squared.amin(1))
                    _lower(from_part[begin : begin + CHUNK], squared.amin(0))
            advance(len(rows), "")
    train_sample, train_rest, holdout_sample, holdout_rest = to_parts
    return Distances(
        to_train=np.minimum(train_sample, train_rest),
        to_train_sample=train_sample,
        to_holdout_sample=holdout_sample,
        to_holdout=np.minimum(holdout_sample, holdout_rest),
        from_train=np.concatenate(from_parts[:2]),
        from_holdout=np.concatenate(from_parts[2:]),
    )


class Closest:
    """Some tables, ready to say how far rows are from the closest row of each.

    Parameters
    ----------
    tables : sequence of Table
        The tables. A category that none of them has counts as a missing one.
    scale : Table
        Its standard deviations are the units of numerical columns.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> schema = Schema(("age",), (), "paid", 1, ("sex",))
    >>> table = lambda ages: Table(pd.DataFrame({"age": ages, "paid": 0, "sex": "F"}), schema)
    >>> real = table([30, 50])
    >>> Closest([real, table([40, 40])], scale=real).squared(table([30, 35]))[:, :, 0]
    array([[0.  , 1.  ],
           [0.25, 0.25]])
    """

    def __init__(self, tables: Sequence[Table], scale: Table) -> None:
        self.embed = _Embedding(scale, list(tables))
        self.vectors = [self.embed(table.frame).double() for table in tables]

    def squared(self, rows: Table, n: int = 1) -> np.ndarray:
        """Compute squared distances to the closest rows of each table.

        Parameters
        ----------
        rows : Table
            The rows.
        n : int
            How many of the closest rows.

        Returns
        -------
        array of float, shape [rows, tables, n]
            The distances, as of `Distances`, the smallest first. They are infinite if a table has fewer rows.
        """
        found = torch.full((len(rows), len(self.vectors), n), torch.inf, dtype=torch.float64)
        for start in range(0, len(rows), CHUNK):
            block = self.embed(rows.frame.iloc[start : start + CHUNK]).double()
            for place, vectors in enumerate(self.vectors):
                smallest = found[start : start + CHUNK, place]
                for part in vectors.split(CHUNK):
                    squared = _squared_distances(block, part, self.embed.n_codes)
                    nearest = squared.topk(min(n, len(part)), largest=False).values
                    smallest.copy_(torch.cat([smallest, nearest], dim=1).topk(n, largest=False).values)
        return found.numpy().round(DECIMALS).clip(0)

    def closest_to(self, rows: Table) -> list[np.ndarray]:
        """Count for each row of the tables how many rows it is the closest to. Rows that are equally close share one.

        Parameters
        ----------
        rows : Table
            The rows to count.

        Returns
        -------
        list of array of float
            For each table, a number for each of its rows. All numbers sum to the number of `rows`.
        """
        vectors = torch.cat(self.vectors)
        counts = torch.zeros(len(vectors), dtype=torch.float64)
        for part in self.embed(rows.frame).double().split(CHUNK // 4):
            squared = _squared_distances(part, vectors, self.embed.n_codes).mul_(10**DECIMALS).round_().clamp_(min=0)
            is_closest = (squared == squared.amin(1, keepdim=True)).double()
            counts += (is_closest / is_closest.sum(1, keepdim=True)).sum(0)
        return [part.numpy() for part in counts.split([len(vectors) for vectors in self.vectors])]


def draw_at_most(table: Table, n: int, seed: int) -> Table:
    """Draw n rows of a larger table at random, and leave them in their order.

    Parameters
    ----------
    table : Table
        The table to draw from.
    n : int
        How many rows to draw.
    seed : int
        Decides which rows are drawn.

    Returns
    -------
    Table
        The rows drawn, or the table itself if it has no more than n rows.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(9), "paid": 0, "sex": "F"})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> len(draw_at_most(table, 5, seed=0))
    5
    """
    if len(table) <= n:
        return table
    rows = seeds.numpy_generator(seed, "closest_rows").choice(len(table), n, replace=False)
    return Table(table.frame.iloc[np.sort(rows)], table.schema)


def _lower(found: np.ndarray, nearest: Tensor) -> None:
    """Keep the smaller of what was found before and what is found now, in place."""
    np.minimum(found, nearest.numpy().round(DECIMALS), out=found)


def _sample_and_rest(rows: Tensor, n: int, seed: int) -> tuple[Tensor, Tensor]:
    order = torch.from_numpy(seeds.numpy_generator(seed, "closest").permutation(len(rows)))
    return rows[order[:n]], rows[order[n:]]


def _squared_distances(a: Tensor, b: Tensor, n_codes: int) -> Tensor:
    """Compute distances of each row of a to each row of b: [rows of a, rows of b]. The last columns may be codes."""
    (a, a_codes), (b, b_codes) = (rows.split([rows.shape[1] - n_codes, n_codes], dim=1) for rows in (a, b))
    squared = torch.addmm(b.square().sum(1), a, b.T, alpha=-2).add_(a.square().sum(1, keepdim=True))
    for j in range(n_codes):  # two one-hot vectors that differ are at a squared distance of 2
        squared += 2 * (a_codes[:, j, None] != b_codes[:, j])
    return squared


class _Embedding:
    """Rows as vectors, float32 [N, d].

    A missing number becomes the mean, with a flag beside it. A missing category is one more category. The last
    `n_codes` columns are codes of columns with many categories.
    """

    def __init__(self, scale: Table, tables: list[Table]) -> None:
        """scale: the table whose mean and standard deviation count; tables: all whose categories there are."""
        self.numerical = list(scale.schema.numerical)
        numbers = scale.frame[self.numerical].astype(float)
        self.mean, self.std = numbers.mean().fillna(0), numbers.std(ddof=0).replace(0, 1).fillna(1)
        others = [name for name in scale.frame.columns if name not in self.numerical]
        categories = {name: pd.concat([t.frame[name] for t in tables]).dropna().unique() for name in others}
        self.n_codes = sum(len(values) > MANY for values in categories.values())
        self.categories = dict(sorted(categories.items(), key=lambda item: len(item[1]) > MANY))  # many: last

    def __call__(self, frame: pd.DataFrame) -> Tensor:
        numbers = (frame[self.numerical].astype(float) - self.mean) / self.std
        parts = [
            torch.tensor(numbers.fillna(0).to_numpy(), dtype=torch.float32),
            torch.tensor(numbers.isna().to_numpy(), dtype=torch.float32),
        ]
        for name, categories in self.categories.items():
            codes = torch.tensor(pd.Categorical(frame[name], categories=categories).codes).long() + 1  # 0 if missing
            is_many = len(categories) > MANY
            parts.append(codes.float()[:, None] if is_many else F.one_hot(codes, len(categories) + 1).float())
        return torch.cat(parts, dim=1)
