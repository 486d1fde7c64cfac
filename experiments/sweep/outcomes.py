"""How the cells of a sweep came out, in one table: in the terminal and in the cells' trackers.

A launcher may run a cell in any process or on any machine, so each cell notes its outcome in the sweep's folder. Hydra
calls no callback at the end of a sweep if a job is lost, so `run.py` itself has the notes read (`tell`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.utils import JobReturn
from hydra.experimental.callback import Callback
from hydra.types import RunMode
from omegaconf import DictConfig

from fairtab.errors import InputError, first_line

if TYPE_CHECKING:
    import pandas as pd

METRICS = ("utility/auc", "dpr", "eor", "score")
PLACE = ("dataset", "method", "variant", "level")  # seeds that share these share a line
WIDE = 240  # characters
COLOURS = {"done": "green", "failed": "red"}
sweeps: list[Path] = []  # the folder of the sweep that this process began, if it began one


@dataclass(frozen=True)
class Outcome:
    """How a cell came out.

    Parameters
    ----------
    words : sequence of str
        The overrides that asked for the cell.
    root : str or None
        The folder of runs; None if no cell can have these words.
    run : mapping
        The run's identity; empty if no cell can have these words.
    trackers : mapping
        The options of each tracker by its name.
    error : str
        Why the cell failed; "" if it did not.
    """

    words: Sequence[str]
    root: str | None
    run: Mapping[str, Any]
    trackers: Mapping[str, Mapping[str, Any]]
    error: str = ""


class Notes(Callback):
    """Hydra's callback that notes the outcomes (conf/config.yaml)."""

    def on_multirun_start(self, config: DictConfig, **_: Any) -> None:
        sweeps.append(Path(config.hydra.sweep.dir).absolute())

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **_: Any) -> None:
        if config.hydra.mode is RunMode.MULTIRUN:
            assert job_return.cfg is not None  # a job has one
            note(Path(config.hydra.sweep.dir).absolute(), config.hydra.job.num, job_return.cfg, job_return)


def note(folder: Path, number: int, config: DictConfig, job: JobReturn) -> None:
    """Write a cell's outcome into the folder of its sweep.

    Parameters
    ----------
    folder : Path
        The sweep's folder.
    number : int
        The cell's number in the sweep.
    config : DictConfig
        The cell's configuration.
    job : JobReturn
        What Hydra knows of the cell's end.
    """
    from experiments.run.cell import Cell
    from fairtab import files

    value = job._return_value  # what a cell failed with, whether it was raised or returned
    error = (str(value) or type(value).__name__) if isinstance(value, Exception) else ""
    place: dict[str, Any]
    try:
        cell = Cell.from_config(config)
        place = {"root": str(cell.run.root.absolute()), "run": cell.run.identity, "trackers": cell.trackers}
    except InputError:
        place = {"root": None, "run": {}, "trackers": {}}
    files.write_json(folder / f"cell-{number}.json", {"words": list(job.overrides or ()), **place, "error": error})


def tell(command: str) -> bool:
    """Print how the cells of this process' sweep came out, and send it to their trackers. Without a sweep, do nothing.

    Parameters
    ----------
    command : str
        The command that began the sweep.

    Returns
    -------
    bool
        Whether no cell failed.
    """
    from fairtab import files

    failed = False
    for folder in sweeps:
        notes = sorted(folder.glob("cell-*.json"), key=lambda path: int(path.stem.removeprefix("cell-")))
        if found := [Outcome(**content) for path in notes if (content := files.read_json(path))]:
            cells = frame(found)
            track(found, cells, command)
            show(cells, command)
            failed |= any(outcome.error for outcome in found)
    return not failed


def frame(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Write outcomes as a table.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Of the cells of a sweep.

    Returns
    -------
    pandas.DataFrame
        A row for each cell: its name, place, seed and `state`, its metrics by their headings, and the first line of its
        error. DPR and EOR are means over the sensitive attributes, as in SCORE.
    """
    import pandas as pd

    from experiments.columns import label, over_attributes
    from experiments.store import frames
    from experiments.store.run import Run

    common = set.intersection(*(set(outcome.words) for outcome in outcomes))
    rows = []
    for outcome in outcomes:
        metrics: dict[str, Any] = {}
        if outcome.root:
            run = Run(Path(outcome.root), **outcome.run)
            place = {"cell": str(run), **run.identity}
            metrics = {} if outcome.error else frames.row(run)
        else:
            asked = " ".join(word for word in outcome.words if word not in common) or " ".join(outcome.words)
            place = dict.fromkeys(("seed", *PLACE), "") | {"cell": asked, "dataset": asked}
        state = "failed" if outcome.error else "done"
        rows.append({**metrics, **place, "state": state, "why": first_line(outcome.error)})
    found = pd.DataFrame(rows)
    for kind in ("dpr", "eor"):
        found[kind] = over_attributes(found, f"fairness/{kind}")
    return found.reindex(columns=["cell", *PLACE, "seed", "state", *METRICS, "why"]).rename(
        columns={name: label(name) for name in METRICS}
    )


def show(cells: pd.DataFrame, command: str) -> None:
    """Print a row for the seeds of a cell, each failed cell with its reason, and the command to repeat.

    Parameters
    ----------
    cells : pandas.DataFrame
        As of `frame`.
    command : str
        The command that began the sweep.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from experiments.columns import label, mean_and_std

    console = Console(soft_wrap=True)
    if not console.is_terminal:
        console.width = WIDE  # no column is folded
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
    for cell in failed.itertuples():
        console.print(f"failed: {cell.cell}: {cell.why}", markup=False, highlight=False)
    if len(failed):
        console.print(f"to make the failed cells again, repeat the command: {command}", markup=False, highlight=False)


def track(outcomes: Sequence[Outcome], cells: pd.DataFrame, command: str) -> None:
    """Send the table to the trackers of the last cell, as a run of its own.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Of the cells of a sweep.
    cells : pandas.DataFrame
        As of `frame`.
    command : str
        The command that began the sweep.
    """
    from experiments.tracking import TrackedRun, tolerated, tracked

    for last in [outcome for outcome in outcomes if outcome.root][-1:]:
        folder = Path(str(last.root)).parent
        run = TrackedRun(folder, f"sweep of {len(cells)}", {"kind": "sweep"}, {"command": command})
        with tracked(run, last.trackers) as trackers:
            for tracker in trackers:
                with tolerated(tracker.TITLE, "the table of the sweep"):
                    tracker.rows("cells", cells)


def _counted(cells: pd.DataFrame) -> list[tuple[str, int]]:
    """The number of cells in each state, without states that no cell is in."""
    return [(state, n) for state in COLOURS if (n := int(cells["state"].eq(state).sum()))]
