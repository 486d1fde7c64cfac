"""A run that had a goal, in the terminal: the joint that was chosen, and what it reaches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from experiments.columns import number
from experiments.reports.model import goal


def show(found: Mapping[str, Any], metrics: Mapping[str, float]) -> None:
    """Print the tables. found: as in a run's folder `search`; metrics: of the run, on test rows."""
    console = Console(soft_wrap=True)
    words = ("share of positive labels", "real table", "this table")
    rates = Table(*words, title="The joint chosen", title_justify="left")
    for group, *shares in goal.label_rates(found):
        rates.add_row(escape(group), *map(number, shares))
    reached = Table("", *goal.headings(found), title=escape(goal.title(found)), title_justify="left")
    for name, *values in goal.reached(found, metrics):
        reached.add_row(escape(name), *map(number, values))
    for table in (rates, reached):
        for column in table.columns[1:]:
            column.justify = "right"
        console.print(table)
