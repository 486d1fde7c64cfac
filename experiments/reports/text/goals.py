"""A table of goals and their results."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments import methods
from experiments.columns import digits, heading
from experiments.reports.model.shown import counted
from experiments.reports.model.ways import TO_ORACLE, to_oracle, with_distance
from experiments.reports.text import markdown
from experiments.sweep import grid

REFERENCES = {"balance-10": "level 10", "balance-0": "level 0"}
COLUMNS = (
    "utility/auc",
    "fairness/dpr/{a}",
    "fairness/eor/{a}",
    "score/{a}",
    "utility/accuracy",
    "utility/positive_rate",
    "fidelity/column_error",
    "validation/fairness/dpr/{a}",
    "validation/fairness/eor/{a}",
    "seconds/search",
)
HEADINGS = with_distance(COLUMNS, list(map(heading, COLUMNS)), TO_ORACLE)


def lines(runs: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, list[str]]]:
    """List dataset and attributes, the goal, and mean and spread over seeds of what `HEADINGS` say, on test rows.

    Only runs of the recommended method in its default setting count. If a goal has several attributes, it has a line
    for the ratios of each. `facts` are those of each dataset.
    """
    every, runs = runs, ours(runs)
    rows = []
    for (dataset, attributes), group in runs.dropna(subset=["goal"]).groupby(
        ["dataset", "goal/attributes"], sort=False
    ):
        each = attributes.split(", ")
        levels = runs[(runs["dataset"] == dataset) & runs["level"].isin(REFERENCES)]
        asked = group.groupby([grid.goals(group, attributes), "goal"], sort=False)
        shown = [*((words, seeds) for (_, words), seeds in asked), *levels.groupby("level")]
        for attribute in each if asked.ngroups else []:
            place = f"{dataset} ({attributes})" + (f", ratios of {attribute}" if len(each) > 1 else "")
            decimals = {name.format(a=attribute): digits(name) for name in COLUMNS}
            for words, seeds in shown:
                score = float(seeds[f"score/{attribute}"].mean()) if f"score/{attribute}" in seeds else math.nan
                distance = to_oracle(every[every["dataset"].eq(dataset)], score, attribute, facts[dataset])
                cells = with_distance(COLUMNS, markdown.means(seeds, decimals), distance)
                rows.append((place, counted(REFERENCES.get(words, words), len(seeds)), cells))
    return rows


def goals(runs: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the same as a Markdown table with a line above each dataset."""
    return markdown.grouped(["", *HEADINGS], lines(runs, facts))


def ours(runs: pd.DataFrame) -> pd.DataFrame:
    """Choose the runs of the recommended method at its default setting, whose tables the judge was trained on."""
    runs = grid.judged(runs)
    return runs[runs["method"].eq(methods.RECOMMENDED) & runs["variant"].eq("default")]
