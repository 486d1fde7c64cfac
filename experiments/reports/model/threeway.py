"""Utility, fairness and privacy of every method at once: which points no other point beats in all three."""

from __future__ import annotations

import pandas as pd

from experiments import methods
from experiments.reports.model.comparison import AUC
from experiments.sweep import grid
from fairtab.metrics.pareto import dominating

DCR = "privacy/dcr"
CHANCE = 0.5  # the DCR of a generator that memorises nothing; less than that is chance, and not more privacy
DIGITS = 3  # points are compared by the numbers that are read


def points(runs: pd.DataFrame, attribute: str) -> dict[str, pd.DataFrame]:
    """Choose the runs of each method in the paper's protocol, by its label. Runs with SCORE as the goal are separate.

    The floor is left out.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame, of one dataset.
    attribute : str
        The sensitive attribute of SCORE.
    """
    in_protocol, searched = grid.protocol(runs), grid.for_score(runs, attribute)
    found = {}
    for method in methods.rows(runs["method"]):
        if method.kind != "floor":
            found[method.label] = in_protocol[in_protocol["method"].eq(method.name)]
            found[f"{method.label}, goal=score"] = searched[searched["method"].eq(method.name)]
    return {words: chosen for words, chosen in found.items() if len(chosen)}


def threeway(runs: pd.DataFrame, attribute: str) -> pd.DataFrame:
    """Compute the mean AUC, DPR and DCR of each method, and which methods dominate it.

    A method dominates another one if it is at least as good in all three, and better in one. A DCR of less than 1/2 is
    as good as 1/2.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame, of one dataset.
    attribute : str
        The sensitive attribute of DPR and SCORE.

    Returns
    -------
    pandas.DataFrame
        A row for each method that has all three, by its label; `dominated_by` has a list of labels.
    """
    names = [AUC, f"fairness/dpr/{attribute}", DCR]
    seeds_of = points(runs, attribute).items()
    of_methods = {words: seeds.reindex(columns=names).astype(float).mean() for words, seeds in seeds_of}
    mean = pd.DataFrame(of_methods).T.reindex(columns=names).dropna().round(DIGITS)
    quantities = mean.assign(**{DCR: -mean[DCR].clip(lower=CHANCE)})
    found = dominating(quantities.to_numpy())
    return mean.assign(dominated_by=[[mean.index[place] for place in others] for others in found])
