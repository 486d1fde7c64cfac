"""How the cells of a sweep came out, in one table: in the terminal and in the cells' trackers.

Each cell notes its outcome in the sweep's folder, whatever process or machine a launcher let it run on, and Hydra's
callbacks do not hear of the end of a sweep in which one failed: so the sweep's own process reads the notes in the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.utils import JobReturn, JobStatus
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig

from fairtab.errors import InputError, first_line

if TYPE_CHECKING:
    import pandas as pd

METRICS = (
    "utility/auc",
    "dpr",
    "eor",
    "score",
)
PLACE = ("dataset", "method", "variant", "level")  # what seeds are of
WIDE = 240  # characters
COLOURS = {"done": "green", "failed": "red"}
sweeps: list[Path] = []  # folders of the sweeps that this process began: one, or none


@dataclass(frozen=True)
class Outcome:
    """words: the overrides that asked for the cell; root and run: where it is, None and empty where no cell can have
    them; trackers: their options by name; error: why it failed."""

    words: Sequence[str]
    root: str | None
    run: Mapping[str, Any]
    trackers: Mapping[str, Mapping[str, Any]]
    error: str = ""


class Notes(Callback):
    """Hydra's callback (conf/config.yaml)."""

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        sweeps.append(Path(config.hydra.sweep.dir).absolute())

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **_: Any) -> None:
        if config.hydra.mode is RunMode.MULTIRUN:
            assert job_return.cfg is not None  # a job has one
            note(Path(config.hydra.sweep.dir).absolute(), config.hydra.job.num, job_return.cfg, job_return)


def note(folder: Path, number: int, config: DictConfig, job: JobReturn) -> None:
    """Write a cell's outcome into the folder of its sweep."""
    from experiments import files
    from experiments.run.cell import Cell

    error = "" if job.status is JobStatus.COMPLETED else str(job._return_value) or type(job._return_value).__name__
    place: dict[str, Any]
    try:
        cell = Cell.from_config(config)
        place = {"root": str(cell.run.root.absolute()), "run": cell.run.identity, "trackers": cell.trackers}
    except InputError:
        place = {"root": None, "run": {}, "trackers": {}}
    files.write_json(folder / f"cell-{number}.json", {"words": list(job.overrides or ()), **place, "error": error})


def tell(command: str) -> None:
    """Show, and print, how the cells of this process' sweep came out; nothing where there was none.

    command: that began the sweep.
    """
    from experiments import files

    for folder in sweeps:
        notes = sorted(folder.glob("cell-*.json"), key=lambda path: int(path.stem.removeprefix("cell-")))
        if found := [Outcome(**content) for path in notes if (content := files.read_json(path))]:
            cells = frame(found)
            track(found, cells, command)
            show(cells, command)


def frame(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """A row for each cell: what it is called, its place and seed, its `state`, its metrics by their headings, the first
    line of why it failed. DPR and EOR are means over the sensitive attributes, as in SCORE."""
    import pandas as pd

    from experiments.columns import label, over_attributes
    from experiments.store import frames
    from experiments.store.run import Run

    common = set.intersection(*(set(of.words) for of in outcomes))
    rows = []
    for of in outcomes:
        metrics: dict[str, Any] = {}
        if of.root:
            run = Run(Path(of.root), **of.run)
            place = {"cell": str(run), **run.identity}
            metrics = {} if of.error else frames.row(run)
        else:
            asked = " ".join(word for word in of.words if word not in common)
            place = dict.fromkeys(("seed", *PLACE), "") | {"cell": asked, "dataset": asked}
        rows.append({**metrics, **place, "state": "failed" if of.error else "done", "why": first_line(of.error)})
    found = pd.DataFrame(rows)
    for kind in ("dpr", "eor"):
        found[kind] = over_attributes(found, f"fairness/{kind}")
    return found.reindex(columns=["cell", *PLACE, "seed", "state", *METRICS, "why"]).rename(
        columns={name: label(name) for name in METRICS}
    )


def show(cells: pd.DataFrame, command: str) -> None:
    """Print a row for the seeds of a cell, what failed and why, and what to do. command: the sweep's own."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from experiments.columns import label, mean_and_std

    console = Console(soft_wrap=True)
    if not console.is_terminal:
        console.width = WIDE  # nothing has to be folded
    counts = ", ".join(f"{n} {state}" for state, n in _counted(cells))
    columns = [name for name in PLACE if name != "variant" or set(cells["variant"]) - {"default", ""}]
    table = Table(*columns, "seeds", "state", *map(label, METRICS), title=f"The sweep: {counts}", title_justify="left")
    for column in table.columns[-len(METRICS) :]:
        column.justify = "right"
    for _, seeds in cells.groupby(list(PLACE), sort=False):
        states = [Text(f"{n} {state}" if len(seeds) > 1 else state, COLOURS[state]) for state, n in _counted(seeds)]
        first = seeds.iloc[0]
        table.add_row(
            *(Text(first[name]) for name in columns),
            ", ".join(map(str, seeds["seed"])),
            Text(", ").join(states),
            *(mean_and_std(seeds[label(name)]) for name in METRICS),
        )
    console.print(table)
    failed = cells[cells["state"] == "failed"]
    for of in failed.itertuples():
        console.print(f"failed: {of.cell}: {of.why}", markup=False, highlight=False)
    if len(failed):
        console.print(f"once mended, what failed is made by the same command: {command}", markup=False, highlight=False)


def track(outcomes: Sequence[Outcome], cells: pd.DataFrame, command: str) -> None:
    """Show the table in the trackers of its cells, as a run of its own."""
    from experiments.tracking import TrackedRun, tolerated, tracked

    for of in [of for of in outcomes if of.root][-1:]:
        run = TrackedRun(Path(str(of.root)).parent, f"sweep of {len(cells)}", {"kind": "sweep"}, {"command": command})
        with tracked(run, of.trackers) as trackers:
            for tracker in trackers:
                with tolerated(tracker.TITLE, "the table of the sweep"):
                    tracker.rows("cells", cells)


def _counted(cells: pd.DataFrame) -> list[tuple[str, int]]:
    """How many cells are in each state that some are in."""
    return [(state, n) for state in COLOURS if (n := int(cells["state"].eq(state).sum()))]
