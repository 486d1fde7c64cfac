"""How do time, memory and disk grow with the table, from Python and in a cell of run.py?

    python -m benchmarks.size                       1,000 to 1,000,000 rows; writes its tables into benchmarks/README.md
    python -m benchmarks.size rows=1000,30000       chosen sizes; prints the tables and writes nothing

The table is generated (`benchmarks.made_up`): a CSV file with 30 columns. FairTab trains on half of its rows for one
epoch, and samples as many rows as the file has. CatBoost has 100 trees. Each measurement runs in a process of its own,
so that its peak memory is its own.
"""

from __future__ import annotations

import json
import logging
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import made_up
from experiments.reports.text import markdown
from experiments.run import environment
from experiments.run.cost import measure_cost

ROOT = Path(__file__).parents[1]
ROWS = (1_000, 10_000, 100_000, 1_000_000)
MAX_CELL_ROWS = (
    100_000  # a cell evaluates the real table, too, so a million rows would take an hour and show nothing new
)
TREES = 100
API = ("read", "fit", "save", "load", "sample", "write", "evaluate")
CELL = ("fit", "sample", "evaluate", "whole")
log = logging.getLogger("benchmarks.size")
Costs = dict[str, dict[str, float]]  # stage -> cpu_seconds, peak_memory_mb and, if it writes files, disk_mb


def main(sizes: tuple[int, ...]) -> None:
    costs: dict[str, dict[int, Costs]] = {"api": {}, "cell": {}}
    for n in sizes:
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "made-up.csv"
            made_up.write(table, n)
            for way, by_size in costs.items():
                if way == "cell" and n > MAX_CELL_ROWS:
                    continue
                sys.stderr.write(f"{way}: {n:,} rows\n")
                by_size[n] = _measure_cell(table, n) if way == "cell" else _measure_api(table, n)
    text = report(costs)
    if sizes == ROWS:
        markdown.fill(ROOT / "benchmarks" / "README.md", "benchmarks.size", text)
    sys.stdout.write(text)


def report(costs: dict[str, dict[int, Costs]]) -> str:
    """Describe the machine, and make a Markdown table for each way."""
    made_on = environment.describe()
    head = (
        f"{made_on['cores']} cores of {made_on['processor']}, torch {made_on['packages']['torch']}. CPU seconds "
        "of all cores together, and peak memory of the process during the stage. Growth is the exponent with which "
        "seconds and memory grow with the number of rows, between the two largest tables.\n"
    )
    titles = {"api": "From Python", "cell": "A cell of `run.py`, with its evaluation and that of the real table"}
    parts = [_table(titles[way], by_size, API if way == "api" else CELL) for way, by_size in costs.items()]
    return "\n".join([head, *parts])


def _table(title: str, costs: dict[int, Costs], stages: tuple[str, ...]) -> str:
    sizes = list(costs)
    header = [title, *(f"{n:,} rows" for n in sizes), "growth"]
    rows = []
    for stage in stages:
        by_size = [costs[n][stage] for n in sizes]
        exponents = [_exponent(by_size, sizes, name) for name in ("cpu_seconds", "peak_memory_mb")]
        rows.append([stage, *map(_words, by_size), ", ".join(exponents)])
    return markdown.table(header, rows)


def _words(cost: dict[str, float]) -> str:
    disk = f", {cost['disk_mb']:,.1f} MB on disk" if "disk_mb" in cost else ""
    return f"{cost['cpu_seconds']:,.1f} s, {cost['peak_memory_mb']:,.0f} MB{disk}"


def _exponent(costs: list[dict[str, float]], sizes: list[int], name: str) -> str:
    """Compute the exponent of growth between the two largest tables. It is 1 if cost is proportional to rows."""
    if len(sizes) < 2 or not costs[-2][name]:
        return "-"
    return f"{math.log(max(costs[-1][name], 0.01) / costs[-2][name]) / math.log(sizes[-1] / sizes[-2]):.2f}"


def _measure_api(table: Path, n: int) -> Costs:
    command = [sys.executable, "-m", "benchmarks.size", "measure", str(table), str(n)]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout)


def measure(table: Path, n: int) -> Costs:
    """Measure every stage in this process, one after another, and log each when it is done."""
    from fairtab import FairTab, load_dataset
    from fairtab.metrics.evaluate import evaluate

    costs = _LoggedCosts()
    model_folder, output = table.parent / "model", table.parent / "synthetic.parquet"
    with measure_cost(costs, "read"):
        split = load_dataset("table", path=str(table), **made_up.DESCRIPTION)
    with measure_cost(costs, "fit"):
        model = FairTab(epochs=1, min_steps=0).fit(split.train, split.validation, seed=0)
    with measure_cost(costs, "save"):
        model.save(model_folder)
    with measure_cost(costs, "load"):
        model = FairTab.load(model_folder)
    with measure_cost(costs, "sample"):
        synthetic = model.sample(n, seed=0)
    with measure_cost(costs, "write"):
        synthetic.frame.to_parquet(output, index=False)
    with measure_cost(costs, "evaluate"):
        evaluate(synthetic, split, seed=0, classifier={"iterations": TREES})
    costs["read"]["disk_mb"] = _mb(table)
    costs["save"]["disk_mb"] = sum(map(_mb, model_folder.iterdir()))
    costs["write"]["disk_mb"] = _mb(output)
    return costs


class _LoggedCosts(dict[str, dict[str, float]]):
    """Costs that are also logged, because a million rows take a while."""

    def __setitem__(self, stage: str, cost: dict[str, float]) -> None:
        super().__setitem__(stage, cost)
        log.info("%s: %s", stage, cost)


def _measure_cell(table: Path, n: int) -> Costs:
    results = table.parent / "results"
    given = [f"dataset.path={table}", "dataset.target=approved", "dataset.positive='yes'"]
    small = ["method.epochs=1", "method.min_steps=0", f"n_rows={n}", f"+evaluation.classifier.iterations={TREES}"]
    words = ["dataset=table", *given, "dataset.sensitive=[sex,region]", *small, "logger=csv", f"results_dir={results}"]
    process = subprocess.Popen([sys.executable, str(ROOT / "run.py"), *words], cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), "run.py")
    provenance = next(results.glob("runs/*/fairtab/*/*/*/provenance.json"))
    costs: Costs = json.loads(provenance.read_text())["stages"]
    peak = max(usage.ru_maxrss / 1024, *(cost["peak_memory_mb"] for cost in costs.values()))
    disk = sum(_mb(path) for path in results.rglob("*") if path.is_file())
    return {**costs, "whole": {"cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_memory_mb": peak, "disk_mb": disk}}


def _mb(path: Path) -> float:
    return path.stat().st_size / 1e6


if __name__ == "__main__":
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    if sys.argv[1:2] == ["measure"]:
        words: Any = sys.argv[2:]
        sys.stdout.write(json.dumps(measure(Path(words[0]), int(words[1]))))
    else:
        asked = dict(argument.split("=") for argument in sys.argv[1:]).get("rows")
        main(tuple(map(int, asked.split(","))) if asked else ROWS)
