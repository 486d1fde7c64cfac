"""Every way to be fairer, side by side: a table for docs/results.md, and sentences for docs/learners.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from experiments.columns import DASH, digits, heading, number
from experiments.learners import learners
from experiments.reports.model.attributes import shown_attribute
from experiments.reports.model.ways import TO_ORACLE, Way, on_real_rows, to_oracle, ways, with_distance
from experiments.reports.text import markdown

COLUMNS = (
    "utility/auc",
    "fairness/dpr/{a}",
    "fairness/eor/{a}",
    "score/{a}",
    "utility/accuracy",
    "utility/positive_rate",
)
NEAREST = {  # by kind of way
    "oracle": "oracle",
    "real": "the judge",
    "learner": "best learner, real table",
    "generator": "best table of others",
    "ours": "best table of FairTab",
    "both": "best learner on a synthetic table",
}
HEADINGS = with_distance(COLUMNS, list(map(heading, COLUMNS)), TO_ORACLE)


def fairer(runs: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]], *, generators: bool = True) -> str:
    """Make a Markdown table of every way to be fairer: means and standard deviations over seeds, on test rows.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame.
    facts : mapping
        The facts of each dataset, in the order shown. Datasets without a run of a fair learner are left out.
    generators : bool
        Whether synthetic tables of other methods have lines.
    """
    lines = []
    for dataset, noted in facts.items():
        own = runs[runs["dataset"].eq(dataset)]
        if len(on_real_rows(own)) > 1:
            attribute = shown_attribute(noted)
            shown = [way for way in ways(own, attribute) if generators or way.kind != "generator"]
            lines += [(f"{dataset} ({attribute})", _words(way), _cells(way, own, noted)) for way in shown]
    return markdown.grouped(["", *HEADINGS], lines)


def nearest(runs: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Make a Markdown table of the best way of each kind by SCORE: a line for each dataset that has an oracle.

    Parameters
    ----------
    runs, facts
        As of `fairer`.
    """
    rows = []
    for dataset, noted in facts.items():
        own, attribute = runs[runs["dataset"].eq(dataset)], shown_attribute(noted)
        found = ways(own, attribute)
        if any(way.kind == "oracle" for way in found):
            cells = [_best([way for way in found if way.kind == kind], own, noted) for kind in NEAREST]
            rows.append([f"{dataset} ({attribute})", *cells])
    return markdown.table(["", *NEAREST.values()], rows).replace("---:", "---")


def _best(ways: Sequence[Way], runs: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    attribute = shown_attribute(facts)
    scores = {way: float(way.runs[f"score/{attribute}"].mean()) for way in ways}
    if not scores:
        return DASH
    way = max(scores, key=lambda way: scores[way])
    return f"{way.counted}: {number(scores[way])} ({to_oracle(runs, scores[way], attribute, facts)})"


def learners_table() -> str:
    """Make a Markdown table of the learners in conf/learner."""
    rows = [
        [
            f"`{known.name}`",
            known.label,
            known.reference,
            "a rule for each group" if known.needs_group else "a row",
            "yes" if known.randomised else "no",
            "test labels" if known.kind == "ceiling" else "no test label",
        ]
        for known in learners()
    ]
    header = ["learner", "in tables", "what it is", "needs to predict", "random labels", "sees"]
    return markdown.table(header, rows).replace("---:", "---")


def _words(way: Way) -> str:
    return f"**{way.counted}**" if way.kind == "ours" else way.counted


def _cells(way: Way, runs: pd.DataFrame, facts: Mapping[str, Any]) -> list[str]:
    attribute = shown_attribute(facts)
    decimals = {name.format(a=attribute): digits(name) for name in COLUMNS}
    distance = to_oracle(runs, float(way.runs[f"score/{attribute}"].mean()), attribute, facts)
    return with_distance(COLUMNS, markdown.means(way.runs, decimals), distance)
