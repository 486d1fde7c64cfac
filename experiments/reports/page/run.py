"""The article of one run: its metrics beside the real table's and the paper's, its cost, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from markupsafe import Markup

from experiments.columns import label, number
from experiments.reports.model import goal
from experiments.reports.model.published import published
from experiments.reports.page.overview import anchor
from experiments.reports.page.templating import render
from experiments.reports.text.summary import COSTS, STAGES
from experiments.store.run import Run, judged_by
from fairtab.html import charts
from fairtab.html.templating import table
from fairtab.metrics.catalogue import is_metric

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # the faster one if it is installed: there are hundreds of runs


def ceiling_of(run: Run, runs: Mapping[Run, Mapping[str, Any]]) -> Run | None:
    """The run of the real table with the same dataset, seed and evaluation, of the default or of the same variant.

    runs: the recorded result of each run.
    """
    for ceiling in run.ceilings(judged_by(runs[run]["evaluation"])):
        if ceiling in runs and runs[ceiling]["evaluation"] == runs[run]["evaluation"]:
            return ceiling
    return None


def article(
    run: Run, recorded: Mapping[str, Any], ceiling: Mapping[str, Any] | None, dataset: Mapping[str, Any]
) -> Markup:
    """recorded, ceiling: `metrics.json` of this run and of the real table's run; dataset: what is known of it."""
    config, provenance, logged, counts = run.config(), run.provenance(), run.losses(), run.marginals()
    paper = published((config.get("dataset") or {}).get("paper"))
    made = {name: value for name, value in provenance.items() if name != "stages"}
    return render(
        "run",
        anchor=anchor(run),
        title=str(run),
        metrics=_metrics(recorded["metrics"], (ceiling or {}).get("metrics", {}), paper),
        goal=_goal(run, recorded),
        notes=recorded["notes"],
        cost=_cost(provenance.get("stages", {})),
        charts={
            "Losses": [] if logged is None else charts.losses(logged),
            "Marginals": charts.marginals(counts, dataset.get("marginals")) if counts else [],
        },
        records={
            "Configuration": _yaml({**config, "evaluation": recorded["evaluation"]}),
            "Provenance": _yaml(made) if made else None,
        },
    )


def _metrics(metrics: Mapping[str, Any], ceiling: Mapping[str, Any], paper: Mapping[str, float]) -> Markup:
    rows = [
        [label(name) if is_metric(name) else name, *map(number, (value, ceiling.get(name), paper.get(name)))]
        for name, value in metrics.items()
    ]
    return table("Metrics on real test rows", ["metric", "this run", "real table", "paper"], rows, sortable=True)


def _goal(run: Run, recorded: Mapping[str, Any]) -> dict[str, Any] | None:
    """The goal, what the chosen joint reaches, its share of positive labels in each group, and all joints measured."""
    found, candidates = recorded.get("goal"), run.candidates()
    if found is None:
        return None
    reached = [[words, *map(number, values)] for words, *values in goal.reached(found, recorded["metrics"])]
    rates = [[group, *map(number, shares)] for group, *shares in goal.label_rates(found)]
    return {
        "asked": found["asked"],
        "verdict": goal.verdict(found),
        "reached": table("What it reaches", ["metric", *goal.headings(found)], reached),
        "rates": table("Share of positive labels", ["group", "real table", "this table"], rates),
        "candidates": [] if candidates is None else charts.frontier(candidates, found),
    }


def _cost(stages: Mapping[str, Mapping[str, float]]) -> Markup | None:
    rows = [
        [stage, *(number(stages[stage].get(cost), digits=1 if cost == "seconds" else 0) for cost in COSTS)]
        for stage in STAGES
        if stage in stages
    ]
    return table("Cost of each stage", ["stage", *COSTS.values()], rows) if rows else None


def _yaml(content: Mapping[str, Any]) -> str:
    return yaml.dump(dict(content), Dumper=DUMPER, sort_keys=False, allow_unicode=True)
