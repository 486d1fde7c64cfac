"""Utility against fairness over the balancing levels (the paper's Fig. 4), of experiment=tradeoff."""

from __future__ import annotations

import pandas as pd

from experiments.columns import heading, over_attributes, with_spread
from experiments.reports.text import markdown

METRICS = (
    "utility/auc",
    "dpr",
    "eor",
    "score",
    "utility/accuracy",
    "utility/positive_rate",
    "fidelity/column_error",
)


def tradeoff(runs: pd.DataFrame) -> pd.DataFrame:
    """Compute mean and standard deviation over seeds of each metric, for each dataset, method and level.

    DPR and EOR are averaged over the sensitive attributes (not their intersection), as in SCORE. Columns are
    pairs (metric, "mean" or "std").
    """
    level = pd.to_numeric(runs["level"].str.extract(r"^balance-([\d.]+)$")[0])
    runs = runs.assign(level=level).dropna(subset=["level"])
    averaged = {kind: over_attributes(runs, f"fairness/{kind}") for kind in ("dpr", "eor")}
    runs = runs[runs["variant"] == "default"].assign(**averaged)
    known = runs.reindex(columns=["dataset", "method", "level", *METRICS])  # runs of other labels have none of these
    return known.groupby(["dataset", "method", "level"])[list(METRICS)].agg(["mean", "std"])


def lines(frame: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Describe each row: dataset, method and level, then mean and spread of each metric."""
    return [
        (
            f"{dataset}, {method}, level {level:g}",
            [with_spread(row[metric, "mean"], row[metric, "std"], 3) for metric in METRICS],
        )
        for (dataset, method, level), row in frame.iterrows()
    ]


def to_markdown(frame: pd.DataFrame) -> str:
    """Write a Markdown table."""
    return markdown.table(["", *map(heading, METRICS)], [[words, *cells] for words, cells in lines(frame)])


def files(runs: pd.DataFrame) -> dict[str, str]:
    """Make tradeoff.csv and tradeoff.md; no files if no run has a level."""
    if not runs["level"].str.startswith("balance-").any():
        return {}
    frame = tradeoff(runs)
    text = frame.to_csv(float_format="%.6f", lineterminator="\n")
    return {"tradeoff.csv": text, "tradeoff.md": to_markdown(frame)}
