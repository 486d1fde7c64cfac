"""Quality against the number of synthetic rows (experiment=rows), for docs/results.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.columns import heading
from experiments.reports.model.attributes import shown_attribute
from experiments.reports.model.rows import METRICS, by_rows
from experiments.reports.model.seeds import SEEDS, cells
from experiments.reports.model.shown import counted
from experiments.reports.text import markdown


def rows(runs: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Make a Markdown table: a line for each table and number of rows, with means and standard deviations over seeds.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame.
    facts : mapping
        The facts of each dataset, in the order shown. Datasets without runs of several numbers of rows are left out.
    """
    lines = []
    for dataset, noted in facts.items():
        attribute = shown_attribute(noted)
        frame = by_rows(runs[runs["dataset"].eq(dataset)], attribute)
        names = [name.format(a=attribute) for name in METRICS]
        for (table, times), line in frame.iterrows():
            words = counted(f"{table}, {times}x", int(line[SEEDS]))
            lines.append((f"{dataset} ({attribute})", words, cells(line, names)))
    return markdown.grouped(["", *map(heading, METRICS)], lines)
