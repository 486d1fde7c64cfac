"""Whether synthetic rows sit closer to the training rows than chance would have them: distance to closest record."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional as F

from fairtab import seeds
from fairtab.table import Table

CHUNK = 4096  # rows on either side of a block of distances
DECIMALS = 5  # of a distance: rows equally far away must be exactly so, and single precision holds no more


class Closest(NamedTuple):
    """Squared distance of each synthetic row to the closest row of a table. Each [N]"""

    train: np.ndarray
    train_sample: np.ndarray  # of training rows drawn at random, as many as the holdout has if it has fewer
    holdout_sample: np.ndarray  # likewise of holdout rows
    holdout: np.ndarray


def dcr(closest: Closest) -> float:
    """Share of synthetic rows closer to a training than to a holdout row, between samples of equal size, ties counting
    half: 1/2 for a generator that memorises nothing."""
    train, holdout = closest.train_sample, closest.holdout_sample
    return float(np.mean((train < holdout) + 0.5 * (train == holdout)))


def dcr_published(closest: Closest) -> float:
    """As in the paper's Table 3: 1 minus the share closer to a training row, between whole tables of unequal size. With
    twice as many training rows, a generator that memorises nothing scores 1/3."""
    return float(1 - np.mean(closest.train < closest.holdout))


def distances_to_closest(synthetic: Table, train: Table, holdout: Table, *, seed: int) -> Closest:
    """How far the synthetic rows are from real ones.

    Rows are vectors: numericals standardised by the training table, all other columns one-hot. Work goes in blocks on
    both sides, so that memory does not grow with the product of rows.
    """
    embed = _Embedding(train, [synthetic, train, holdout])
    n = min(len(train), len(holdout))
    # each table is cut in a sample and the rest, so that no distance is computed twice
    parts = [part for table in (train, holdout) for part in _sample_and_rest(embed(table.frame), n, seed)]
    closest = np.full((len(parts), len(synthetic)), np.inf)
    for start in range(0, len(synthetic), CHUNK):
        rows = embed(synthetic.frame.iloc[start : start + CHUNK]).double()
        for found, part in zip(closest, parts, strict=True):
            for block in part.split(CHUNK) if len(part) else ():
                nearest = _squared_distances(rows, block.double()).amin(1).numpy().round(DECIMALS)
                found[start : start + CHUNK] = np.minimum(found[start : start + CHUNK], nearest)
    train_sample, train_rest, holdout_sample, holdout_rest = closest
    return Closest(
        np.minimum(train_sample, train_rest), train_sample, holdout_sample, np.minimum(holdout_sample, holdout_rest)
    )


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
