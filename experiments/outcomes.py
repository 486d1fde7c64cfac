"""How the cells of a sweep came out, in one table: in the terminal, and where those who watch keep their runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.cell import Cell
from experiments.reports.markdown import mean_and_std
from experiments.reports.tradeoff import over_attributes
from experiments.watching import Subject, tolerated, watched

METRICS = {"utility/auc": "AUC ↑", "dpr": "DPR ↑", "eor": "EOR ↑", "score": "SCORE ↑"}
PLACE = ("dataset", "method", "variant", "level")  # what seeds are of
WIDE = 240  # characters
COLOURS = {"done": "green", "failed": "red"}


@dataclass(frozen=True)
class Outcome:
    """words: the overrides that asked for the cell; cell: None where no cell can have them; error: why it failed."""

    words: Sequence[str]
    cell: Cell | None
    error: str = ""


def frame(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """A row for each cell: what it is called, its place and seed, its `state`, its metrics by their headings, the first
    line of why it failed. DPR and EOR are means over the sensitive attributes, as in SCORE."""
    common = set.intersection(*(set(of.words) for of in outcomes))
    rows = []
    for of in outcomes:
        if of.cell:
            place = {"cell": str(of.cell.run), **of.cell.run.identity}
        else:
            asked = " ".join(word for word in of.words if word not in common)
            place = dict.fromkeys(("seed", *PLACE), "") | {"cell": asked, "dataset": asked}
        metrics = {} if of.error else of.cell.run.row()
        why = next(iter(of.error.splitlines()), "")
        rows.append({**metrics, **place, "state": "failed" if of.error else "done", "why": why})
    found = pd.DataFrame(rows)
    for kind in ("dpr", "eor"):
        found[kind] = over_attributes(found, f"fairness/{kind}")
    return found.reindex(columns=["cell", *PLACE, "seed", "state", *METRICS, "why"]).rename(columns=METRICS)


def show(cells: pd.DataFrame, command: str) -> None:
    """Print a row for the seeds of a cell, what failed and why, and what to do. command: the sweep's own."""
    console = Console(soft_wrap=True)
    if not console.is_terminal:
        console.width = WIDE  # nothing has to be folded
    counts = ", ".join(f"{n} {state}" for state, n in cells["state"].value_counts(sort=False).items())
    columns = [name for name in PLACE if name != "variant" or set(cells["variant"]) - {"default", ""}]
    table = Table(*columns, "seeds", "state", *METRICS.values(), title=f"The sweep: {counts}", title_justify="left")
    for column in table.columns[-len(METRICS) :]:
        column.justify = "right"
    for _, seeds in cells.groupby(list(PLACE), sort=False):
        states = [Text(f"{n} {state}" if len(seeds) > 1 else state, COLOURS[state]) for state, n in _counted(seeds)]
        first = seeds.iloc[0]
        table.add_row(
            *(Text(first[name]) for name in columns),
            ", ".join(map(str, seeds["seed"])),
            Text(", ").join(states),
            *(mean_and_std(seeds[name]) for name in METRICS.values()),
        )
    console.print(table)
    failed = cells[cells["state"] == "failed"]
    for of in failed.itertuples():
        console.print(f"failed: {of.cell}: {of.why}", markup=False, highlight=False)
    if len(failed):
        console.print(f"once mended, what failed is made by the same command: {command}", markup=False, highlight=False)


def watch(outcomes: Sequence[Outcome], cells: pd.DataFrame, command: str) -> None:
    """Show the table to those who watched its cells, as a run of its own."""
    for cell in [of.cell for of in outcomes if of.cell][-1:]:
        subject = Subject(cell.run.root.parent, f"sweep of {len(cells)}", {"kind": "sweep"}, {"command": command})
        with watched(subject, cell.watchers) as watchers:
            for watcher in watchers:
                with tolerated(watcher.TITLE, "the table of the sweep"):
                    watcher.rows("cells", cells)


def _counted(seeds: pd.DataFrame) -> list[tuple[str, int]]:
    return list(seeds["state"].value_counts(sort=False).items())
