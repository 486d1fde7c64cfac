"""Every table that reports make of the runs, as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from experiments import store
from experiments.reports import claims, goals, tradeoff
from experiments.reports.layout import Column, Table, beside, number
from experiments.reports.page.html import Markup, element, join, table
from experiments.reports.tables import Benchmark, tables
from experiments.reports.values import Value
from experiments.sweep import grid

MARKS = {1: "strong", 2: "u"}  # places


def tables_of(root: Path, runs: pd.DataFrame) -> dict[str, Markup]:
    """By the name of its files, every table made of the runs under `root`. runs: their frame.

    Where none of them is of the benchmark, as with a table of one's own, what they are of takes its place.
    """
    made = {}
    of_protocol = grid.protocol(runs)
    if len(of_protocol):
        asked = grid.paper_grid()
        if not set(asked.datasets) & set(of_protocol["dataset"]):
            asked = grid.spanned(of_protocol)
        made = {of.name: _laid_out(of) for of in tables(Benchmark(of_protocol, store.datasets(root), asked))}
    if "goal" in runs:
        rows = [[place, asked, *cells] for place, asked, cells in goals.lines(runs)]
        made["goals"] = plain("goals", "Goals asked for", ["dataset", "goal", *goals.COLUMNS.values()], rows)
    if len(found := claims.claims(store.replicates(root), runs)):
        rows = [[method, dataset, *those] for dataset, method, those in claims.lines(found)]
        header = ["method", "dataset", *(f"better by {name} than" for name in claims.METRICS.values())]
        made["claims"] = plain("claims", "Differences that hold", header, rows, claims.HOW_TO_READ)
    if runs["level"].str.startswith("balance-").any():
        rows = [[words, *cells] for words, cells in tradeoff.lines(tradeoff.tradeoff(runs))]
        made["tradeoff"] = plain("tradeoff", "Balancing levels", ["level", *tradeoff.METRICS.values()], rows)
    return made


def plain(name: str, title: str, header: list[Any], rows: list[list[Any]], *notes: str) -> Markup:
    """A table of words and numbers as they are. name: as its files have."""
    return _section(name, title, table(title, header, rows, class_="sortable"), notes)


def contents(names: Iterable[str]) -> Markup:
    """Links to tables, by the names of their files."""
    links = [
        element("a", re.sub(r"^table", "Table ", name).replace("-", " "), href=f"#table/{quote(name)}")
        for name in names
    ]
    return element("nav", *links, aria_label="tables")


def _laid_out(of: Table) -> Markup:
    """A table of values: ours, the best and the second marked, and the paper's beside."""
    groups = of.groups()
    header = [of.row, *((column.dataset if groups else column.metric) for column in of.columns)]
    rows = [
        [label, *(_cell(value, column) for value, column in zip(values, of.columns, strict=True))]
        for label, values in of.rows
    ]
    return _section(of.name, of.title, table(of.title, header, rows, groups, class_="sortable"), of.notes)


def _cell(value: Value | str, column: Column) -> Markup:
    ours, published = number(value, column), beside(value, column)
    mark = MARKS.get(value.place) if isinstance(value, Value) else None
    theirs = element("span", published, class_="published") if published else None
    return join(element(mark, ours) if mark else ours, theirs)


def _section(name: str, title: str, content: Markup, notes: Sequence[str]) -> Markup:
    said = [element("p", note, class_="note") for note in notes]
    return element("section", element("h3", title), content, *said, id=f"table/{name}", tabindex=-1)
