"""What runs are called in tables and figures: by their synthetic table, and by how many seeds they have."""

from __future__ import annotations

import pandas as pd

from experiments import methods
from experiments.columns import count_seeds
from experiments.sweep import grid

LEVELS = {"balance-0": ", level 0", "balance-10": ", level 10", "native": ""}


def table_names(runs: pd.DataFrame, attribute: str) -> pd.Series:
    """Name the table of each run by its method, and its level or goal: "FairTab, level 10".

    Parameters
    ----------
    runs : pandas.DataFrame
        Rows of the runs' frame, of one dataset or of its splits.
    attribute : str
        The sensitive attribute that a goal is about.

    Returns
    -------
    pandas.Series
        The names; None for runs at other levels and with other goals. The number of rows is no part of a name.
    """
    level = runs["level"].str.replace(grid.TIMES, "", regex=True)
    words = level.map(LEVELS).mask(grid.is_for_score(runs, attribute), ", goal=score")
    return runs["method"].map(methods.label) + words


def counted(words: str, n: int) -> str:
    """Name a line of a table, and how many seeds it has if the benchmark asks for another number.

    Parameters
    ----------
    words : str
        What the line is about.
    n : int
        How many seeds it has.
    """
    return words if n == len(grid.paper_grid().seeds) else f"{words}, {count_seeds(n)}"
