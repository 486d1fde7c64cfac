"""Whether a synthetic table gives its training rows away: closer to them than by chance, or equal to them."""

from __future__ import annotations

import numpy as np
from scipy import stats
from sklearn.metrics import roc_auc_score

from fairtab.metrics.closest import Closest
from fairtab.table import Table

SIGNIFICANCE = 0.01  # of more exact copies than chance would have


def dcr(closest: Closest) -> float:
    """Share of synthetic rows closer to a training than to a holdout row, between samples of equal size, ties counting
    half: 1/2 for a generator that memorises nothing."""
    train, holdout = closest.train_sample, closest.holdout_sample
    return float(np.mean((train < holdout) + 0.5 * (train == holdout)))


def dcr_published(closest: Closest) -> float:
    """As in the paper's Table 3: 1 minus the share closer to a training row, between whole tables of unequal size. With
    twice as many training rows, a generator that memorises nothing scores 1/3."""
    return float(1 - np.mean(closest.train < closest.holdout))


def membership_auc(closest: Closest) -> float:
    """How well a real row's distance to the closest synthetic row tells training rows from holdout rows: the area under
    the ROC curve of a distance-based membership inference attack (GAN-Leaks, Chen et al. 2020, full black box). 1/2
    for a generator that memorises nothing."""
    distance = np.concatenate([closest.of_train, closest.of_holdout])
    is_member = np.repeat([1, 0], [len(closest.of_train), len(closest.of_holdout)])
    return float(roc_auc_score(is_member, -distance))


def exact_copies(table: Table, train: Table) -> np.ndarray:
    """Which rows equal a training row in every column, missing values included. bool [N]"""
    numbers = dict.fromkeys(train.schema.numerical, float)
    names = list(train.frame.columns)
    known = train.frame.astype(numbers).drop_duplicates()
    found = table.frame[names].astype(numbers).merge(known, how="left", on=names, indicator="found")["found"]
    return (found == "both").to_numpy()


def more_than_chance(copied: np.ndarray, by_chance: np.ndarray) -> bool:
    """Whether a larger share is True in `copied` than in `by_chance`, by Fisher's exact test at the level of 1%."""
    counts = [[values.sum(), (~values).sum()] for values in (copied, by_chance)]
    return bool(stats.fisher_exact(counts, alternative="greater").pvalue < SIGNIFICANCE)
