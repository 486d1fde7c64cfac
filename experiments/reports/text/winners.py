"""Who wins where, by how much and how surely: sentences for docs/results.md, made from the runs (`make readme`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from experiments import methods
from experiments.columns import fewer, heading, number
from experiments.reports.model.attributes import shown_attribute
from experiments.reports.model.claims import LEVEL
from experiments.sweep.grid import paper_grid

METRICS = ("utility/auc", "score/{a}")


def winners(runs: pd.DataFrame, claims: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Make a Markdown list with a line for each dataset and each of `METRICS`.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame, of the paper's protocol.
    claims : pandas.DataFrame
        As `claims.claims` makes it from these runs.
    facts : mapping
        The facts of each dataset, in the order shown.

    Returns
    -------
    str
        Markdown. Ceilings and the floor take no part. A dataset of fewer than two methods has no line.
    """
    lines = []
    for dataset, noted in facts.items():
        attribute = shown_attribute(noted)
        own = runs[runs["dataset"].eq(dataset)]
        own = own[own["method"].isin(methods.competitors(own["method"]))]
        tested = claims[claims["dataset"].eq(dataset)]
        for metric in (name.format(a=attribute) for name in METRICS):
            seeds = own.dropna(subset=[metric]).groupby("method")[metric].agg(["mean", "count"])
            seeds = seeds.sort_values("mean", ascending=False, kind="stable")
            if len(seeds) > 1:
                lines.append(f"- {dataset}, {heading(metric)}: {_line(seeds, tested[tested['metric'].eq(metric)])}\n")
    return "".join(lines)


def _line(seeds: pd.DataFrame, tested: pd.DataFrame) -> str:
    """Write who is first, the distance to the second, and from whom the first can and cannot be told apart."""
    first, second, *_ = seeds.index
    reached = [number(mean) + fewer(n, len(paper_grid().seeds)) for mean, n in seeds.itertuples(index=False)]
    against = {other: found for other in seeds.index[1:] if (found := _against(first, other, tested))}
    words = [
        f"**{methods.label(first)}** is first with {reached[0]}; {methods.label(second)} is second with {reached[1]}"
    ]
    if second in against:
        difference, low, high, _ = against[second]
        words[0] += f" (difference {number(difference)}, {LEVEL:.0%} interval {number(low)} to {number(high)})"
    surely = [other for other, (*_, p_holm) in against.items() if p_holm < 1 - LEVEL]
    unsure = [other for other in seeds.index[1:] if other not in surely]
    words.append(f"it is better than {_labels(surely)}" if surely else "no difference holds")
    if surely and unsure:
        words.append(f"no difference holds with {_labels(unsure)}")
    return ". ".join(sentence[0].upper() + sentence[1:] for sentence in words) + "."


def _labels(names: Sequence[str]) -> str:
    return ", ".join(map(methods.label, names))


def _against(first: str, other: str, tested: pd.DataFrame) -> tuple[float, float, float, float] | None:
    """Give difference, low, high and Holm's p of the first method against another; None if no claim can be made."""
    for row in tested.itertuples():
        if (row.a, row.b) == (first, other):
            return row.difference, row.low, row.high, row.p_holm
        if (row.a, row.b) == (other, first):
            return -row.difference, -row.high, -row.low, row.p_holm
    return None
