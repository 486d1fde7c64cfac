"""Quality over several splits (experiment=splits), and which differences hold across them, for docs/results.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.columns import digits, heading, mean_and_std
from experiments.reports.model.attributes import shown_attribute
from experiments.reports.model.claims import METRICS, held
from experiments.reports.model.splits import SPLIT, by_split, claims
from experiments.reports.text import markdown


def splits(runs: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Make a Markdown table: for each table means and standard deviations over splits, and what it is better than.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame of experiment=splits.
    facts : mapping
        The facts of each dataset, in the order shown. Datasets without runs of other splits are left out.
    """
    base = runs["dataset"].str.extract(SPLIT)["base"]
    lines = []
    for dataset, noted in facts.items():
        own, attribute = runs[base.eq(dataset)], shown_attribute(noted)
        if own.empty:
            continue
        names = [name.format(a=attribute) for name in METRICS]
        wide = {name: by_split(own, name, attribute) for name in names}
        surely = held(claims(own, noted, attribute))
        better = surely[surely["metric"].eq(names[-1])].groupby("winner")["loser"].agg(list)
        for table in wide[names[0]].columns:
            measured = wide[names[0]][table].notna()  # a table always has an AUC
            cells = [mean_and_std(wide[name].loc[measured, table], digits(name)) for name in names]
            others = ", ".join(better.get(table, ["-"]))
            lines.append((f"{dataset} ({attribute})", table, [*cells, str(measured.sum()), others]))
    header = ["", *map(heading, METRICS), "splits", f"{heading(METRICS[-1])} better than"]
    return markdown.grouped(header, lines)
