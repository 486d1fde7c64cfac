"""A method's numbers beside those published for it. In docs/differences.md by `make readme`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.reports import markdown, methods
from experiments.reports.published import with_spread

COLUMNS = {
    "utility/auc": "AUC",
    "fidelity/column_error": "column error",
    "fidelity/pair_error": "pair error",
    "fairness/dpr/{a}": "DPR",
    "fairness/eor/{a}": "EOR",
    "privacy/dcr_published": "DCR, as published",
    "privacy/dcr": "DCR, equal samples",
}


def compared(runs: pd.DataFrame, method: str, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """A Markdown table: mean and standard deviation over seeds on test rows, for each dataset of the paper.

    runs: the runs' frame, of the paper's protocol; facts: of each dataset in the order shown.
    """
    theirs = next((known.paper for known in methods.METHODS if known.name == method), None)
    rows = []
    for dataset, of in facts.items():
        ours = runs[runs["dataset"].eq(dataset) & runs["method"].eq(method)]
        published = with_spread(of["paper"], theirs)
        if ours.empty or not published:
            continue
        attribute = of["paper"]["attribute"]
        names = [name.format(a=attribute) for name in COLUMNS]
        rows.append([f"{dataset} ({attribute}), {len(ours)} seeds", *markdown.means(ours, dict.fromkeys(names, 3))])
        rows.append([f"{dataset}, published", *(f"{published[n][0]:.3f}" if n in published else "-" for n in names)])
    return markdown.table(["", *COLUMNS.values()], rows)
