"""Does the simulation of a queue say how long a sweep takes? Runs the same cells with 1, 2 and 4 workers.

    python -m benchmarks.queues                          fills docs/cost.md
    python -m benchmarks.queues workers=1,2 seeds=0,1    another size; prints the table and writes nothing

The cells are of COMPAS, with methods that need no training and a small classifier. The simulation gets the seconds that
each cell took in this very sweep, so what it has to find is the order, the waiting and the last long cell. Programs
beside take the same from both.
"""

from __future__ import annotations

import json
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


def cell_seconds(results: Path) -> list[float]:
    """List the seconds of the stages of each cell, in the order in which they ended."""
    paths = sorted(results.rglob("*/provenance.json"), key=lambda path: path.stat().st_mtime)
    stages = [json.loads(path.read_text())["stages"].values() for path in paths]
    return [sum(stage["seconds"] for stage in of_cell) for of_cell in stages]


def main(workers: list[int], seeds: str) -> str:
    """Run the sweeps, and make the table."""
    rows = []
    for n in workers:
        with tempfile.TemporaryDirectory() as results:
            launcher = ["hydra/launcher=joblib", f"hydra.launcher.n_jobs={n}"]
            command = [sys.executable, str(ROOT / "run.py"), "-m", *launcher, *WORDS, f"seed={seeds}"]
            start = time.perf_counter()
            subprocess.run([*command, f"results_dir={results}"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            took, each = time.perf_counter() - start, cell_seconds(Path(results))
        said = makespan([Batch("cells", tuple(each))], n)
        rows.append(
            [f"{n}", f"{len(each)}", f"{sum(each):,.0f}", f"{said:,.0f}", f"{took:,.0f}", f"{took - said:,.0f}"]
        )
    header = ["workers", "cells", "seconds of all cells", "simulated, s", "measured, s", "difference, s"]
    return markdown.table(header, rows)


if __name__ == "__main__":
    given = dict(word.split("=") for word in sys.argv[1:])
    text = main([int(n) for n in given.get("workers", "1,2,4").split(",")], given.get("seeds", "0,1,2,3"))
    if not given:
        markdown.fill(PAGE, "benchmarks.queues", text)
    sys.stdout.write(text)
