"""Quality against the share of missing values (experiment=missing), for docs/results.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.columns import DASH, heading
from experiments.reports.model.attributes import shown_attribute
from experiments.reports.model.missing import INJECTED, METRICS, by_rate, where
from experiments.reports.model.seeds import SEEDS, cells
from experiments.reports.model.shown import counted
from experiments.reports.text import markdown


def missing(runs: pd.DataFrame, whole: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Make a Markdown table: a line for each method, a column for each metric and share of missing values.

    Parameters
    ----------
    runs, whole : pandas.DataFrame
        The runs' frames of experiment=missing, and of the datasets as they are.
    facts : mapping
        The facts of each dataset as it is, in the order shown. Datasets without a run with missing values are left out.
    """
    base = runs["dataset"].str.extract(INJECTED)["base"]
    rates = sorted({0.0, *runs["dataset"].str.extract(INJECTED)["rate"].astype(float)})
    columns = [(name, rate) for name in METRICS for rate in rates]
    lines = []
    for dataset, noted in facts.items():
        if not base.eq(dataset).any():
            continue
        attribute = shown_attribute(noted)
        frame = by_rate(runs[base.eq(dataset)], whole[whole["dataset"].eq(dataset)], attribute)
        for (by, method), of in frame.groupby(["by", "method"], observed=True, sort=False):
            row = [_cell(of.loc[by, method], name.format(a=attribute), rate) for name, rate in columns]
            lines.append((f"{dataset} ({where(by)})", counted(str(method), int(of[SEEDS].iloc[0])), row))
    return markdown.grouped(["", *(f"{heading(name)}, {rate:.0%}" for name, rate in columns)], lines)


def _cell(of_method: pd.DataFrame, name: str, rate: float) -> str:
    return cells(of_method.loc[rate], [name])[0] if rate in of_method.index else DASH
