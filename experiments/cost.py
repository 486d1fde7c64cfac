"""Say what a grid costs, by measured runs: hours on one machine, on many, and money.

    python -m experiments.cost                                          fills docs/cost.md
    python -m experiments.cost --nodes 8 32 --price 0.04 experiment=paper 'seed=range(0,10)'     prints the table

Words ask for cells as those of `run.py -m` do. All cells count, also those that are done. A node runs one cell at a
time. How long a cell takes is drawn from the measured runs of its method on its dataset, so long runs are in the
simulation, too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.command import refused_in_one_line
from experiments.plan import COMMITTED
from experiments.reports.text import markdown
from experiments.store import frames
from experiments.sweep.cells import cells
from experiments.sweep.needs import alike, seconds
from experiments.sweep.plan import MADE, Stage, plan
from experiments.sweep.schedule import Batch, makespan
from fairtab import seeds

PAGE = Path(__file__).parents[1] / "docs" / "cost.md"
GRID = (
    "experiment=paper",
    "dataset=adult,bank,compas,compas_openml,german,code",
    "seed=range(0,10)",
    "balance=range(0,11)",
)
SPLITS = 5
NODES = (1, 2, 4, 8, 16, 32, 64, 128)
CORES = 2  # of a node, as of the machine that measured most runs
PRICE = 0.04  # an example, of nobody: dollars for a core and an hour
START = 10.0  # seconds of a job before the first stage: Python, imports, the table


def batches(stages: Sequence[Stage], runs: pd.DataFrame, *, start: float, splits: int = 1) -> list[Batch]:
    """Draw how long each cell takes, from measured runs. A stage that was never measured is left out.

    Parameters
    ----------
    stages : sequence of Stage
        As of `plan`.
    runs : pandas.DataFrame
        The runs' frame.
    start : float
        Seconds that each cell takes before its first stage.
    splits : int
        How many times the whole plan is made, each on another split of the tables.
    """
    rng = seeds.numpy_generator(0, "cost")
    found = []
    for split in range(splits):
        for stage in stages:
            if stage.needs:
                kinds = [(n, seconds(known, MADE[stage.kind])) for n, known in alike(stage.cells, runs)]
                drawn = start + np.concatenate([rng.choice(taken, n) for n, taken in kinds])
                after = tuple(f"{other.name} {split}" for other in stage.waits_for(stages))
                found.append(Batch(f"{stage.name} {split}", tuple(drawn.tolist()), after))
    return found


def table(queue: Sequence[Batch], nodes: Sequence[int], price: float, cores: int) -> str:
    """Write hours, use and money of each number of nodes.

    A node is paid until the last cell is done ("nodes kept"), or only while it works ("nodes given back").
    """
    busy = sum(sum(batch.seconds) for batch in queue) / 3600
    rows = []
    for n in nodes:
        hours = makespan(queue, n) / 3600
        kept, back = (f"{paid * cores * price:,.2f}" for paid in (hours * n, busy))
        rows.append([f"{n}", f"{hours:,.1f}", f"{busy / hours:.1f}", f"{busy / (hours * n):.0%}", kept, back])
    header = ["nodes", "hours", "times one node", "at work", "nodes kept, $", "nodes given back, $"]
    return markdown.table(header, rows)


def report(words: Sequence[str], nodes: Sequence[int], price: float, cores: int, splits: int, start: float) -> str:
    """Write what a grid costs, in Markdown."""
    runs = frames.frame(COMMITTED)
    with tempfile.TemporaryDirectory() as empty:
        stages = plan(cells([*words, f"results_dir={empty}"]), runs)
    queue = batches(stages, runs, start=start, splits=splits)
    n_cells, measured = splits * sum(len(stage.cells) for stage in stages), sum(len(batch.seconds) for batch in queue)
    unknown = sorted({stage.method for stage in stages if not stage.needs})
    longest = max((max(batch.seconds) for batch in queue), default=0)
    left = f" Left out, because never measured: {', '.join(unknown)}." if unknown else ""
    return (
        f"{n_cells:,} cells, {measured:,} of them measured. The longest takes {longest / 60:,.0f} minutes.{left}\n\n"
        f"{table(queue, nodes, price, cores)}\n"
        f"A node has {cores} cores. The price is {price:g} dollars for a core and an hour.\n"
    )


@refused_in_one_line
def main(arguments: list[str] | None = None) -> None:
    """Read the command line and print the table, or fill the page if nothing is given."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(
        prog="python -m experiments.cost", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", default=GRID, help="cells, as of run.py -m; default: the whole grid")
    parser.add_argument("--nodes", type=int, nargs="+", default=NODES, metavar="N", help="numbers of machines")
    parser.add_argument(
        "--price", type=float, default=PRICE, help=f"of a core and an hour; default: {PRICE}, an example"
    )
    parser.add_argument("--cores", type=int, default=CORES, help=f"of a machine; default: {CORES}")
    parser.add_argument("--splits", type=int, default=SPLITS, help=f"of the tables; default: {SPLITS}")
    parser.add_argument(
        "--start", type=float, default=START, help=f"seconds before a cell's stages; default: {START:g}"
    )
    asked = parser.parse_args(given)
    text = report(asked.words, asked.nodes, asked.price, asked.cores, asked.splits, asked.start)
    if not given:
        markdown.fill(PAGE, "cost", text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
