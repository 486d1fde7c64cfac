"""How far a synthetic table's rows are from real ones, and real ones from them: distances to the closest record."""

from __future__ import annotations

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
MAX_ROWS = 50_000  # of a table: of larger ones as many are drawn, since all pairs of a million rows take days
DECIMALS = 5  # of a distance: rows equally far away must be exactly so, and single precision holds no more


class Closest(NamedTuple):
    """Squared distance of each row to the closest row of another table."""

    train: np.ndarray  # of each synthetic row, to the closest training row [N]
    train_sample: np.ndarray  # to those drawn at random, as many as the holdout has if it has fewer [N]
    holdout_sample: np.ndarray  # likewise to holdout rows [N]
    holdout: np.ndarray  # [N]
    of_train: np.ndarray  # of each training row, to the closest synthetic row [training rows]
    of_holdout: np.ndarray  # likewise of each holdout row [holdout rows]


def distances_to_closest(synthetic: Table, train: Table, holdout: Table, *, seed: int) -> Closest:
    """How far the synthetic rows are from real ones.

    Rows are vectors: numericals standardised by the training table, all other columns one-hot. Work goes in blocks on
    both sides, so that memory does not grow with the product of rows. Of a table of more than `MAX_ROWS` rows, as many
    are drawn.
    """
    synthetic, train, holdout = (at_most(table, MAX_ROWS, seed) for table in (synthetic, train, holdout))
    embed = _Embedding(train, [synthetic, train, holdout])
    n = min(len(train), len(holdout))
    # each table is cut in a sample and the rest, so that no distance is computed twice
    parts = [part for table in (train, holdout) for part in _sample_and_rest(embed(table.frame), n, seed)]
    to_part = np.full((len(parts), len(synthetic)), np.inf)
    of_part = [np.full(len(part), np.inf) for part in parts]
    with progress("closest rows", len(synthetic)) as advance:
        for start in range(0, len(synthetic), CHUNK):
            rows = embed(synthetic.frame.iloc[start : start + CHUNK]).double()
            for found, found_of, part in zip(to_part, of_part, parts, strict=True):
                for begin in range(0, len(part), CHUNK):
                    squared = _squared_distances(rows, part[begin : begin + CHUNK].double())
                    _lower(found[start : start + CHUNK], squared.amin(1))
                    _lower(found_of[begin : begin + CHUNK], squared.amin(0))
            advance(len(rows), "")
    train_sample, train_rest, holdout_sample, holdout_rest = to_part
    return Closest(
        np.minimum(train_sample, train_rest),
        train_sample,
        holdout_sample,
        np.minimum(holdout_sample, holdout_rest),
        np.concatenate(of_part[:2]),
        np.concatenate(of_part[2:]),
    )


def at_most(table: Table, n: int, seed: int) -> Table:
    """The table itself, or n rows of a larger one, drawn at random and left in their order."""
    if len(table) <= n:
        return table
    rows = seeds.numpy_generator(seed, "closest_rows").choice(len(table), n, replace=False)
    return Table(table.frame.iloc[np.sort(rows)], table.schema)


def _lower(found: np.ndarray, nearest: Tensor) -> None:
    np.minimum(found, nearest.numpy().round(DECIMALS), out=found)


def _sample_and_rest(rows: Tensor, n: int, seed: int) -> tuple[Tensor, Tensor]:
    order = torch.from_numpy(seeds.numpy_generator(seed, "closest").permutation(len(rows)))
    return rows[order[:n]], rows[order[n:]]


def _squared_distances(a: Tensor, b: Tensor) -> Tensor:
    return torch.addmm(b.square().sum(1), a, b.T, alpha=-2).add_(a.square().sum(1, keepdim=True))


class _Embedding:
    """Rows as vectors. float32 [N, d]

    A missing number is put at the mean, with a flag beside it; a missing category is one more category.
    """

    def __init__(self, scale: Table, tables: list[Table]) -> None:
        self.numerical = list(scale.schema.numerical)
        numbers = scale.frame[self.numerical].astype(float)
        self.mean, self.std = numbers.mean().fillna(0), numbers.std(ddof=0).replace(0, 1).fillna(1)
        others = [name for name in scale.frame.columns if name not in self.numerical]
        self.categories = {name: pd.concat([t.frame[name] for t in tables]).dropna().unique() for name in others}

    def __call__(self, frame: pd.DataFrame) -> Tensor:
        numbers = (frame[self.numerical].astype(float) - self.mean) / self.std
        parts = [
            torch.tensor(numbers.fillna(0).to_numpy(), dtype=torch.float32),
            torch.tensor(numbers.isna().to_numpy(), dtype=torch.float32),
        ]
        for name, categories in self.categories.items():
            codes = pd.Categorical(frame[name], categories=categories).codes  # -1 where missing
            parts.append(F.one_hot(torch.tensor(codes).long() + 1, len(categories) + 1).float())
        return torch.cat(parts, dim=1)
