"""A method's numbers and its variants' beside those published for it. In docs/differences.md by `make readme`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments import methods
from experiments.columns import heading
from experiments.reports.model.attributes import shown_attribute
from experiments.reports.model.published import with_spread
from experiments.reports.text import markdown

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
    """A Markdown table: mean and standard deviation over seeds on test rows, for each dataset of the paper.

    runs: the runs' frame, of the paper's protocol; facts: of each dataset in the order shown.
    """
    rows = []
    for dataset, of in facts.items():
        ours = runs[runs["dataset"].eq(dataset) & runs["method"].eq(method)]
        theirs = _published(of, method)
        if ours.empty or not theirs:
            continue
        digits = _digits(of)
        rows.append([f"{dataset} ({shown_attribute(of)}), {len(ours)} seeds", *markdown.means(ours, digits)])
        rows.append([f"{dataset}, published", *markdown.numbers(theirs, digits)])
    return markdown.table(["", *HEADINGS], rows)


def variants(runs: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    """A Markdown table of a method's variants, the default one first, by the seeds that all of them have.

    runs: the runs' frame, of one method, one dataset, at the paper's levels (`grid.LEVELS`); facts: of the dataset.
    """
    dataset, method, digits = runs["dataset"].iloc[0], runs["method"].iloc[0], _digits(facts)
    common = set.intersection(*(set(of["seed"]) for _, of in runs.groupby("variant")))
    shared = runs[runs["seed"].isin(common)]
    names = sorted(set(shared["variant"]), key=lambda name: (name != "default", name))
    rows = [[f"`{name}`", *markdown.means(shared[shared["variant"].eq(name)], digits)] for name in names]
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
