"""Which differences between methods hold across splits, of experiment=splits.

Two tables A and B are compared on each split: the same rows for training, the same for testing. The mean of these
differences over the splits has the variance (1/n + n_test/n_train) times theirs, because the splits share rows (the
corrected resampled t-test, Nadeau and Bengio 2003). It is referred to Student's t with n - 1 degrees of freedom.
`p_holm` is adjusted for all pairs of a dataset and metric (Holm 1979).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from experiments.reports.model.claims import METRICS, holm, student
from experiments.reports.model.shown import table_names
from experiments.sweep import grid

SPLIT = r"^(?P<base>.+)-split-(?P<split>\d+)$"  # how such a dataset is called


def by_split(runs: pd.DataFrame, metric: str, attribute: str) -> pd.DataFrame:
    """Arrange a metric of the runs of one dataset: a row for each split, a column for each table.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame of experiment=splits, of one dataset.
    metric : str
        The name of a column.
    attribute : str
        The sensitive attribute that a goal is about.

    Returns
    -------
    pandas.DataFrame
        The values; nan if they are undefined or not measured.
    """
    runs = grid.judged(runs[runs["variant"].eq(grid.DEFAULT)])
    runs = runs.assign(table=table_names(runs, attribute), split=runs["dataset"].str.extract(SPLIT)["split"])
    runs = runs.dropna(subset=["table"])
    return runs.pivot_table(index="split", columns="table", values=metric, sort=False, dropna=False)


def compare(differences: np.ndarray, n_test: int, n_train: int) -> dict[str, float]:
    """Compute the mean difference over splits with its interval and p value.

    Parameters
    ----------
    differences : numpy.ndarray
        A minus B on each split, [splits].
    n_test, n_train : int
        Rows of the test and of the training table.
    """
    n = len(differences)
    variance = float((1 / n + n_test / n_train) * differences.var(ddof=1))
    return student(float(differences.mean()), variance, n - 1)


def claims(runs: pd.DataFrame, facts: Mapping[str, Any], attribute: str) -> pd.DataFrame:
    """Compare every pair of tables of one dataset by AUC, and by DPR, EOR and SCORE of an attribute.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame of experiment=splits, of one dataset.
    facts : mapping
        The facts of the dataset.
    attribute : str
        The sensitive attribute.

    Returns
    -------
    pandas.DataFrame
        Columns: metric, a, b, difference (a minus b), low, high, p, p_holm. Pairs with fewer than two splits in common
        are left out.
    """
    rows: list[dict[str, Any]] = []
    for metric in (name.format(a=attribute) for name in METRICS):
        wide = by_split(runs, metric, attribute)
        tested = []
        for a, b in combinations(wide.columns, 2):
            both = wide[[a, b]].dropna()
            if len(both) > 1:
                found = compare((both[a] - both[b]).to_numpy(), facts["rows"]["test"], facts["rows"]["train"])
                tested.append({"metric": metric, "a": a, "b": b, **found})
        adjusted = holm([row["p"] for row in tested])
        rows += [{**row, "p_holm": p} for row, p in zip(tested, adjusted, strict=True)]
    return pd.DataFrame(rows, columns=["metric", "a", "b", "difference", "low", "high", "p", "p_holm"])
