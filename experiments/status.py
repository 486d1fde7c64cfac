"""Show which cells of the benchmark are done, failed, missing or stale, and the command that fills each gap.

    python -m experiments.status [experiment=paper] [name=value ...]

The cells are those that `run.py -m` would make with the same words.
"""

from __future__ import annotations

import gc
import shlex
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.command import help_if_asked, refused_in_one_line
from experiments.run.cell import Cell
from experiments.sweep.cells import cells
from experiments.sweep.grid import BENCHMARK
from experiments.sweep.products import products
from experiments.sweep.state import State, state

COLOURS = {"done": "green", "missing": "", "failed": "red", "stale": "yellow"}


def show(found: Sequence[tuple[list[str], Cell, State]], prefix: Sequence[str]) -> None:
    """Print a row for each place but its seed, the reasons, the counts, and the commands that fill the gaps.

    Parameters
    ----------
    found : sequence
        The words that ask for a cell alone, the cell, and its state.
    prefix : sequence of str
        The words that every command starts with, for example experiment=paper.
    """
    console = Console(soft_wrap=True)
    seeds = sorted({cell.run.seed for _, cell, _ in found})
    table = Table("dataset", "method", "variant", "level", *(f"seed {seed}" for seed in seeds))
    rows: dict[tuple[str, ...], dict[int, Text]] = {}
    coloured = {name: Text(name, colour) for name, colour in COLOURS.items()}
    for _, cell, its in found:
        run = cell.run
        rows.setdefault((run.dataset, run.method, run.variant, run.level), {})[run.seed] = coloured[its.name]
    for names, row in rows.items():
        table.add_row(*names, *(row.get(seed, "") for seed in seeds))
    console.print(table)
    for _, cell, its in found:
        if its.why:
            console.print(f"{cell.run}: {its.name}: {its.why}", markup=False, highlight=False)
    counts = {name: sum(its.name == name for _, _, its in found) for name in COLOURS}
    console.print(", ".join(f"{n} {name}" for name, n in counts.items()), highlight=False)
    for command in commands(found, prefix):
        console.print(command, markup=False, highlight=False)


def commands(found: Sequence[tuple[list[str], Cell, State]], prefix: Sequence[str]) -> list[str]:
    """Give the commands that fill the gaps, as few as ask for nothing else.

    First come the commands that remove what is stale, because nothing overwrites it.

    Parameters
    ----------
    found, prefix
        As of `show`.

    Returns
    -------
    list of str
        Lines for a shell.
    """
    removals = [f"rm -r {shlex.quote(str(its.folder))}" for _, _, its in found if its.name == "stale"]
    missing = [[word for word in words if word not in prefix] for words, _, its in found if its.name != "done"]
    runs = [
        shlex.join(["python", "run.py", *(["-m"] if words not in missing else []), *prefix, *words])
        for words in products(missing)
    ]
    return [*dict.fromkeys(removals), *runs]


@refused_in_one_line
def main(overrides: list[str]) -> None:
    """Show the cells that the overrides ask for."""
    help_if_asked(overrides, __doc__)
    if not any(word.startswith("experiment=") for word in overrides):
        overrides = [f"experiment={BENCHMARK}", *overrides]
    found = [(words, cell, state(cell)) for words, cell in cells(overrides, checked=False)]
    show(found, [word for word in overrides if word.startswith("experiment=")])


if __name__ == "__main__":
    gc.disable()  # the command is short, and ten thousand cells keep the collector busy in vain
    main(sys.argv[1:])
