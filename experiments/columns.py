"""Columns of the runs' frame: their names in tables, figures and the terminal, and the text of their numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fairtab.metrics.catalogue import split_name

if TYPE_CHECKING:
    import pandas as pd

ATTRIBUTE = "{a}"  # stands for the attribute shown: "fairness/dpr/{a}"
AVERAGED = {"dpr": "fairness/dpr", "eor": "fairness/eor"}  # means over the sensitive attributes
COSTS = {  # heading and decimals
    "cpu_seconds/fit": ("fit, CPU s", 0),
    "cpu_seconds/sample": ("sample, CPU s", 1),
    "seconds/search": ("search, s", 0),
    "seconds/sample": ("seconds", 1),
}
ARROWS = {"up": "↑", "down": "↓", None: ""}
DASH = "-"


def heading(name: str, *, full: bool = False) -> str:
    """Give the heading of a column.

    Parameters
    ----------
    name : str
        As in the runs' frame.
    full : bool
        Whether to use a metric's full name: "DCR, equal samples" instead of "DCR".

    Returns
    -------
    str
        For example "DPR sex"; "DPR" if the attribute is `ATTRIBUTE`.
    """
    if name in COSTS:
        return COSTS[name][0]
    if name.startswith("validation/"):
        return f"{heading(name.removeprefix('validation/'), full=full)}, expected"
    metric, attribute = split_name(AVERAGED.get(name, name))
    words = metric.label if full else metric.heading
    return words if attribute in ("", ATTRIBUTE) else f"{words} {attribute}"


def label(name: str) -> str:
    """Give a metric's full name, and an arrow to its better values: "DPR ↑ sex"."""
    metric, attribute = split_name(AVERAGED.get(name, name))
    arrow = ARROWS[metric.goal] if not isinstance(metric.goal, float) else f"→ {metric.goal:g}"
    return " ".join(word for word in (metric.label, arrow, attribute) if word)


def digits(name: str) -> int:
    """Give the number of decimals of a column."""
    return COSTS[name][1] if name in COSTS else 3


def number(value: float | None, digits: int = 3) -> str:
    """Write one number; a dash if there is none or it is undefined."""
    return DASH if value is None or math.isnan(value) else f"{value:,.{digits}f}"


def with_spread(mean: float, std: float | None, digits: int) -> str:
    """Write a mean and its standard deviation; the mean alone if there is no standard deviation."""
    spread = "" if std is None or math.isnan(std) else f" ± {std:,.{digits}f}"
    return f"{mean:,.{digits}f}{spread}"


def count_seeds(n: int) -> str:
    """Write how many seeds there are."""
    return f"{n} seed{'' if n == 1 else 's'}"


def fewer(n: int, of: int) -> str:
    """Write how many seeds a number is of; nothing if it is of all of them."""
    return f" (n={n})" if n < of else ""


def over_seeds(mean: float, std: float | None, n: float, of: int, digits: int) -> str:
    """Write the mean and the standard deviation of n values, of so many seeds; a dash if no seed has a value."""
    return with_spread(mean, std, digits) + fewer(int(n), of) if n else DASH


def mean_and_std(values: pd.Series, digits: int = 3) -> str:
    """Write the mean and the standard deviation over seeds, one value for each, nan if it is undefined."""
    values = values.astype(float)
    return over_seeds(values.mean(), values.std(), values.notna().sum(), len(values), digits)


def over_attributes(runs: pd.DataFrame, metric: str) -> pd.Series:
    """Average a fairness metric over the sensitive attributes, without their intersection, as SCORE does.

    Parameters
    ----------
    runs : pandas.DataFrame
        Rows of the runs' frame, of one dataset or several.
    metric : str
        For example "fairness/dpr".

    Returns
    -------
    pandas.Series
        A value for each row, nan if one of the attributes has none.
    """
    import pandas as pd

    def averaged(rows: pd.DataFrame) -> pd.Series:
        each = [name for name in rows.columns if name.startswith(f"{metric}/") and "*" not in name]
        return rows[[name for name in each if rows[name].notna().any()]].astype(float).mean(axis=1, skipna=False)

    return pd.concat([pd.Series(dtype=float), *(averaged(rows) for _, rows in runs.groupby("dataset"))])
