"""Quality against the number of synthetic rows, of experiment=rows."""

from __future__ import annotations

import pandas as pd

from experiments import methods
from experiments.learners import JUDGE
from experiments.reports.model.seeds import by_group
from experiments.reports.model.shown import table_names
from experiments.sweep import grid

METRICS = ("utility/auc", "fairness/dpr/{a}", "fairness/eor/{a}", "score/{a}", "fidelity/column_error", "privacy/dcr")


def by_rows(runs: pd.DataFrame, attribute: str) -> pd.DataFrame:
    """Compute each metric over seeds, for each table and number of rows, as `by_group` does.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame, of one dataset.
    attribute : str
        The sensitive attribute that ratios and SCORE are of.

    Returns
    -------
    pandas.DataFrame
        Rows are (table, times): a method and its level or goal in words, and how many times the training rows. Only
        tables are in it that have several numbers of rows.
    """
    runs = runs[runs["variant"].eq(grid.DEFAULT) & runs["learner"].eq(JUDGE) & runs["method"].ne(methods.REAL)]
    runs = runs.assign(table=table_names(runs, attribute), times=grid.multiple(runs)).dropna(subset=["table"])
    runs = runs[runs.groupby("table")["times"].transform("nunique") > 1]
    return by_group(runs, ["table", "times"], [name.format(a=attribute) for name in METRICS])
