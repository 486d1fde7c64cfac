"""A method's numbers and its variants' beside those published for it. In docs/differences.md by `make readme`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments import methods
from experiments.reports import markdown
from experiments.reports.published import attribute, with_spread

COLUMNS = {
    "utility/auc": "AUC",
    "fidelity/column_error": "column error",
    "fidelity/pair_error": "pair error",
    "fairness/dpr/{a}": "DPR",
    "fairness/eor/{a}": "EOR",
    "privacy/dcr_published": "DCR, as published",
    "privacy/dcr": "DCR, equal samples",
}


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
        rows.append([f"{dataset} ({attribute(of)}), {len(ours)} seeds", *markdown.means(ours, digits)])
        rows.append([f"{dataset}, published", *markdown.numbers(theirs, digits)])
    return markdown.table(["", *COLUMNS.values()], rows)


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
    return markdown.table([f"{dataset}, seed {', '.join(map(str, sorted(common)))}", *COLUMNS.values()], rows)


def _digits(facts: Mapping[str, Any]) -> dict[str, int]:
    return {name.format(a=attribute(facts)): 3 for name in COLUMNS}


def _published(facts: Mapping[str, Any], method: str) -> dict[str, float]:
    spread = with_spread(facts.get("paper"), methods.in_paper(method))
    return {name: mean for name, (mean, _) in spread.items()}
