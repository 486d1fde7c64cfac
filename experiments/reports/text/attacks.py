"""Privacy beside utility and fairness, and attacks: tables for docs/attacks.md, made from the runs (`make readme`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.columns import DASH, number
from experiments.reports.model import threeway as model
from experiments.reports.model.attributes import shown_attribute
from experiments.reports.model.comparison import AUC, column
from experiments.reports.model.shown import counted
from experiments.reports.text import markdown
from experiments.sweep import grid
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
        attribute = shown_attribute(noted)
        for words, row in model.threeway(grid.with_score_goal(runs[runs["dataset"].eq(dataset)]), attribute).iterrows():
            numbers = [number(row[name]) for name in (AUC, f"fairness/dpr/{attribute}", model.DCR)]
            is_front = not row["dominated_by"]
            others = "**nothing**" if is_front else "; ".join(row["dominated_by"])
            lines.append((f"{dataset} ({attribute})", f"**{words}**" if is_front else str(words), [*numbers, others]))
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
    for dataset in facts:
        for words, seeds in model.points(grid.with_score_goal(runs[runs["dataset"].eq(dataset)])).items():
            attacked = seeds[column(seeds, ATTACKS[0]).notna()]
            if len(attacked):
                lines.append((f"{dataset} ", counted(words, len(attacked)), _cells(attacked)))
    return markdown.grouped(header, lines)


def _cells(runs: pd.DataFrame) -> list[str]:
    def mean(name: str, digits: int = 3) -> str:
        return number(float(column(runs, name).mean()), digits)

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
