"""Quality against the share of missing values, of experiment=missing."""

from __future__ import annotations

import pandas as pd

from experiments import methods
from experiments.reports.model.seeds import by_group
from experiments.sweep import grid

INJECTED = r"^(?P<base>.+)-missing-(?P<rate>[\d.]+)-(?P<by>.+)$"  # how such a dataset is called
METRICS = ("utility/auc", "score/{a}", "fidelity/column_error")


def where(by: str) -> str:
    """Say which values are missing.

    Parameters
    ----------
    by : str
        "random", or the attribute whose smaller groups miss more.

    Examples
    --------
    >>> where("random"), where("sex")
    ('missing at random', 'missing more often in smaller groups of sex')
    """
    return "missing at random" if by == "random" else f"missing more often in smaller groups of {by}"


def by_rate(runs: pd.DataFrame, whole: pd.DataFrame, attribute: str) -> pd.DataFrame:
    """Compute each metric over seeds, for each method and share of missing values, as `by_group` does.

    A method has the seeds that were run at each of its shares. So shares differ by what is missing, and not by seeds.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame of experiment=missing, of one dataset.
    whole : pandas.DataFrame
        The runs' frame of the same dataset as it is. Its runs stand at the share 0.
    attribute : str
        The sensitive attribute that SCORE is of.

    Returns
    -------
    pandas.DataFrame
        Rows are (by, method, rate), with the method's label.
    """
    runs = grid.protocol(grid.judged(runs))
    runs = runs.join(runs["dataset"].str.extract(INJECTED)).astype({"rate": float})
    whole = grid.protocol(grid.judged(whole))
    whole = whole[whole["method"].isin(runs["method"])]
    at_0 = [whole.assign(rate=0.0, by=by) for by in sorted(set(runs["by"]))]
    every = pd.concat([*at_0, runs])
    n_shares, of_seed = (every.groupby(["by", "method", *more])["rate"].transform("nunique") for more in ([], ["seed"]))
    every = every[of_seed == n_shares]
    every["method"] = pd.Categorical(
        every["method"].map(methods.label), [m.label for m in methods.rows(runs["method"])]
    )
    return by_group(every, ["by", "method", "rate"], [name.format(a=attribute) for name in METRICS])
