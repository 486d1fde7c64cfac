"""All runs as one table to sort and to filter."""

from __future__ import annotations

from urllib.parse import quote

import pandas as pd

from experiments.reports.page.html import Markup, element, join, table
from experiments.reports.summary import label, number
from experiments.reports.tradeoff import over_attributes
from experiments.store import Run, natural
from fairtab.metrics.catalogue import METRICS

IDENTITY = ("dataset", "method", "variant", "seed", "level")
CHOICES = ("dataset", "method", "level")  # what runs can be chosen by
COSTS = {"seconds/fit": "fit, s", "seconds/sample": "sample, s"}
LINKED = "method"


def anchor(run: Run) -> str:
    """The id of what the page has of one run."""
    return f"run/{run}"


def link(run: Run, words: str) -> Markup:
    return element("a", words, href=f"#{quote(anchor(run))}", aria_label=f"{words}: {run}")


def overview(runs: list[Run], frame: pd.DataFrame) -> Markup:
    """runs, frame: the same runs in the same order. Metrics of several attributes are shown by their mean over them."""
    columns = [*(measured for name in METRICS for measured in _column(frame, name)), *_costs(frame)]
    header = [*IDENTITY, *(words for words, _, _ in columns)]
    rows = [
        [
            *(link(run, run.method) if name == LINKED else str(getattr(run, name)) for name in IDENTITY),
            *(number(values.iloc[i], digits) for _, values, digits in columns),
        ]
        for i, run in enumerate(runs)
    ]
    runs_table = table("All runs, one row each", header, rows, class_="sortable", id="all-runs")
    return join(_filters(frame), element("p", f"{len(runs)} runs", class_="count", role="status"), runs_table)


def table_filter() -> Markup:
    """Of the rows of all tables of a section."""
    return join(_form("rows"), element("p", class_="count", role="status"))


def _column(frame: pd.DataFrame, name: str) -> list[tuple[str, pd.Series, int]]:
    """Heading, values and digits of a metric; nothing for one that no run has."""
    if name in frame:
        return [(label(name), frame[name].astype(float), 3)]
    if any(column.startswith(f"{name}/") for column in frame):
        return [(f"{label(name)} mean", over_attributes(frame, name).reindex(frame.index), 3)]
    return []


def _costs(frame: pd.DataFrame) -> list[tuple[str, pd.Series, int]]:
    return [(words, frame[name].astype(float), 1) for name, words in COSTS.items() if name in frame]


def _filters(frame: pd.DataFrame) -> Markup:
    """Hidden until the script, which makes them work, is there."""
    selects = [
        element(
            "label",
            f"{name} ",
            element(
                "select",
                element("option", "all", value=""),
                *(element("option", value) for value in sorted(frame[name].unique(), key=natural)),
                data_column=IDENTITY.index(name),
            ),
        )
        for name in CHOICES
    ]
    return _form("runs", *selects)


def _form(noun: str, *fields: Markup) -> Markup:
    """noun: of what it chooses among."""
    search = element("label", f"{noun} with ", element("input", type="search", autocomplete="off"))
    return element("form", search, *fields, class_="filters", data_noun=noun, hidden="")
