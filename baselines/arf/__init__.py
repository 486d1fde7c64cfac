"""ARF, adversarial random forests (Watson et al., AISTATS 2023): rows from leaves in which columns are independent."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from safetensors.numpy import load_file, save_file
from scipy.special import ndtr, ndtri

from baselines.arf.leaves import Leaves
from baselines.shared.rows import TrainingRows
from fairtab import saving, seeds
from fairtab.codec import Codec
from fairtab.column import Column
from fairtab.errors import InputError, check_whole
from fairtab.joint import Joint
from fairtab.progress import progress
from fairtab.table import Table

LEAVES = "leaves.safetensors"


@dataclass(kw_only=True, eq=False)
class ARF(TrainingRows):
    """Adversarial random forests. Label and sensitive attributes are ordinary categorical columns.

    A forest learns to tell real rows from synthetic ones. New synthetic rows are drawn from its leaves: every column by
    itself, among the real rows of a leaf. This is repeated until a forest can no longer tell. Then the columns are
    independent within each leaf, and the joint of a row is a mixture of products, one for each leaf.

    The final rows are drawn in the same way (FORGE). Only numbers come from the density of the leaf (FORDE): a normal
    distribution with the mean and standard deviation of the leaf's rows, truncated to the leaf's box. Numbers are the
    normal scores of the codec, so that they lead back to values of the column. A column that is mostly one value is no
    normal distribution in any leaf: `CategoryRule` makes it a category.

    Parameters
    ----------
    n_trees
        Number of trees of each forest.
    min_leaf_rows
        Lowest number of real rows in a leaf.
    delta
        The forests can no longer tell if their out-of-bag accuracy is at most 1/2 + delta.
    max_rounds
        Highest number of forests after the first one. There are fewer if the accuracy rises.

    Attributes
    ----------
    accuracies : list of float
        The out-of-bag accuracy of each forest, after a fit.

    References
    ----------
    Watson, Blesch, Kapar and Wright, "Adversarial Random Forests for Density Estimation and Generative Modeling",
    AISTATS 2023: Algorithm 1, FORDE and FORGE.
    """

    n_trees: int = 30
    min_leaf_rows: int = 5
    delta: float = 0.0
    max_rounds: int = 10

    steerable = False

    def learn(self, train: Table, validation: Table, *, seed: int) -> None:
        """Grow forests until they cannot tell real rows from rows of the leaves."""
        for name, least in {"n_trees": 1, "min_leaf_rows": 1, "max_rounds": 0}.items():
            check_whole(name, getattr(self, name), least)
        self._read_columns(train)
        rng = seeds.numpy_generator(seed, "fit")
        synthetic = rng.permuted(self.codes, axis=0)  # each column by itself
        self.accuracies: list[float] = []
        with progress("growing forests", self.max_rounds + 1) as advance:
            for i in range(self.max_rounds + 1):
                trees, accuracy = self._forest(synthetic, seeds.derive(seed, "forest", i))
                advance(1, f"accuracy {accuracy:.3f}")
                rises = i > 0 and accuracy > self.accuracies[-1]
                self.accuracies.append(accuracy)
                told_apart = accuracy > 0.5 + self.delta
                if i > 0 and (rises or not told_apart):
                    break  # the leaves of the forest before have made these rows
                self.leaves = Leaves.of_forest(trees, self.codes, self.min_leaf_rows)
                if not told_apart:
                    break
                synthetic = self.leaves.draw_codes(self.codes, self.leaves.draw(len(train), rng), rng)

    def draw(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None) -> Table:
        rng = seeds.numpy_generator(seed, "sample")
        d_num = len(self.codec.numerical)
        leaf = self.leaves.draw(n, rng)
        x_cat = self.leaves.draw_codes(self.codes[:, d_num:], leaf, rng)  # [n, d_cat]
        x_num = np.empty((n, d_num), dtype=np.float32)
        for j, column in enumerate(self.codec.numerical):
            mean, std = self.leaves.moments(scores(column)[self.codes[:, j]])
            edges = column.edges.numpy()
            low, high = edges[self.leaves.low[leaf, j]], edges[self.leaves.high[leaf, j] + 1]
            x_num[:, j] = truncated_normal(mean[leaf], std[leaf], low, high, rng)
        no_conditions = torch.empty((n, 0), dtype=torch.long)
        return self.codec.decode(torch.from_numpy(x_num), torch.from_numpy(x_cat).long(), no_conditions, seed=seed)

    @property
    def n_parameters(self) -> int:
        """Number of parameters of the leaves: coverage, and mean, deviation and box of each number."""
        return len(self.leaves.counts) * (1 + 4 * len(self.codec.numerical))

    def save(self, folder: Path) -> None:
        super().save(folder)
        parts = {"of": self.leaves.of, "low": self.leaves.low, "high": self.leaves.high}
        save_file(parts, Path(folder) / LEAVES)

    @classmethod
    def load(cls, folder: Path) -> Self:
        method = super().load(folder)
        with saving.reading(folder):
            method.leaves = Leaves(**load_file(Path(folder) / LEAVES))
            method._read_columns(method.train)
            if (n := method.leaves.of.shape[1]) != len(method.train):
                raise InputError(f"{folder}: expected leaves of {len(method.train)} rows, got {n}")
        return method

    def _read_columns(self, train: Table) -> None:
        self.codec = Codec.fit(train, conditions=())
        encoded = self.codec.encode(train)
        self.codes = torch.cat([encoded.x_num, encoded.x_cat], dim=1).int().numpy()  # [N, d_num + d_cat]

    def _forest(self, synthetic: np.ndarray, seed: int) -> tuple[list[Any], float]:
        """Grow a forest that tells the training rows from synthetic ones; return its trees and out-of-bag accuracy."""
        from sklearn.ensemble import RandomForestClassifier  # this import takes a second, so only fitting has it

        forest = RandomForestClassifier(
            self.n_trees, min_samples_leaf=self.min_leaf_rows, oob_score=True, random_state=seed
        )
        with warnings.catch_warnings():
            # if there are few trees, some rows are in all their bags: they count as taken for real ones
            warnings.filterwarnings("ignore", message="Some inputs do not have OOB scores", category=UserWarning)
            forest.fit(np.concatenate([self.codes, synthetic]), np.repeat([0, 1], len(self.codes)))
        return [tree.tree_ for tree in forest.estimators_], float(forest.oob_score_)


def scores(column: Column) -> np.ndarray:
    """The mean of a standard normal number within the step of each code, [K]."""
    cdf, edges = column.cdf.numpy(), column.edges.double().numpy()
    density = np.exp(-(edges**2) / 2) / np.sqrt(2 * np.pi)
    return (density[:-1] - density[1:]) / np.diff(cdf)


def truncated_normal(
    mean: np.ndarray, std: np.ndarray, low: np.ndarray, high: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw numbers of normal distributions that are at least `low` and less than `high`; the mean, if std is 0. [n]"""
    scale = np.where(std > 0, std, 1)
    from_, to = ndtr((low - mean) / scale), ndtr((high - mean) / scale)
    drawn = mean + std * ndtri(from_ + (to - from_) * rng.random(len(mean)))
    return np.clip(drawn.astype(np.float32), low, np.nextafter(high, -np.inf, dtype=np.float32))
