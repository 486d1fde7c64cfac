"""What FairTab remembers of small tables, and what helps (experiment=memory), for docs/attacks.md."""

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

SMALL = "small"
METRICS = (
    "utility/auc",
    "fairness/dpr/{a}",
    "fairness/eor/{a}",
    "fidelity/column_error",
    "privacy/dcr",
    "privacy/membership_auc",
    "attacks/worst_group_auc",
    "attacks/linkability_risk",
    "attacks/inference_risk",
)
WAYS = {
    (grid.DEFAULT, "balance-10"): "as it is",
    (grid.DEFAULT, "balance-10-capped"): "with the cap",
    (SMALL, "balance-10"): "`variant=small`",
    (SMALL, "balance-10-capped"): "`variant=small` with the cap",
}


def memory(runs: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Make a Markdown table of the ways to draw a balanced table: means and standard deviations over seeds.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame.
    facts : mapping
        The facts of each dataset, in the order shown. Datasets without runs of the variant small are left out.
    """
    ours = grid.judged(runs[runs["method"].eq(methods.RECOMMENDED)])
    lines = []
    for dataset, noted in facts.items():
        own, attribute = ours[ours["dataset"].eq(dataset)], shown_attribute(noted)
        if not own["variant"].eq(SMALL).any():
            continue
        for (variant, level), words in WAYS.items():
            seeds = own[own["variant"].eq(variant) & own["level"].eq(level)]
            cells = markdown.means(seeds, {name.format(a=attribute): digits(name) for name in METRICS})
            lines.append((f"{dataset} ({attribute})", counted(words, len(seeds)) if len(seeds) else words, cells))
    return markdown.grouped(["", *map(heading, METRICS)], lines)
