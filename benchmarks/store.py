"""How long do status and reports take with ten thousand runs? Makes a store of them and measures commands.

    python -m benchmarks.store                  writes its table into benchmarks/README.md
    python -m benchmarks.store seeds=0,1        fewer runs; prints the table and writes nothing

The runs are copies of committed ones, at the places that a large grid has. So reading them takes what it takes with
real runs, and their numbers mean nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from experiments.reports.text import markdown
from experiments.run import environment
from experiments.run.cell import Cell
from experiments.store.place import CONFIG
from experiments.sweep.cells import cells

ROOT = Path(__file__).parents[1]
COMMITTED = ROOT / "results" / "runs"
GRID = ["experiment=paper", "dataset=adult,bank,compas,german", "balance=range(0,11)"]
SEEDS = ",".join(map(str, range(70)))
KEPT = ("metrics.json", "replicates.parquet", "marginals.json", "provenance.json")


def main(seeds: str) -> str:
    """Make the store, measure, and make the table."""
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results"
        words = [*GRID, f"seed={seeds}", f"results_dir={results}"]
        n = fill(words)
        commands = {
            "`experiments.status`": ["experiments.status", *words],
            "`experiments.reports tables`": ["experiments.reports", "tables", f"--results={results}"],
            "`experiments.reports figures`": ["experiments.reports", "figures", f"--results={results}"],
        }
        rows = [[name, *measured(command)] for name, command in commands.items()]
    made_on = environment.describe()
    head = f"{n:,} runs. {made_on['cores']} cores of {made_on['processor']}.\n\n"
    return head + markdown.table(["command", "seconds", "CPU seconds", "peak memory, MB"], rows)


def fill(words: list[str]) -> int:
    """Put a finished run at the place of each cell. Returns the number of runs."""
    placed = {cell.run.folder: cell for _, cell in cells(words)}
    for cell in placed.values():
        _copy(cell)
    return len(placed)


def _copy(cell: Cell) -> None:
    dataset = cell.run.dataset if (COMMITTED / cell.run.dataset).is_dir() else "adult"
    source = COMMITTED / dataset / "fairtab" / "default" / "seed-0" / "balance-10"
    cell.run.folder.mkdir(parents=True)
    for name in KEPT:
        shutil.copy(source / name, cell.run.folder)
    result = json.loads((source / "metrics.json").read_text())
    cell.run.metrics_path.write_text(json.dumps({**result, "evaluation": cell.evaluation}, indent=1) + "\n")
    for folder, identity in (
        (cell.run.shared_folder, cell.fit_identity),
        (cell.run.folder, cell.sample_identity),
    ):
        (folder / CONFIG).write_text(yaml.safe_dump(identity, sort_keys=False))
    if not cell.run.dataset_path.exists():
        shutil.copy(COMMITTED / dataset / cell.run.dataset_path.name, cell.run.dataset_path)


def measured(command: list[str]) -> list[str]:
    """Run a module, and give its seconds, CPU seconds and peak memory."""
    clock = os.times().elapsed
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), command)
    seconds = os.times().elapsed - clock
    return [f"{seconds:,.1f}", f"{usage.ru_utime + usage.ru_stime:,.1f}", f"{usage.ru_maxrss / 1024:,.0f}"]


if __name__ == "__main__":
    asked = dict(word.split("=") for word in sys.argv[1:]).get("seeds")
    text = main(asked or SEEDS)
    if asked is None:
        markdown.fill(ROOT / "benchmarks" / "README.md", "benchmarks.store", text)
    sys.stdout.write(text)
