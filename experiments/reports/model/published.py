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
OURS = "Ours"  # the name of the paper's own method in its tables

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
    """Read the means that the paper reports for a method on a dataset.

    Parameters
    ----------
    paper : mapping or None
        The dataset's entry `paper`: the paper's name for it, and the sensitive attribute of the paper's Table 4. None
        if the paper does not have the dataset.
    method : str
        The paper's name for the method.

    Returns
    -------
    dict
        Means by our names of metrics, with SCORE for this attribute and, if the paper has them, the seconds of
        sampling.
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
    """Read means and standard deviations, by our names, from the paper's tables.

    The arguments are those of `published`. SCORE and seconds are not included. The result is empty if the paper does
    not have the method.
    """
    if not paper or method is None:
        return {}
    tables = _tables()[_tables()["method"].eq(method) & _tables()["dataset"].eq(paper["name"])]
    return {
        NAMES[row.table, row.metric].format(attribute=paper["attribute"]): (row.mean, row.std)
        for row in tables.itertuples()
        if (row.table, row.metric) in NAMES
    }


def efficiency(method: str | None) -> dict[str, float]:
    """Read the paper's Table 7, by our names: parameters, seconds for an epoch, and seconds of sampling."""
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


def published_datasets() -> set[str]:
    """Name the datasets of the paper, as the paper does."""
    return set(_tables()["dataset"])


def published_methods(dataset: str, kind: str) -> pd.DataFrame:
    """Read AUC, and DPR or EOR, of each method of the paper on a dataset.

    Parameters
    ----------
    dataset : str
        The paper's name for the dataset.
    kind : {"dpr", "eor"}
        Which ratio.

    Returns
    -------
    pandas.DataFrame
        Columns "method", "auc" and `kind`. It is empty if the paper does not have the dataset.
    """
    tables = _tables()
    tables = tables[tables["dataset"].eq(dataset) & tables["method"].ne("Real")]  # the real table is not a method
    wanted = tables[tables["table"].isin(["table3", "table4"]) & tables["metric"].isin(["auc", kind])]
    return wanted.pivot(index="method", columns="metric", values="mean").dropna().reset_index()
