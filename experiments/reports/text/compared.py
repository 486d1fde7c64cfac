"""The numbers of a method, of its variants, and of the paper, for docs/differences.md (`make readme`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments import methods
from experiments.columns import count_seeds, heading
from experiments.reports.model.attributes import shown_attribute
from experiments.reports.model.published import with_spread
from experiments.reports.text import markdown
from experiments.sweep.grid import DEFAULT

COLUMNS = (
    "utility/auc",
    "fidelity/column_error",
    "fidelity/pair_error",
    "fairness/dpr/{a}",
    "fairness/eor/{a}",
    "privacy/dcr_published",
    "privacy/dcr",
)
HEADINGS = [heading(name, full=True) for name in COLUMNS]


def compared(runs: pd.DataFrame, method: str, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Make a Markdown table of mean and standard deviation over seeds, for each dataset of the paper.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame, of the paper's protocol.
    method : str
        The method's name.
    facts : mapping
        The facts of each dataset, in the order shown.
    """
    rows = []
    for dataset, noted in facts.items():
        ours = runs[runs["dataset"].eq(dataset) & runs["method"].eq(method)]
        theirs = _published(noted, method)
        if ours.empty or not theirs:
            continue
        digits = _digits(noted)
        rows.append([f"{dataset} ({shown_attribute(noted)}), {count_seeds(len(ours))}", *markdown.means(ours, digits)])
        rows.append([f"{dataset}, published", *markdown.numbers(theirs, digits)])
    return markdown.table(["", *HEADINGS], rows)


def variants(runs: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    """Make a Markdown table of a method's variants, the default first, over the seeds that all of them have.

    A variant that has none of their seeds is left out.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs of one method on one dataset, at the paper's levels (`grid.LEVELS`).
    facts : mapping
        The facts of the dataset.
    """
    dataset, method, digits = runs["dataset"].iloc[0], runs["method"].iloc[0], _digits(facts)
    seeds = runs.groupby("variant")["seed"].agg(set)
    names = sorted(seeds.index, key=lambda name: (name != DEFAULT, name))
    common, kept = seeds[names[0]], list[str]()
    for name in names:
        if shared := common & seeds[name]:
            common, kept = shared, [*kept, name]
    shared_runs = runs[runs["seed"].isin(common)]
    rows = [[f"`{name}`", *markdown.means(shared_runs[shared_runs["variant"].eq(name)], digits)] for name in kept]
    if theirs := _published(facts, method):
        rows.append(["published", *markdown.numbers(theirs, digits)])
    return markdown.table(
        [f"{dataset}, seed {', '.join(map(str, sorted(common)))}", *HEADINGS],
        rows,
    )


def _digits(facts: Mapping[str, Any]) -> dict[str, int]:
    return {name.format(a=shown_attribute(facts)): 3 for name in COLUMNS}


def _published(facts: Mapping[str, Any], method: str) -> dict[str, float]:
    spread = with_spread(facts.get("paper"), methods.in_paper(method))
    return {name: mean for name, (mean, _) in spread.items()}
