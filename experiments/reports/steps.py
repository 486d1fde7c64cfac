"""Quality and time against the number of sampling steps (experiment=steps), into docs/sampling.md.

python -m experiments.reports.steps [results_dir]
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from experiments import store
from experiments.reports import markdown

ROOT = Path(__file__).parents[2]
COLUMNS = {
    "fidelity/column_error": ("column error", 3),
    "fidelity/pair_error": ("pair error", 3),
    "utility/auc": ("AUC", 3),
    "fairness/dpr/sex": ("DPR sex", 3),
    "fairness/eor/sex": ("EOR sex", 3),
    "score/sex": ("SCORE sex", 3),
    "seconds/sample": ("seconds", 1),
}


def steps(runs: pd.DataFrame) -> str:
    """A Markdown table of the default variant's runs at level 10 that are named by posterior and steps."""
    runs = runs[runs["variant"] == "default"]
    parts = runs["level"].str.extract(r"^balance-10-(?P<posterior>marginal|plug_in)-(?P<n_steps>\d+)$")
    runs = runs.join(parts).dropna(subset=["n_steps"]).astype({"n_steps": int})
    groups = runs.groupby(["posterior", "n_steps"])
    rows = [
        [f"{posterior.replace('_', '-')}, {n} steps"]
        + [markdown.mean_and_std(group[name], digits) for name, (_, digits) in COLUMNS.items()]
        for (posterior, n), group in groups
    ]
    return markdown.table(["", *(words for words, _ in COLUMNS.values())], rows)


if __name__ == "__main__":
    results = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "results"
    runs = store.frame(results / "runs")
    if runs.empty:
        sys.exit("no runs yet: python run.py -m experiment=steps makes them")
    text = steps(runs.query("dataset == 'adult' and method == 'fairtab'"))
    markdown.fill(ROOT / "docs" / "sampling.md", "experiments.reports.steps", text)
    sys.stdout.write(text)
