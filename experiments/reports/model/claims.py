"""Which differences between methods hold? A paired comparison over test rows and seeds, computed from runs alone.

Two methods A and B are compared on one dataset by D, the difference between their means over seeds of a metric on the
test table. Other test rows and other seeds would give another D. Its variance is the sum of both parts (law of total
variance):

- rows: the variance of D over the bootstrap draws of test rows that every run keeps (Efron 1979). A draw is the same
  for every run of a dataset, so D is computed within a draw (paired): rows that are hard for both methods cancel out.
- seeds: var(A) / seeds of A + var(B) / seeds of B, variances over seeds on the same test rows. Seeds of two methods
  are independent, so this part is not paired.

D / its standard error is referred to Student's t with the degrees of freedom of Welch and Satterthwaite, draws - 1 for
the rows' part and seeds - 1 for each of the others. If three seeds differ much, few differences hold. The interval and
`p` are of each difference by itself: of 20 that do not exist, one has p < 0.05 by chance. A difference *holds* if it
does so after the correction for all pairs of a dataset and metric, `p_holm` < 0.05 (Holm 1979). The pairs are those of
competing methods: ceilings and the floor take no part.

No claim is made if a method has fewer than two seeds, or if the metric is undefined for one of them or in more than a
tenth of the draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from experiments import methods
from experiments.columns import heading
from experiments.reports.model.attributes import compared_attribute
from experiments.reports.text import markdown
from experiments.sweep import grid
from fairtab.report.intervals import defined

LEVEL = 0.95
METRICS = (
    "utility/auc",
    "fairness/dpr/{a}",
    "fairness/eor/{a}",
    "score/{a}",
)
COLUMNS = ("dataset", "metric", "a", "b", "difference", "low", "high", "p", "p_holm", "holds")
HOW_TO_READ = (
    f"For each method those that it is better than. A difference holds at {LEVEL:.0%} over test rows and seeds, after "
    "Holm's correction for all pairs of methods on this dataset and metric. Ceilings and the floor take no part. "
    "claims.csv has every difference by itself, with its interval and p, and p_holm. Runs of the paper's protocol; "
    "DPR, EOR and SCORE of the attribute named.\n"
)


def claims(
    replicates: pd.DataFrame,
    runs: pd.DataFrame,
    facts: Mapping[str, Mapping[str, Any]],
    variant: str = grid.DEFAULT,
) -> pd.DataFrame:
    """Compare every pair of competing methods on every dataset by AUC, and by the attribute's DPR, EOR and SCORE.

    Parameters
    ----------
    replicates, runs : pandas.DataFrame
        As `frames.replicates` and `frames.frame` make them.
    facts : mapping
        The facts of each dataset.
    variant : str
        As of `grid.protocol`.

    Returns
    -------
    pandas.DataFrame
        Rows of `COLUMNS`: the difference a minus b, its interval, and whether it holds.
    """
    replicates, runs = grid.protocol(replicates, variant), grid.protocol(runs, variant)
    if replicates.empty or runs.empty:
        return pd.DataFrame(columns=COLUMNS)
    rows = []
    for dataset, own in runs.groupby("dataset", sort=False):
        drawn = replicates[replicates["dataset"].eq(dataset)]
        if (attribute := compared_attribute(facts.get(str(dataset)))) is None:
            continue
        for metric in (name.format(a=attribute) for name in METRICS):
            competing = methods.competitors(own["method"])
            measured = {method: _select(own, drawn, method, metric) for method in competing}
            tested = [
                {"dataset": dataset, "metric": metric, "a": a, "b": b, **found}
                for a, b in combinations(measured, 2)
                if (found := compare(*measured[a], *measured[b]))
            ]
            adjusted = holm([row["p"] for row in tested])
            rows += [{**row, "p_holm": p, "holds": p < 1 - LEVEL} for row, p in zip(tested, adjusted, strict=True)]
    return pd.DataFrame(rows, columns=COLUMNS)


def compare(a: np.ndarray, draws_a: np.ndarray, b: np.ndarray, draws_b: np.ndarray) -> dict[str, float] | None:
    """Compute the difference a - b with its interval, or None if no claim can be made.

    Parameters
    ----------
    a, b : numpy.ndarray
        The metric on the test table, [seeds].
    draws_a, draws_b : numpy.ndarray
        The metric on each bootstrap draw of test rows, [seeds, draws].
    """
    if (
        min(len(a), len(b)) < 2
        or np.isnan(a).any()
        or np.isnan(b).any()
        or len(draws_a) != len(a)
        or len(draws_b) != len(b)
    ):
        return None
    if (paired := defined(draws_a.mean(axis=0) - draws_b.mean(axis=0))) is None:
        return None
    parts = np.array([paired.var(ddof=1), a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)])
    freedom = np.array([len(paired) - 1, len(a) - 1, len(b) - 1])
    variance = float(parts.sum())
    welch = variance**2 / (parts**2 / freedom).sum() if variance else math.inf
    return student(float(a.mean() - b.mean()), variance, welch)


def student(difference: float, variance: float, freedom: float) -> dict[str, float]:
    """Compute the interval and the p value of a difference by Student's t distribution.

    Parameters
    ----------
    difference : float
        The difference.
    variance : float
        Its variance. If it is 0, the difference is certain.
    freedom : float
        The degrees of freedom of the variance.
    """
    if variance == 0:
        return {"difference": difference, "low": difference, "high": difference, "p": float(difference == 0)}
    t, error = stats.t(freedom), variance**0.5
    half = float(t.ppf((1 + LEVEL) / 2) * error)
    p = float(2 * t.sf(abs(difference) / error))
    return {"difference": difference, "low": difference - half, "high": difference + half, "p": p}


def holm(p: list[float]) -> list[float]:
    """Adjust p values that are tested together (Holm 1979)."""
    order = np.argsort(p, kind="stable")
    adjusted = np.maximum.accumulate(np.sort(p) * np.arange(len(p), 0, -1)) if len(p) else np.array([])
    found = np.empty(len(p))
    found[order] = np.minimum(adjusted, 1)
    return found.tolist()


def held(claims: pd.DataFrame) -> pd.DataFrame:
    """Select the claims that hold after Holm's correction, with their `winner` and `loser`."""
    found = claims[claims["p_holm"].lt(1 - LEVEL)]
    won = found["difference"].gt(0)
    return found.assign(winner=found["a"].where(won, found["b"]), loser=found["b"].where(won, found["a"]))


def lines(claims: pd.DataFrame) -> list[tuple[str, str, list[str]]]:
    """List dataset, method, and for each metric the methods that it is better than."""
    better = held(claims).groupby(["dataset", "winner", "metric"])["loser"].agg(list).to_dict()
    found = []
    for dataset, own in claims.groupby("dataset", sort=False):
        metrics = list(dict.fromkeys(own["metric"]))
        name = f"{dataset} ({metrics[-1].rpartition('/')[2]})"
        for method in methods.competitors([*own["a"], *own["b"]]):
            losers = [better.get((dataset, method, metric), []) for metric in metrics]
            those = [", ".join(map(methods.label, names)) or "-" for names in losers]
            found.append((name, methods.label(method), those))
    return found


def to_markdown(claims: pd.DataFrame) -> str:
    """Write the same as a Markdown table with a line above each dataset."""
    body = markdown.grouped(["better than", *map(heading, METRICS)], lines(claims)).replace("---:", "---")
    return f"### Differences that hold\n\n{HOW_TO_READ}\n{body}"


def files(claims: pd.DataFrame) -> dict[str, str]:
    """Make claims.md and claims.csv; no files if there is nothing to compare."""
    if claims.empty:
        return {}
    return {
        "claims.md": to_markdown(claims),
        "claims.csv": claims.to_csv(index=False, float_format="%.6g", lineterminator="\n"),
    }


def _select(runs: pd.DataFrame, drawn: pd.DataFrame, method: str, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Select a method's metric for each seed that has replicates: on the test table, and on each draw of its rows."""
    runs = runs[runs["method"].eq(method)].set_index("seed")[metric].astype(float)
    wide = drawn[drawn["method"].eq(method)].pivot(index="seed", columns="draw", values=metric)
    kept = [seed for seed in runs.index if seed in wide.index]
    return runs.loc[kept].to_numpy(), wide.loc[kept].to_numpy(dtype=float)
