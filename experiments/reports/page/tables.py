"""Every table that reports make from the runs, as HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from experiments.columns import heading
from experiments.reports.model import claims, tradeoff
from experiments.reports.model.comparison import Comparison
from experiments.reports.model.tables import tables
from experiments.reports.model.values import Value
from experiments.reports.page.templating import render
from experiments.reports.text import goals
from experiments.reports.text.cells import Column, beside, number
from experiments.reports.text.layout import Table
from experiments.store import frames
from experiments.sweep import grid
from fairtab.html.templating import table

MARKS = {1: Markup("<strong>{}</strong>"), 2: Markup("<u>{}</u>")}  # by place


def tables_of(root: Path, runs: pd.DataFrame) -> dict[str, Markup]:
    """Every table made from the runs under `root`, by the name of its files. runs: their frame.

    If no run is of a dataset of the benchmark, as for a user's own table, the tables are about the runs there are.
    """
    made = {}
    of_protocol = grid.protocol(runs)
    if len(of_protocol):
        asked = grid.paper_grid()
        if not set(asked.datasets) & set(of_protocol["dataset"]):
            asked = grid.spanned(of_protocol)
        made = {made.name: _laid_out(made) for made in tables(Comparison(of_protocol, frames.datasets(root), asked))}
    if "goal" in runs:
        rows = [[place, asked, *cells] for place, asked, cells in goals.lines(runs, frames.datasets(root))]
        made["goals"] = plain("goals", "Goals asked for", ["dataset", "goal", *goals.HEADINGS], rows)
    if len(found := claims.claims(frames.replicates(root, of_protocol), runs, frames.datasets(root))):
        rows = [[method, dataset, *those] for dataset, method, those in claims.lines(found)]
        header = ["method", "dataset", *(f"better by {name} than" for name in map(heading, claims.METRICS))]
        made["claims"] = plain("claims", "Differences that hold", header, rows, claims.HOW_TO_READ)
    if runs["level"].str.startswith("balance-").any():
        rows = [[words, *cells] for words, cells in tradeoff.lines(tradeoff.tradeoff(runs))]
        made["tradeoff"] = plain(
            "tradeoff", tradeoff.TITLE, ["level", *map(heading, tradeoff.METRICS)], rows, tradeoff.HOW_TO_READ
        )
    return made


def plain(name: str, title: str, header: list[Any], rows: list[list[Any]], *notes: str) -> Markup:
    """A table of words and numbers as they are, with a heading and notes. name: the name of its files."""
    return render("table_section", name=name, title=title, table=table(title, header, rows, sortable=True), notes=notes)


def _laid_out(results: Table) -> Markup:
    """A table of values: the best and the second are marked, and the paper's numbers stand beside ours."""
    groups = results.groups()
    header = [results.row, *((column.dataset if groups else column.metric) for column in results.columns)]
    rows = [
        [label, *(_cell(value, column) for value, column in zip(values, results.columns, strict=True))]
        for label, values in results.rows
    ]
    content = table(results.title, header, rows, groups=groups, sortable=True)
    return render("table_section", name=results.name, title=results.title, table=content, notes=results.notes)


def _cell(value: Value | str, column: Column) -> Markup:
    place = value.place if isinstance(value, Value) else 0
    ours = MARKS.get(place, Markup("{}")).format(number(value, column))
    published = beside(value, column)
    return ours + Markup('<span class="published">{}</span>').format(published) if published else ours
