"""The blocks of README.md and docs/ that are filled from runs.

A block stands between `<!-- name -->` and `<!-- end -->`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from experiments import methods
from experiments.reports.model import private
from experiments.reports.model.attributes import compared_attribute
from experiments.reports.model.claims import claims
from experiments.reports.text import (
    attacks,
    compared,
    fairer,
    gain,
    goals,
    markdown,
    memory,
    rows,
    steps,
    tuned,
    winners,
)
from experiments.reports.text import missing as missing_text
from experiments.reports.text import splits as splits_text
from experiments.store import frames
from experiments.sweep import grid
from experiments.variants import TUNED
from fairtab.metrics.catalogue import METRICS, UNIFORM
from fairtab.task import Task

ROOT = Path(__file__).parents[2]
DOCUMENTS = tuple(
    ROOT / name
    for name in (
        "README.md",
        "docs/results.md",
        "docs/differences.md",
        "docs/learners.md",
        "docs/sampling.md",
        "docs/privacy.md",
        "docs/attacks.md",
        "docs/api/metrics.md",
    )
)


def blocks(root: Path) -> dict[str, str]:
    """Make the blocks.

    Parameters
    ----------
    root : Path
        The folder of runs.

    Returns
    -------
    dict
        The Markdown of each block by its name, as far as there are runs for it. They are about labels of two values.
    """
    runs = frames.frame(root)
    facts = {name: noted for name, noted in frames.datasets(root).items() if compared_attribute(noted)}
    if runs.empty or (runs := runs[runs["dataset"].isin(facts)]).empty:
        return {}
    default = pd.DataFrame(runs[runs["variant"].eq("default")])
    in_order = {name: facts[name] for name in sorted(facts, key=[*grid.paper_grid().datasets, *facts].index)}
    made = {"methods": methods_table(), "metrics": metrics_table(), "learners": fairer.learners_table()}
    made["gain"] = gain.gain(default, in_order)
    made["gain short"] = gain.short(default, in_order)
    made["fairer"] = fairer.fairer(default, in_order)
    made["nearest"] = fairer.nearest(default, in_order)
    made["fairer learners"] = fairer.fairer(default, in_order, generators=False)
    if (grid.multiple(runs) > 1).any():
        made["rows"] = rows.rows(runs, in_order)
    if runs["variant"].eq(TUNED).any():
        made["tuned"] = tuned.tuned(runs, in_order)
    if len(lossy := frames.beside(root, "missing")):
        made["missing"] = missing_text.missing(lossy, runs, in_order)
    if len(other := frames.beside(root, "splits")):
        made["splits"] = splits_text.splits(other, in_order)
    made["threeway"] = attacks.threeway(default, in_order)
    made["attacks"] = attacks.attacks(default, in_order)
    made["winners"] = winners.winners(
        grid.protocol(runs), claims(frames.replicates(root, grid.protocol(runs)), runs, facts), in_order
    )
    for method in default["method"].unique():
        made[f"compared {method}"] = compared.compared(grid.protocol(runs), method, in_order)
    for (dataset, method), chosen in runs[runs["level"].isin(grid.LEVELS)].groupby(["dataset", "method"]):
        if chosen["variant"].nunique() > 1:
            made[f"compared {method} {dataset} variants"] = compared.variants(chosen, facts[dataset])
    if runs["variant"].eq(memory.SMALL).any():
        made["memory"] = memory.memory(runs, in_order)
    if private.has_any(runs):
        made["epsilon"] = private.to_markdown(runs)
    if "goal" in runs:
        made["goals"] = goals.goals(runs, facts)
    if len(by_steps := steps.select(runs)):
        made["steps"] = steps.steps(by_steps)
    return made


def methods_table() -> str:
    """Make a Markdown table of the methods in the registry."""
    rows = [
        [f"`{method.name}`", method.label, method.reference, f"`{method.extra}`" if method.extra else ""]
        for method in methods.methods()
        if method.name
    ]
    return markdown.table(["method", "in tables", "what it is", "extra to install"], rows).replace("---:", "---")


def metrics_table() -> str:
    """Make a Markdown table of the metrics in the catalogue."""
    best: dict[object, str] = {"up": "the highest", "down": "the lowest", None: ""}
    rows = [
        [
            f"`{metric.name}{'/<attribute>' if metric.per_attribute else ''}`",
            metric.label,
            "{:g} to {:g}".format(*metric.range),
            best.get(metric.goal, str(metric.goal)),
            ", ".join(metric.tasks) if len(metric.tasks) < len(Task) else "every label",
        ]
        for metric in METRICS.values()
        if not metric.name.startswith(UNIFORM)
    ]
    return markdown.table(["name in results", "in tables", "range", "best", "label"], rows).replace("---:", "---")


def fill(document: Path, made: Mapping[str, str]) -> list[str]:
    """Fill the blocks that a document has.

    Parameters
    ----------
    document : Path
        A Markdown file.
    made : mapping
        As `blocks` gives it.

    Returns
    -------
    list of str
        The names of the blocks that were filled.
    """
    text = document.read_text()
    names = [name for name in made if f"<!-- {name} -->" in text]
    for name in names:
        markdown.fill(document, name, made[name])
    return names
