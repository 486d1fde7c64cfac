"""All figures of a results folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from experiments import methods
from experiments.reports.model import missing as model
from experiments.reports.model import private, tradeoff
from experiments.reports.model.attributes import compared_attribute
from experiments.reports.model.rows import by_rows
from experiments.reports.model.threeway import threeway as compared
from experiments.reports.model.ways import on_real_rows, ways
from experiments.reports.plots import counts, curves, fairer, missing, rows, threeway
from experiments.reports.plots import private as against_epsilon
from experiments.reports.plots.goals import goals
from experiments.reports.text.goals import ours
from experiments.store import frames
from experiments.sweep import grid

PLACE = ["dataset", "method", "variant", "seed", "level"]


def draw(root: Path, folder: Path) -> None:
    """Draw every figure that the runs under `root` have data for."""
    runs, facts = frames.frame(root), frames.datasets(root)
    if chosen := _threeway(runs, facts):
        threeway.threeway(chosen, folder / "threeway")
    for dataset, own in runs.groupby("dataset", sort=False):
        draw_metrics(own, str(dataset), compared_attribute(facts.get(str(dataset))), folder)
        if dataset in facts:
            draw_counts(root, str(dataset), facts[dataset]["marginals"], folder)
    draw_goals(runs, frames.candidates(root), facts, folder)
    draw_missing(frames.beside(root, "missing"), runs, facts, folder)


def draw_metrics(own: pd.DataFrame, dataset: str, attribute: str | None, folder: Path) -> None:
    """Draw the metrics of a dataset's runs: against level, one another, other ways to be fairer, rows and epsilon.

    `attribute` is that of SCORE. Without one there are no ratios to draw.
    """
    if attribute is None:
        return
    if own["level"].str.startswith("balance-").any():
        by_level = tradeoff.tradeoff(own)
        if (by_level.groupby("method").size() > 1).any():
            curves.levels(by_level, folder / f"levels-{dataset}")
    if len(compared(own, attribute)):
        curves.gains(own, attribute, folder / f"gains-{dataset}")
    if len(on_real_rows(own)) > 1:
        fairer.fairer(ways(own, attribute), attribute, folder / f"fairer-{dataset}")
    if len(larger := by_rows(own, attribute)):
        real = grid.judged(own[own["method"].eq(methods.REAL)])
        rows.rows(larger, real, attribute, folder / f"rows-{dataset}")
    if private.has_any(own):
        against_epsilon.private(private.private(own), folder / f"epsilon-{dataset}")


def draw_counts(root: Path, dataset: str, real: pd.DataFrame, folder: Path) -> None:
    """Draw how often values are in the real table and in the synthetic ones of a dataset."""
    shown = {counts.REAL: real}
    if fair := counts.counts_by_method(root, dataset, ("fair",)):
        counts.groups(shown | fair, folder / f"groups-{dataset}")
    if every := counts.counts_by_method(root, dataset, ("fair", "plain")):
        counts.shares(shown | every, folder / f"shares-{dataset}")
    if by_balance := counts.counts_by_level(root, dataset):
        counts.columns(shown | by_balance, folder / f"columns-{dataset}")


def draw_missing(runs: pd.DataFrame, whole: pd.DataFrame, facts: Mapping[str, Any], folder: Path) -> None:
    """Draw quality against missing values for each dataset that experiment=missing has runs of."""
    for dataset, own in runs.groupby(runs["dataset"].str.extract(model.INJECTED)["base"]) if len(runs) else ():
        if attribute := compared_attribute(facts.get(dataset)):
            as_it_is = whole[whole["dataset"].eq(dataset)]
            missing.missing(model.by_rate(own, as_it_is, attribute), attribute, folder / f"missing-{dataset}")


def _threeway(runs: pd.DataFrame, facts: Mapping[str, Any]) -> dict[str, tuple[str, pd.DataFrame]]:
    """Choose the datasets on which more than one method has AUC, DPR and DCR."""
    found = {}
    for dataset, own in runs.groupby("dataset", sort=False):
        if attribute := compared_attribute(facts.get(str(dataset))):
            frame = compared(own, attribute)
            if len(frame) > 1:
                found[str(dataset)] = (attribute, frame)
    return found


def draw_goals(runs: pd.DataFrame, candidates: pd.DataFrame, facts: Mapping[str, Any], folder: Path) -> None:
    """Draw the figure of goals for each dataset that has runs with a goal for the attribute shown."""
    if "goal" not in runs:
        return
    runs = ours(runs)
    for dataset, own in runs.groupby("dataset"):
        attribute = compared_attribute(facts.get(str(dataset)))
        if attribute is None or not (is_asked := grid.goals(own, attribute).notna()).any():
            continue
        places = own.loc[is_asked, PLACE].drop_duplicates()
        seen = candidates.merge(places, on=PLACE) if len(candidates) else candidates
        goals(own, seen, facts[dataset]["paper"], attribute, folder / f"goals-{dataset}")
