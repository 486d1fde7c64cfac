"""The paper's own numbers (results/paper), under the names that metrics have here."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from fairtab.metrics.catalogue import UNIFORM
from fairtab.metrics.score import score

PAPER = Path(__file__).parents[3] / "results" / "paper"
OURS = "Ours"  # what the paper's tables call its own method

TIMED_ON = "adult"  # Table 7 does not say; its parameter count is Adult's

NAMES = {
    ("table2", "density_error"): "fidelity/column_error",
    ("table2", "correlation_error"): "fidelity/pair_error",
    ("table3", "auc"): "utility/auc",
    ("table3", "dcr"): "privacy/dcr_published",
    ("table4", "dpr"): "fairness/dpr/{attribute}",
    ("table4", "eor"): "fairness/eor/{attribute}",
    ("table8", "auc"): f"{UNIFORM}utility/auc",
    ("table9", "dpr"): f"{UNIFORM}fairness/dpr/{{attribute}}",
    ("table9", "eor"): f"{UNIFORM}fairness/eor/{{attribute}}",
}


def published(paper: Mapping[str, Any] | None, method: str = OURS) -> dict[str, float]:
    """The means that the paper gives a method on a dataset, by our names: of its tables, and sampling seconds.

    paper: a dataset's entry of that name: the paper's name for it, and the sensitive attribute of its Table 4; None
    for a dataset that the paper does not have. SCORE over that attribute follows from the others.
    """
    if not paper:
        return {}
    numbers = {name: mean for name, (mean, _) in with_spread(paper, method).items()}
    parts = ("utility/auc", f"fairness/dpr/{paper['attribute']}", f"fairness/eor/{paper['attribute']}")
    numbers[f"score/{paper['attribute']}"] = score(*(numbers[name] for name in parts))
    if paper["name"] == TIMED_ON:
        numbers["seconds/sample"] = efficiency(method)["seconds/sample"]
    return numbers


def with_spread(paper: Mapping[str, Any] | None, method: str | None) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation, by our names, that the paper's tables give a method on a dataset. As `published`,
    without what follows from them; empty, too, for a method that the paper does not have."""
    if not paper or method is None:
        return {}
    tables = _tables()[_tables()["method"].eq(method) & _tables()["dataset"].eq(paper["name"])]
    return {
        NAMES[row.table, row.metric].format(attribute=paper["attribute"]): (row.mean, row.std)
        for row in tables.itertuples()
        if (row.table, row.metric) in NAMES
    }


def efficiency(method: str | None) -> dict[str, float]:
    """The paper's Table 7, by our names: parameters, seconds of an epoch of fitting and of sampling."""
    table = pd.read_csv(PAPER / "efficiency.csv").set_index("method")
    if method not in table.index:
        return {}
    row = table.loc[method]
    names = {
        "parameters": "n_parameters",
        "train_seconds_per_epoch": "seconds/epoch",
        "sample_seconds": "seconds/sample",
    }
    return {ours: float(row[theirs]) for theirs, ours in names.items() if pd.notna(row[theirs])}


@functools.cache
def _tables() -> pd.DataFrame:
    return pd.read_csv(PAPER / "tables.csv")


def published_methods(dataset: str, kind: str) -> pd.DataFrame:
    """AUC and DPR or EOR (`kind`) of each method of the paper on a dataset by the paper's name for it; empty for one
    that the paper has not. Columns: method, auc, and the name of `kind`."""
    tables = _tables()
    tables = tables[tables["dataset"].eq(dataset) & tables["method"].ne("Real")]  # the real table is no method
    of = tables[tables["table"].isin(["table3", "table4"]) & tables["metric"].isin(["auc", kind])]
    return of.pivot(index="method", columns="metric", values="mean").dropna().reset_index()
