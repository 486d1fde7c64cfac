"""Privacy beside utility and fairness, and attacks: tables for docs/attacks.md, made from the runs (`make readme`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.columns import DASH, fewer, number
from experiments.reports.model import threeway as model
from experiments.reports.model.attributes import shown_attribute
from experiments.reports.model.comparison import AUC, column
from experiments.reports.model.shown import counted
from experiments.reports.text import markdown
from fairtab.metrics.catalogue import ATTACKS

GUESSED = {"singling_out": "singling out", "linkability": "linkability", "inference": "inference"}


def threeway(runs: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Make a Markdown table of AUC, DPR and DCR of each method, and of what dominates it.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame.
    facts : mapping
        The facts of each dataset, in the order shown.
    """
    lines = []
    for dataset, noted in facts.items():
        attribute, own = shown_attribute(noted), runs[runs["dataset"].eq(dataset)]
        seeds_of = model.points(own, attribute)
        for label, row in model.threeway(own, attribute).iterrows():
            seeds = seeds_of[str(label)]
            words = counted(str(label), len(seeds))
            names = (AUC, f"fairness/dpr/{attribute}", model.DCR)
            numbers = [number(row[name]) + fewer(seeds[name].count(), len(seeds)) for name in names]
            is_front = not row["dominated_by"]
            others = "**nothing**" if is_front else "; ".join(row["dominated_by"])
            lines.append((f"{dataset} ({attribute})", f"**{words}**" if is_front else words, [*numbers, others]))
    return markdown.grouped(["", "AUC", "DPR", "DCR", "dominated by"], lines)


def attacks(runs: pd.DataFrame, facts: Mapping[str, Mapping[str, Any]]) -> str:
    """Make a Markdown table of all privacy numbers of each method whose runs were attacked: means over seeds.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame.
    facts : mapping
        The facts of each dataset, in the order shown.
    """
    header = ["", "DCR", "membership AUC", "density ratio AUC", "worst group (at least)", *GUESSED.values()]
    header += ["copies", "of test rows", "worst group"]
    lines = []
    for dataset, noted in facts.items():
        for words, seeds in model.points(runs[runs["dataset"].eq(dataset)], shown_attribute(noted)).items():
            attacked = seeds[column(seeds, ATTACKS[0]).notna()]
            if len(attacked):
                lines.append((f"{dataset} ", counted(words, len(attacked)), _cells(attacked)))
    return markdown.grouped(header, lines)


def _cells(runs: pd.DataFrame) -> list[str]:
    def mean(name: str, digits: int = 3) -> str:
        values = column(runs, name)
        return number(float(values.mean()), digits) + (fewer(n, len(runs)) if (n := int(values.count())) else "")

    def limited(attack: str) -> str:
        stem = f"attacks/{attack}"
        risk = mean(f"{stem}_risk")
        return risk if risk == DASH else f"{risk} ({mean(f'{stem}_low')} to {mean(f'{stem}_high')})"

    return [
        *(mean(name) for name in ("privacy/dcr", "privacy/membership_auc", "attacks/density_ratio_auc")),
        f"{mean('attacks/worst_group_auc')} ({mean('attacks/worst_group_low')})",
        *(limited(attack) for attack in GUESSED),
        *(mean(name) for name in ("privacy/exact_copies", "privacy/exact_copies_of_holdout", "attacks/most_copies")),
    ]
