"""The article of one run: its metrics beside the real table's and the paper's, its cost, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from markupsafe import Markup

from experiments.figures.frontier import AUC
from experiments.reports.page import charts
from experiments.reports.page.overview import anchor
from experiments.reports.page.templating import render, table
from experiments.reports.published import published
from experiments.reports.summary import COSTS, STAGES, is_metric, label, number
from experiments.store import Run

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # the faster one if it is installed: there are hundreds of runs
CEILING = "real"  # the method that returns the training table


def ceiling_of(run: Run, runs: Mapping[Run, Mapping[str, Any]]) -> Run | None:
    """The run of the real table with the same dataset, seed and evaluation, of the default or of the same variant.

    runs: the recorded result of each run.
    """
    for variant in ("default", run.variant):
        ceiling = Run(run.root, run.dataset, CEILING, variant, run.seed, "native")
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
    reached = [
        [
            label(name),
            *map(number, (found["bounds"].get(kind), found["validation"].get(name), recorded["metrics"].get(name))),
        ]
        for kind, names in _names(found["attributes"]).items()
        for name in names
    ]
    rates = [
        [f"{name} {value}", number(real), number(chosen)]
        for name, values in found["label_rate"].items()
        for value, (real, chosen) in values.items()
    ]
    header = ["metric", "bound", "validation rows, where it was chosen", "test rows"]
    return {
        "asked": found["asked"],
        "met": found["met"],
        "reached": table("What it reaches", header, reached),
        "rates": table("Share of positive labels", ["group", "real table", "this table"], rates),
        "candidates": [] if candidates is None else charts.frontier(candidates, found),
    }


def _names(attributes: Sequence[str]) -> dict[str, list[str]]:
    """The metrics that each bound is about."""
    return {"auc": [AUC]} | {kind: [f"fairness/{kind}/{name}" for name in attributes] for kind in ("dpr", "eor")}


def _cost(stages: Mapping[str, Mapping[str, float]]) -> Markup | None:
    rows = [
        [stage, *(number(stages[stage].get(cost), digits=1 if cost == "seconds" else 0) for cost in COSTS)]
        for stage in STAGES
        if stage in stages
    ]
    return table("Cost of each stage", ["stage", *COSTS.values()], rows) if rows else None


def _yaml(content: Mapping[str, Any]) -> str:
    return yaml.dump(dict(content), Dumper=DUMPER, sort_keys=False, allow_unicode=True)
