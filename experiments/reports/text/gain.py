"""The gain of FairTab on one screen, compared with the real table, the best other methods, and the paper.

`make readme` writes it into README.md and docs/results.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from experiments import methods
from experiments.columns import digits, heading
from experiments.learners import JUDGE, ORACLE
from experiments.reports.model.attributes import shown_attribute
from experiments.reports.model.published import published
from experiments.reports.model.shown import counted
from experiments.reports.model.ways import TO_ORACLE, on_real_rows, to_oracle, with_distance
from experiments.reports.text import markdown
from experiments.sweep import grid

COLUMNS = (
    "utility/auc",
    "fairness/dpr/{a}",
    "fairness/eor/{a}",
    "score/{a}",
    "fidelity/column_error",
    "privacy/dcr",
    "cpu_seconds/fit",
    "cpu_seconds/sample",
)
SHORT = COLUMNS[:5]  # the columns of the README's table
TIMES = 4  # a table with so many times the training rows has a line of its own
LEVEL_10 = "**FairTab, level 10**"


def gain(runs: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Make a Markdown table of means and standard deviations over seeds, on test rows, for the attribute shown.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame, of default variants.
    facts : mapping
        The facts of each dataset, in the order shown. Datasets without a run of FairTab are left out.

    Returns
    -------
    str
        Markdown.
    """
    lines = [
        line
        for dataset, noted in facts.items()
        if len(own := _with_ours(runs, dataset))
        for line in _of_dataset(dataset, own, noted, COLUMNS)
    ]
    return markdown.grouped(["", *_headings(COLUMNS)], lines)


def short(runs: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Make the same table for the first dataset alone, with the first five columns.

    Level 10 and fair learners are left out.
    """
    dataset, noted = next(iter(facts.items()))
    own = _with_ours(runs, dataset)
    lines = _of_dataset(dataset, own[own["learner"].isin((JUDGE, ORACLE))], noted, SHORT)
    return markdown.grouped(["", *_headings(SHORT)], [line for line in lines if not line[1].startswith(LEVEL_10)])


def _headings(columns: Sequence[str]) -> list[str]:
    return with_distance(columns, list(map(heading, columns)), TO_ORACLE)


def _with_ours(runs: pd.DataFrame, dataset: str) -> pd.DataFrame:
    """Choose the runs of a dataset; none if ours are not among them."""
    own = runs[runs["dataset"].eq(dataset)]
    return own if own["method"].eq(methods.RECOMMENDED).any() else own.iloc[:0]


def _of_dataset(
    dataset: str, runs: pd.DataFrame, facts: Mapping[str, Any], columns: Sequence[str]
) -> Iterator[tuple[str, str, list[str]]]:
    paper = facts.get("paper")
    shown = shown_attribute(facts)
    decimals = {name.format(a=shown): digits(name) for name in columns}
    group = f"{dataset} ({shown})"
    ours, in_protocol = runs[runs["method"].eq(methods.RECOMMENDED)], grid.protocol(runs)

    def line(words: str, chosen: pd.DataFrame) -> tuple[str, str, list[str]]:
        distance = to_oracle(runs, float(chosen[f"score/{shown}"].mean()), shown, facts)
        return group, counted(words, len(chosen)), with_distance(columns, markdown.means(chosen, decimals), distance)

    for way in on_real_rows(runs):
        yield line(way.words, way.runs)
    for metric, words in (("utility/auc", "best AUC of others"), (f"score/{shown}", "best SCORE of others")):
        if best := _best_of_others(in_protocol, metric):
            yield line(f"{words}: {methods.label(best)}", in_protocol[in_protocol["method"].eq(best)])
    if numbers := published(paper):
        distance = to_oracle(runs, numbers.get(f"score/{shown}", math.nan), shown, facts)
        cells = with_distance(columns, markdown.numbers(numbers, decimals), distance)
        yield group, "FairTab, as the paper reports it", cells
    yield line(LEVEL_10, grid.protocol(ours))
    if len(searched := grid.for_score(ours, shown)):
        yield line("**FairTab, `goal=score`**", searched)
    if len(larger := grid.for_score(ours, shown, TIMES)):
        yield line(f"**FairTab, `goal=score`, {TIMES} times the rows**", larger)


def _best_of_others(runs: pd.DataFrame, metric: str) -> str | None:
    """Name the other method with the highest mean. Ceilings and the floor do not count."""
    others = [name for name in methods.competitors(runs["method"]) if name != methods.RECOMMENDED]
    means = runs[runs["method"].isin(others)].groupby("method")[metric].mean().dropna()
    return str(means.idxmax()) if len(means) else None
