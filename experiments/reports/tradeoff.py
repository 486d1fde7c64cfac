"""Utility against fairness over the balancing levels (the paper's Fig. 4), as a frame: experiment=tradeoff.

python -m experiments.reports.tradeoff [results_dir]      writes results/tables/tradeoff.csv and .md
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from experiments import store
from experiments.reports import markdown

RESULTS = Path(__file__).parents[2] / "results"
METRICS = {
    "utility/auc": "AUC",
    "dpr": "DPR",
    "eor": "EOR",
    "score": "SCORE",
    "utility/accuracy": "accuracy",
    "utility/positive_rate": "predicted positive",
    "fidelity/column_error": "column error",
}


def tradeoff(runs: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation over seeds of each metric, for each dataset, method and balancing level.

    DPR and EOR are averaged over the sensitive attributes (not their intersection), as in SCORE. Columns are
    pairs (metric, "mean" or "std").
    """
    level = pd.to_numeric(runs["level"].str.extract(r"^balance-([\d.]+)$")[0])
    runs = runs.assign(level=level).dropna(subset=["level"])
    averaged = {kind: over_attributes(runs, f"fairness/{kind}") for kind in ("dpr", "eor")}
    runs = runs[runs["variant"] == "default"].assign(**averaged)
    return runs.groupby(["dataset", "method", "level"])[list(METRICS)].agg(["mean", "std"])


def over_attributes(runs: pd.DataFrame, metric: str) -> pd.Series:
    """The mean of a fairness metric over the sensitive attributes, not their intersection, of each run's dataset."""
    return pd.concat([_averaged(rows, f"{metric}/") for _, rows in runs.groupby("dataset")])


def _averaged(runs: pd.DataFrame, prefix: str) -> pd.Series:
    """Over the attributes of one dataset; undefined where one of them is, as SCORE."""
    single = [name for name in runs.columns if name.startswith(prefix) and "*" not in name and runs[name].notna().any()]
    return runs[single].astype(float).mean(axis=1, skipna=False)


def lines(frame: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Dataset, method and level in words, and mean and spread of each metric."""

    def cell(row: pd.Series, metric: str) -> str:
        mean, std = row[metric, "mean"], row[metric, "std"]
        return f"{mean:.3f}" + ("" if pd.isna(std) else f" ± {std:.3f}")

    return [
        (f"{dataset}, {method}, level {level:g}", [cell(row, metric) for metric in METRICS])
        for (dataset, method, level), row in frame.iterrows()
    ]


def to_markdown(frame: pd.DataFrame) -> str:
    return markdown.table(["", *METRICS.values()], [[words, *cells] for words, cells in lines(frame)])


def files(runs: pd.DataFrame) -> dict[str, str]:
    """tradeoff.csv and tradeoff.md, none where no run has a level."""
    if not runs["level"].str.startswith("balance-").any():
        return {}
    frame = tradeoff(runs)
    text = frame.to_csv(float_format="%.6f", lineterminator="\n")
    return {"tradeoff.csv": text, "tradeoff.md": to_markdown(frame)}


if __name__ == "__main__":
    runs = store.frame((Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS) / "runs")
    if runs.empty:
        sys.exit("no runs yet: python run.py -m experiment=tradeoff makes them")
    made = files(runs)
    for name, text in made.items():
        (RESULTS / "tables").mkdir(parents=True, exist_ok=True)
        (RESULTS / "tables" / name).write_text(text)
    sys.stdout.write(made.get("tradeoff.md", ""))
