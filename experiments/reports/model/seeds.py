"""Means over seeds, with how many seeds there are."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from experiments.columns import digits, over_seeds

SEEDS = ("seeds", "count")


def by_group(runs: pd.DataFrame, keys: Sequence[str], metrics: Sequence[str]) -> pd.DataFrame:
    """Compute mean and standard deviation over the seeds of each group, and count the seeds.

    Parameters
    ----------
    runs : pandas.DataFrame
        Rows of the runs' frame.
    keys : sequence of str
        The columns to group by.
    metrics : sequence of str
        The columns to average.

    Returns
    -------
    pandas.DataFrame
        A row for each group. Columns are pairs (metric, "mean", "std" or "count" of defined values), and `SEEDS`.
    """
    known = runs.reindex(columns=[*keys, *metrics])  # no run may have a metric
    grouped = known.astype(dict.fromkeys(metrics, float)).groupby(list(keys), observed=True)
    frame = grouped[list(metrics)].agg(["mean", "std", "count"])
    frame[SEEDS] = grouped.size()
    return frame


def cells(group: pd.Series, metrics: Sequence[str]) -> list[str]:
    """Write mean and spread of each metric, and the number of its seeds where others have no value.

    Parameters
    ----------
    group : pandas.Series
        A row of `by_group`.
    metrics : sequence of str
        The metrics to write.
    """
    n = int(group[SEEDS])
    return [
        over_seeds(group[name, "mean"], group[name, "std"], group[name, "count"], n, digits(name)) for name in metrics
    ]
