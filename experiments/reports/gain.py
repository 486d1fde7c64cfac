"""What the method gains, on one screen: ours beside the real table, the best of the other methods, and the paper.

In the README by `make readme`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from experiments import methods
from experiments.reports import markdown
from experiments.reports.published import attribute, published
from experiments.sweep import grid

COLUMNS = {
    "utility/auc": "AUC",
    "fairness/dpr/{a}": "DPR",
    "fairness/eor/{a}": "EOR",
    "score/{a}": "SCORE",
    "fidelity/column_error": "column error",
    "privacy/dcr": "DCR",
    "cpu_seconds/fit": "fit, CPU s",
    "cpu_seconds/sample": "sample, CPU s",
}
DIGITS = {"cpu_seconds/fit": 0, "cpu_seconds/sample": 1}


def gain(runs: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """A Markdown table of means and standard deviations over seeds, on test rows, by the first sensitive attribute.

    runs: the runs' frame, of default variants; facts: of each dataset in the order shown. A dataset without a run of
    ours is left out.
    """
    lines: list[tuple[str, str, list[str]]] = []
    for dataset, of in facts.items():
        own = runs[runs["dataset"].eq(dataset)]
        if own["method"].eq(methods.RECOMMENDED).any():
            lines += _of_dataset(dataset, own, of)
    return markdown.grouped(["", *COLUMNS.values()], lines)


def _of_dataset(dataset: str, runs: pd.DataFrame, facts: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    paper = facts.get("paper")
    shown = attribute(facts)
    digits = {name.format(a=shown): DIGITS.get(name, 3) for name in COLUMNS}
    group = f"{dataset} ({shown})"

    def line(words: str, of: pd.DataFrame) -> tuple[str, str, list[str]]:
        return group, words, markdown.means(of, digits)

    yield line("real table", runs[runs["method"].eq("real")])
    for metric, words in (("utility/auc", "best AUC of others"), (f"score/{shown}", "best SCORE of others")):
        if best := _best_of_others(runs, metric):
            yield line(f"{words}: {methods.label(best)}", runs[runs["method"].eq(best)])
    if numbers := published(paper):
        yield group, "FairTab, as the paper reports it", markdown.numbers(numbers, digits)
    ours = runs[runs["method"].eq(methods.RECOMMENDED)]
    yield line("**FairTab, level 10**", grid.protocol(ours))
    if len(searched := grid.for_score(ours)):
        yield line("**FairTab, `goal=score`**", searched)


def _best_of_others(runs: pd.DataFrame, metric: str) -> str | None:
    """The method with the highest mean, ceilings and the floor aside."""
    others = [
        method.name
        for method in methods.methods()
        if method.kind in ("plain", "fair") and method.name != methods.RECOMMENDED
    ]
    means = runs[runs["method"].isin(others) & runs["level"].eq("native")].groupby("method")[metric].mean().dropna()
    return str(means.idxmax()) if len(means) else None
