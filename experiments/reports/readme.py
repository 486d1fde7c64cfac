"""The README's result blocks, filled from runs: python -m experiments.reports.readme [results_dir]"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from experiments import grid, store
from experiments.reports import gain, goals, markdown
from experiments.reports.tables import RESULTS

README = RESULTS.parent / "README.md"


def blocks(root: Path) -> dict[str, str]:
    """What stands in each block, by its name, as far as the runs under `root` have something to say."""
    runs = store.frame(root)
    if runs.empty:
        return {}
    default = pd.DataFrame(runs[runs["variant"].eq("default")])
    facts = store.datasets(root)
    in_order = sorted(facts, key=lambda name: [*grid.benchmark().datasets, name].index(name))
    made = {"experiments.reports.gain": gain.gain(default, {name: facts[name] for name in in_order})}
    if "goal" in runs:
        made["experiments.reports.goals"] = goals.goals(default[default["method"].eq(goals.METHOD)])
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
