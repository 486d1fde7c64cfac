"""One run in the terminal: its metrics, those of the paper and of the real table, and the cost of each stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from experiments.columns import label, number
from fairtab.metrics.catalogue import is_metric

COSTS = {"seconds": "seconds", "peak_memory_mb": "peak memory, MB"}
STAGES = ("fit", "search", "sample", "evaluate")


def show(row: Mapping[str, Any], ceiling: Mapping[str, Any] | None, published: Mapping[str, float]) -> None:
    """Print a row of the runs' frame, with the row of the real table and the published numbers by metric."""
    console = Console(soft_wrap=True)
    title = escape("{dataset}, {method} ({variant}), seed {seed}, {level}".format(**row))
    table = Table("", "this run", "paper", "real table", title=title, title_justify="left", title_style="bold")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, value in row.items():
        if is_metric(name):
            table.add_row(escape(label(name)), *map(number, (value, published.get(name), (ceiling or {}).get(name))))
    table.add_section()
    for stage in STAGES:
        for cost, words in COSTS.items():
            name = f"{cost}/{stage}"
            if stage == "search" and name not in row:
                continue  # most runs have no goal
            cells = (row.get(name), published.get(name), (ceiling or {}).get(name))
            table.add_row(f"{stage}: {words}", *(number(cell, digits=1 if cost == "seconds" else 0) for cell in cells))
    console.print(table)
