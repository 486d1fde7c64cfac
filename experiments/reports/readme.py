"""The README's result blocks, filled from runs: python -m experiments.reports.readme [results_dir]"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from experiments import grid, store
from experiments.reports import goals, markdown
from experiments.reports.tables import RESULTS, Benchmark, results

README = RESULTS.parent / "README.md"


def blocks(root: Path) -> dict[str, str]:
    """What stands in each block, by its name, as far as the runs under `root` have something to say."""
    runs = store.frame(root)
    made = {}
    benchmark = Benchmark(grid.protocol(runs), store.datasets(root), grid.benchmark())
    if not benchmark.runs.empty:
        made["experiments.reports.tables"] = results(benchmark).to_markdown().partition("\n\n")[2]
    if "goal" in runs:
        default = runs[runs["method"].eq(goals.METHOD) & runs["variant"].eq("default")]
        made["experiments.reports.goals"] = goals.goals(pd.DataFrame(default))
    return made


def fill(readme: Path, root: Path) -> list[str]:
    """Fill the blocks that the document has; returns the names of those filled."""
    document = readme.read_text()
    made = {name: text for name, text in blocks(root).items() if f"<!-- {name} -->" in document}
    for name, text in made.items():
        markdown.fill(readme, name, text)
    return list(made)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS
    sys.stdout.write("".join(f"filled {name}\n" for name in fill(README, folder / "runs")) or "no runs yet\n")
