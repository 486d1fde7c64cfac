"""A run that had a goal, in the terminal: the joint that was chosen, and what it reaches where and by what bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.reports.summary import label, number


def show(found: Mapping[str, Any], metrics: Mapping[str, float]) -> None:
    """found: as in a run's folder `search`; metrics: of the run, on test rows."""
    console = Console(soft_wrap=True)
    rates = Table(
        "share of positive labels", "real table", "this table", title="The joint chosen", title_justify="left"
    )
    for name, values in found["label_rate"].items():
        for value, (own, chosen) in values.items():
            rates.add_row(f"{name} {value}", number(own), number(chosen))
    met = "met on validation rows" if found["met"] else "not met: this is the nearest"
    title = f"The goal ({found['asked']}), {met}"
    reached = Table("", "bound", "validation, where it was chosen", "test", title=title, title_justify="left")
    for table in (rates, reached):
        for column in table.columns[1:]:
            column.justify = "right"
    names = {"auc": ["utility/auc"]}
    names |= {kind: [f"fairness/{kind}/{name}" for name in found["attributes"]] for kind in ("dpr", "eor")}
    for quantity, of in names.items():
        for name in of:
            values = (found["bounds"].get(quantity), found["validation"].get(name), metrics.get(name))
            reached.add_row(label(name), *map(number, values))
    selected = "utility/positive_rate"
    reached.add_row(label(selected), None, number(found["validation"][selected]), number(metrics[selected]))
    console.print(rates)
    console.print(reached)
