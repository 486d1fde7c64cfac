"""The result blocks of the README and of docs/, filled from runs: python -m experiments.reports.readme [results_dir]"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from experiments import store
from experiments.reports import compared, gain, goals, markdown
from experiments.reports.tables import RESULTS
from experiments.sweep import grid

DOCUMENTS = tuple(RESULTS.parent / name for name in ("README.md", "docs/differences.md"))


def blocks(root: Path) -> dict[str, str]:
    """What stands in each block, by its name, as far as the runs under `root` have something to say."""
    runs = store.frame(root)
    if runs.empty:
        return {}
    default = pd.DataFrame(runs[runs["variant"].eq("default")])
    facts = store.datasets(root)
    in_order = {name: facts[name] for name in sorted(facts, key=[*grid.paper_grid().datasets, *facts].index)}
    made = {"experiments.reports.gain": gain.gain(default, in_order)}
    for method in default["method"].unique():
        made[f"experiments.reports.compared {method}"] = compared.compared(grid.protocol(runs), method, in_order)
    for (dataset, method), of in runs[runs["level"].isin(grid.LEVELS)].groupby(["dataset", "method"]):
        if of["variant"].nunique() > 1:
            name = f"experiments.reports.compared {method} {dataset} variants"
            made[name] = compared.variants(of, facts[dataset])
    if "goal" in runs:
        made["experiments.reports.goals"] = goals.goals(runs)
    return made


def fill(document: Path, made: Mapping[str, str]) -> list[str]:
    """Fill those blocks that the document has; returns their names. made: as `blocks` gives it."""
    text = document.read_text()
    names = [name for name in made if f"<!-- {name} -->" in text]
    for name in names:
        markdown.fill(document, name, made[name])
    return names


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS
    made = blocks(folder / "runs")
    for document in DOCUMENTS:
        names = fill(document, made)
        sys.stdout.write(
            f"{document.name}: filled {', '.join(names)}\n" if names else f"{document.name}: no runs yet\n"
        )
