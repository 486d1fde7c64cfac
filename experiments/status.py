"""The grid of the benchmark: which cells are done, failed, missing or stale, and the command that fills each gap.

python -m experiments.status [experiment=paper] [name=value ...]      what `run.py -m` with the same words would make
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException
from rich.console import Console
from rich.table import Table

from experiments.run.cell import Cell
from experiments.store.identity import OtherConfiguration
from experiments.sweep.cells import cells
from experiments.sweep.grid import BENCHMARK
from fairtab.errors import InputError

MARKS = {"done": "green", "missing": "", "failed": "red", "stale": "yellow"}


@dataclass(frozen=True)
class State:
    """name: done, failed, missing or stale; why: in one line, or ""; folder: what is stale."""

    name: str
    why: str = ""
    folder: Path | None = None


def state(cell: Cell) -> State:
    """What there is of a cell. Stale: what is there was made by another configuration than conf/ has today."""
    run = cell.run
    try:
        run.check(cell.fit_identity, cell.sample_identity)
        result = run.result(cell.evaluation)
    except OtherConfiguration as error:
        return State("stale", error.summary, error.folder)
    except InputError as error:
        return State("failed", str(error))
    if result is None:
        return State("failed", _first_line(run.error_path.read_text())) if run.error_path.exists() else State("missing")
    if lacks := cell.lacks(result):
        return State("missing", f"has no scores of {lacks}")
    return State("done")


def show(found: Sequence[tuple[list[str], Cell, State]], prefix: Sequence[str]) -> None:
    """Print a line for each method and level of each dataset with its seeds' states, then what fills the gaps.

    prefix: words that every command starts with, as experiment=paper.
    """
    console = Console(soft_wrap=True)
    seeds = sorted({cell.run.seed for _, cell, _ in found})
    table = Table("dataset", "method", "level", *(f"seed {seed}" for seed in seeds))
    by_line: dict[tuple[str, ...], dict[int, str]] = {}
    for _, cell, of in found:
        run = cell.run
        line = by_line.setdefault((run.dataset, run.method, run.level), {})
        line[run.seed] = f"[{MARKS[of.name]}]{of.name}[/]" if MARKS[of.name] else of.name
    for names, line in by_line.items():
        table.add_row(*names, *(line.get(seed, "") for seed in seeds))
    console.print(table)
    for _, cell, of in found:
        if of.why:
            console.print(f"{cell.run}: {of.name}: {of.why}", markup=False, highlight=False)
    counts = {name: sum(of.name == name for _, _, of in found) for name in MARKS}
    console.print(", ".join(f"{n} {name}" for name, n in counts.items()), highlight=False)
    for command in commands(found, prefix):
        console.print(command, markup=False, highlight=False)


def commands(found: Sequence[tuple[list[str], Cell, State]], prefix: Sequence[str]) -> list[str]:
    """What to run, one line for the seeds of a cell. What is stale has to go first: nothing overwrites it."""
    missing: dict[tuple[str, ...], list[str]] = {}
    lines = []
    for words, _, of in found:
        if of.name == "stale":
            lines.append(f"rm -r {shlex.quote(str(of.folder))}")
        if of.name != "done":
            seed = next(word for word in words if word.startswith("seed="))
            others = tuple(word for word in words if word != seed and word not in prefix)
            missing.setdefault(others, []).append(seed.removeprefix("seed="))
    runs = [
        shlex.join(
            ["python", "run.py", *(["-m"] if len(seeds) > 1 else []), *prefix, *words, f"seed={','.join(seeds)}"]
        )
        for words, seeds in missing.items()
    ]
    return [*dict.fromkeys(lines), *runs]


def _first_line(error: str) -> str:
    """Of error.txt: the stage, and what its traceback ends with."""
    lines = [line for line in error.splitlines() if line.strip()]
    stage = lines[0].removeprefix("stage: ") if lines else ""
    reason = next((line for line in reversed(lines) if not line.startswith(" ")), "")
    # a message of several lines follows the exception's name, the last line that a traceback does not indent
    named = [line for line in lines[1:] if not line.startswith((" ", "Traceback")) and ": " in line]
    return f"{stage}: {named[0] if named else reason}"


def main(overrides: list[str]) -> None:
    if not any(word.startswith("experiment=") for word in overrides):
        overrides = [f"experiment={BENCHMARK}", *overrides]
    try:
        found = [(words, cell, state(cell)) for words, cell in cells(overrides)]
    except (InputError, HydraException, OmegaConfBaseException) as error:
        sys.exit(f"error: {' '.join(str(error).split())}")
    show(found, [word for word in overrides if word.startswith("experiment=")])


if __name__ == "__main__":
    main(sys.argv[1:])
