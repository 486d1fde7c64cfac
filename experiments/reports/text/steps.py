"""Quality and time against the number of sampling steps (experiment=steps), for docs/sampling.md."""

from __future__ import annotations

import pandas as pd

from experiments.columns import digits, heading
from experiments.reports.model.shown import counted
from experiments.reports.text import markdown

COLUMNS = (
    "fidelity/column_error",
    "fidelity/pair_error",
    "utility/auc",
    "fairness/dpr/sex",
    "fairness/eor/sex",
    "score/sex",
    "seconds/sample",
)
DIGITS = {name: digits(name) for name in COLUMNS}


def select(runs: pd.DataFrame) -> pd.DataFrame:
    """Choose the runs of FairTab on Adult at level 10 that are named by posterior and steps (experiment=steps)."""
    runs = runs[runs["dataset"].eq("adult") & runs["method"].eq("fairtab") & runs["variant"].eq("default")]
    parts = runs["level"].str.extract(r"^balance-10-(?P<posterior>marginal|plug_in)-(?P<n_steps>\d+)$")
    return runs.join(parts).dropna(subset=["n_steps"]).astype({"n_steps": int})


def steps(runs: pd.DataFrame) -> str:
    """Make a Markdown table of the runs that `select` chooses."""
    rows = [
        [counted(f"{posterior.replace('_', '-')}, {n} steps", len(group)), *markdown.means(group, DIGITS)]
        for (posterior, n), group in runs.groupby(["posterior", "n_steps"])
    ]
    return markdown.table(["", *map(heading, COLUMNS)], rows)
