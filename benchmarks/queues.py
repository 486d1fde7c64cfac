"""Does the simulation of a queue say how long a sweep takes? Runs the same cells with 1, 2 and 4 workers.

    python -m benchmarks.queues                          fills docs/cost.md
    python -m benchmarks.queues workers=1,2 seeds=0,1    another size; prints the table and writes nothing

The cells are of COMPAS, with methods that need no training and a small classifier. The simulation gets the seconds that
each cell took in this very sweep, so what it has to find is the order, the waiting and the last long cell. Programs
beside take the same from both. The clock starts when the first cell does: before that, Python and its packages start.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from experiments.reports.text import markdown
from experiments.sweep.schedule import Batch, makespan

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "cost.md"
WORDS = ["dataset=compas", "method=real,resample,independent", "logger=csv", "+evaluation.classifier.iterations=100"]


def times(results: Path) -> list[tuple[float, float]]:
    """List when each cell began and ended, in the order of their beginnings: the times of its first and last file."""
    paths = [path.parent for path in results.rglob("*/metrics.json")]
    return sorted(
        (folder.joinpath("config.yaml").stat().st_mtime, (folder / "metrics.json").stat().st_mtime) for folder in paths
    )


def main(workers: list[int], seeds: str) -> str:
    """Run the sweeps, and make the table."""
    rows = []
    for n in workers:
        with tempfile.TemporaryDirectory() as results:
            launcher = ["hydra/launcher=joblib", f"hydra.launcher.n_jobs={n}"]
            command = [sys.executable, str(ROOT / "run.py"), "-m", *launcher, *WORDS, f"seed={seeds}"]
            start = time.time()
            subprocess.run([*command, f"results_dir={results}"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            found = times(Path(results))
        each, first, last = [end - begin for begin, end in found], found[0][0], max(end for _, end in found)
        said = makespan([Batch("cells", tuple(each))], n)
        numbers = (sum(each), first - start, said, last - first)
        rows.append([f"{n}", f"{len(each)}", *(f"{number:,.0f}" for number in numbers)])
    header = ["workers", "cells", "all cells, s", "start, s", "simulated, s", "measured, s"]
    return markdown.table(header, rows)


if __name__ == "__main__":
    given = dict(word.split("=") for word in sys.argv[1:])
    text = main([int(n) for n in given.get("workers", "1,2,4").split(",")], given.get("seeds", "0,1"))
    if not given:
        markdown.fill(PAGE, "benchmarks.queues", text)
    sys.stdout.write(text)
