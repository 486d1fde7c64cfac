"""Tuned settings beside the defaults (experiment=tuned), for docs/results.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments import methods
from experiments.columns import digits, heading
from experiments.reports.model.attributes import shown_attribute
from experiments.reports.model.shown import counted
from experiments.reports.text import markdown
from experiments.sweep import grid
from experiments.variants import TUNED

METRICS = (
    "utility/auc",
    "fairness/dpr/{a}",
    "fairness/eor/{a}",
    "score/{a}",
    "fidelity/column_error",
    "fidelity/pair_error",
    "privacy/dcr",
)


def tuned(runs: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Make a Markdown table: for each method that was tuned on a dataset, a line of the defaults and one of the best.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame.
    facts : mapping
        The facts of each dataset, in the order shown. Datasets without tuned runs are left out.
    """
    runs = grid.judged(runs[runs["level"].isin(grid.LEVELS)])
    lines = []
    for dataset, noted in facts.items():
        attribute, own = shown_attribute(noted), runs[runs["dataset"].eq(dataset)]
        decimals = {name.format(a=attribute): digits(name) for name in METRICS}
        for method in methods.rows(own.loc[own["variant"].eq(TUNED), "method"]):
            for variant, words in ((grid.DEFAULT, method.label), (TUNED, f"{method.label}, {TUNED}")):
                seeds = own[own["method"].eq(method.name) & own["variant"].eq(variant)]
                if len(seeds):
                    lines.append(
                        (f"{dataset} ({attribute})", counted(words, len(seeds)), markdown.means(seeds, decimals))
                    )
    return markdown.grouped(["", *map(heading, METRICS)], lines)
