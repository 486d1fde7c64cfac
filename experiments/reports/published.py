"""The paper's own numbers (results/paper), under the names that metrics have here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from fairtab.metrics.score import score

PAPER = Path(__file__).parents[2] / "results" / "paper"
OURS = "Ours"  # what the paper's tables call its own method

TIMED_ON = "adult"  # Table 7 does not say; its parameter count is Adult's

NAMES = {
    ("table2", "density_error"): "fidelity/column_error",
    ("table2", "correlation_error"): "fidelity/pair_error",
    ("table3", "auc"): "utility/auc",
    ("table3", "dcr"): "privacy/dcr_published",
    ("table4", "dpr"): "fairness/dpr/{attribute}",
    ("table4", "eor"): "fairness/eor/{attribute}",
}


def published(paper: Mapping[str, Any] | None, method: str = OURS) -> dict[str, float]:
    """The means that the paper gives a method on a dataset, by our names: of Tables 2 to 4, and sampling seconds.

    paper: a dataset's entry of that name: the paper's name for it, and the sensitive attribute of its Table 4; None
    for a dataset that the paper does not have. SCORE over that attribute follows from the others.
    """
    if not paper:
        return {}
    tables = pd.read_csv(PAPER / "tables.csv").query("method == @method and dataset == @paper['name']")
    numbers = {
        NAMES[row.table, row.metric].format(attribute=paper["attribute"]): row.mean
        for row in tables.itertuples()
        if (row.table, row.metric) in NAMES
    }
    parts = ("utility/auc", f"fairness/dpr/{paper['attribute']}", f"fairness/eor/{paper['attribute']}")
    numbers[f"score/{paper['attribute']}"] = score(*(numbers[name] for name in parts))
    efficiency = pd.read_csv(PAPER / "efficiency.csv").set_index("method")
    if paper["name"] == TIMED_ON:
        numbers["seconds/sample"] = float(efficiency.loc[method, "sample_seconds"])
    return numbers


def published_methods(dataset: str, kind: str) -> pd.DataFrame:
    """AUC and DPR or EOR (`kind`) of each method of the paper on a dataset by the paper's name for it; empty for one
    that the paper has not. Columns: method, auc, and the name of `kind`."""
    tables = pd.read_csv(PAPER / "tables.csv").query("dataset == @dataset")
    of = tables[tables["table"].isin(["table3", "table4"]) & tables["metric"].isin(["auc", kind])]
    return of.pivot(index="method", columns="metric", values="mean").dropna().reset_index()
