"""Fair Class Balancing (Yan, Kao and Ferrara, CIKM 2020): SMOTE that evens out the clusters of each class."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from baselines.shared.interpolation import Interpolation, check_labels
from baselines.shared.rows import TrainingRows
from fairtab import saving, seeds
from fairtab.errors import InputError, check_whole
from fairtab.joint import Joint, apportion
from fairtab.table import Table
from fairtab.threads import one_thread

JUDGED_ROWS = 2000  # of a class, for the silhouette: it takes all their distances


@dataclass(eq=False)
class FairCB(TrainingRows):
    """Balance clusters of rows. A cluster stands for a group that is not observed, so only features shape it.

    In the balanced table both classes have the same share. Within a class, all clusters have the same share.

    Parameters
    ----------
    k
        Number of nearest neighbours, within its cluster, that a row is interpolated with. Every cluster has more rows
        than this, unless it is the whole class.
    max_clusters
        Highest number of clusters of a class. The silhouette decides how many there are.
    keep_rows
        Whether some rows are training rows: the same share as in the smallest balanced table that oversampling makes of
        the training table. Otherwise all rows are new.
    """

    k: int = 5
    max_clusters: int = 10
    keep_rows: bool = True

    steerable = False

    def learn(self, train: Table, validation: Table, *, seed: int) -> None:
        """Find the clusters. Raises InputError if a label has fewer than two rows, or if there are no features."""
        if not train.schema.features:
            raise InputError("FairCB: expected columns to cluster besides the target and the sensitive ones, got none")
        check_labels(train, self.k)
        check_whole("max_clusters", self.max_clusters, 1)
        x = _features(train)
        self.groups = np.empty(len(train), dtype=np.int64)  # [N], the clusters of label 1 after those of label 0
        for label in (0, 1):
            rows = np.flatnonzero(train.y == label)
            with one_thread():
                clusters = self._clusters(x[rows], seeds.derive(seed, "fit", label))
            self.groups[rows] = label * self.max_clusters + clusters

    def draw(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None) -> Table:
        new = Interpolation(self.train, self.groups)
        shares = self.shares()
        n_balanced = (np.bincount(self.groups)[shares.index] / shares).max()  # rows of the smallest balanced table
        parts = []
        for (group, share), n_rows in zip(shares.items(), apportion(shares.to_numpy(), n), strict=True):
            real = np.flatnonzero(self.groups == group)
            n_kept = min(len(real), round(n_rows * len(real) / (n_balanced * share))) if self.keep_rows else 0
            kept = seeds.numpy_generator(seed, "kept", group).choice(real, n_kept, replace=False)
            parts.append(self.train.frame.iloc[kept])
            if n_rows > n_kept:
                parts.append(new.draw(group, n_rows - n_kept, k=self.k, seed=seeds.derive(seed, "sample", group)))
        order = seeds.numpy_generator(seed, "order").permutation(n)
        return Table(pd.concat(parts, ignore_index=True).iloc[order], self.train.schema)

    def shares(self) -> pd.Series:
        """The share of each group, by its number, in the balanced table. A label's clusters share half of it."""
        groups = np.unique(self.groups)
        labels = groups // self.max_clusters
        return pd.Series(1 / len(np.unique(labels)) / np.bincount(labels)[labels], index=groups)

    def save(self, folder: Path) -> None:
        super().save(folder)
        pd.DataFrame({"group": self.groups}).to_parquet(Path(folder) / "groups.parquet", index=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        method = super().load(folder)
        with saving.reading(folder):
            method.groups = pd.read_parquet(Path(folder) / "groups.parquet")["group"].to_numpy()
            if len(method.groups) != len(method.train):
                raise InputError(f"{folder}: expected {len(method.train)} rows' groups, got {len(method.groups)}")
        return method

    def _clusters(self, x: np.ndarray, seed: int) -> np.ndarray:
        """The k-means clusters with the best silhouette, each of more than k rows; else one cluster. [N]"""
        from sklearn.cluster import KMeans  # this import takes a second, so only fitting has it
        from sklearn.metrics import silhouette_score

        best, chosen = -np.inf, np.zeros(len(x), dtype=np.int64)
        most = min(self.max_clusters, len(np.unique(x, axis=0)))
        for n_clusters in range(2, most + 1):
            clusters = KMeans(n_clusters, n_init=10, random_state=seed).fit_predict(x)
            judged = seeds.numpy_generator(seed, "judged").permutation(len(x))[:JUDGED_ROWS]
            if np.bincount(clusters).min() <= self.k or len(np.unique(clusters[judged])) < 2:
                continue
            if (score := silhouette_score(x[judged], clusters[judged])) > best:
                best, chosen = score, clusters
        return chosen


def _features(table: Table) -> np.ndarray:
    """Ranks of numbers, so that no outlier makes a cluster, and a column of 0 and 1 for each category. [N, d]"""
    numerical, categorical = list(table.schema.numerical), list(table.schema.categorical)
    parts = [table.frame[numerical].rank(pct=True).fillna(0.5).astype(float)]
    if categorical:  # get_dummies refuses a frame without columns
        parts.append(pd.get_dummies(table.frame[categorical].astype(object), dummy_na=True, dtype=float))
    return np.hstack(parts)
