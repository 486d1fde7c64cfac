"""Utility against fairness over the balancing levels (the paper's Fig. 4), of experiment=tradeoff."""

from __future__ import annotations

import pandas as pd

from experiments import methods
from experiments.columns import heading, over_attributes
from experiments.reports.model.seeds import SEEDS, by_group, cells
from experiments.reports.model.shown import counted
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

TITLE = "Balancing levels"
HOW_TO_READ = (
    "Mean ± standard deviation over seeds, on test rows. DPR, EOR and SCORE are means over the sensitive attributes, "
    "without their intersection."
)


def tradeoff(runs: pd.DataFrame) -> pd.DataFrame:
    """Compute each metric over seeds, for each dataset, method and level, as `by_group` does.

    DPR and EOR are averaged over the sensitive attributes (not their intersection), as in SCORE.
    """
    level = pd.to_numeric(runs["level"].str.extract(r"^balance-([\d.]+)$")[0])
    runs = runs.assign(level=level).dropna(subset=["level"])
    averaged = {kind: over_attributes(runs, f"fairness/{kind}") for kind in ("dpr", "eor")}
    runs = runs[runs["variant"] == "default"].assign(**averaged)
    return by_group(runs, ["dataset", "method", "level"], METRICS)


def lines(frame: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Describe each row: dataset, method and level, then mean and spread of each metric."""
    return [
        (counted(f"{dataset}, {methods.label(method)}, level {level:g}", int(row[SEEDS])), cells(row, METRICS))
        for (dataset, method, level), row in frame.iterrows()
    ]


def to_markdown(frame: pd.DataFrame) -> str:
    """Write a Markdown table with a heading."""
    body = markdown.table(["", *map(heading, METRICS)], [[words, *numbers] for words, numbers in lines(frame)])
    return f"### {TITLE}\n\n{HOW_TO_READ}\n\n{body}"


def files(runs: pd.DataFrame) -> dict[str, str]:
    """Make tradeoff.csv and tradeoff.md; no files if no run has a level."""
    if not runs["level"].str.startswith("balance-").any():
        return {}
    frame = tradeoff(runs)
    text = frame.to_csv(float_format="%.6f", lineterminator="\n")
    return {"tradeoff.csv": text, "tradeoff.md": to_markdown(frame)}
