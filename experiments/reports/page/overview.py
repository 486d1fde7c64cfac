"""All runs as one table to sort and to filter."""

from __future__ import annotations

from urllib.parse import quote

import pandas as pd
from markupsafe import Markup

from experiments.columns import label, number, over_attributes
from experiments.reports.page.templating import render
from experiments.store.frames import natural
from experiments.store.run import Run
from fairtab.html.templating import table
from fairtab.metrics.catalogue import METRICS

IDENTITY = ("dataset", "method", "variant", "seed", "level")
CHOICES = ("dataset", "method", "level")  # the columns that runs can be chosen by
COSTS = {"seconds/fit": "fit, s", "seconds/sample": "sample, s"}
LINKED = "method"


def anchor(run: Run) -> str:
    """The id of a run's article."""
    return f"run/{run}"


def link(run: Run, words: str) -> Markup:
    """A link to a run's article."""
    return Markup('<a href="#{}" aria-label="{}: {}">{}</a>').format(quote(anchor(run)), words, run, words)


def overview(runs: list[Run], frame: pd.DataFrame) -> Markup:
    """The table of all runs. Of a metric for each attribute it has the mean over attributes.

    runs, frame: the same runs in the same order.
    """
    columns = [*(column for name in METRICS for column in _metric(frame, name)), *_costs(frame)]
    header = [*IDENTITY, *(heading for heading, _, _ in columns)]
    rows = [
        [
            *(link(run, run.method) if name == LINKED else str(getattr(run, name)) for name in IDENTITY),
            *(number(values.iloc[i], digits) for _, values, digits in columns),
        ]
        for i, run in enumerate(runs)
    ]
    choices = [(name, IDENTITY.index(name), sorted(frame[name].unique(), key=natural)) for name in CHOICES]
    runs_table = table("All runs, one row each", header, rows, name="all-runs", sortable=True)
    return render("runs", choices=choices, n_runs=len(runs), table=runs_table)


def _metric(frame: pd.DataFrame, name: str) -> list[tuple[str, pd.Series, int]]:
    """Heading, values and digits of a metric; nothing if no run has it."""
    digits = METRICS[name].digits
    if name in frame:
        return [(label(name), frame[name].astype(float), digits)]
    if any(column.startswith(f"{name}/") for column in frame):
        return [(f"{label(name)} mean", over_attributes(frame, name).reindex(frame.index), digits)]
    return []


def _costs(frame: pd.DataFrame) -> list[tuple[str, pd.Series, int]]:
    return [(words, frame[name].astype(float), 1) for name, words in COSTS.items() if name in frame]
