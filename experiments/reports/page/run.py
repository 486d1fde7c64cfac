"""One run: what it gave beside the real table and the paper, what it cost, how it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import yaml

from experiments.figures.frontier import AUC
from experiments.reports.page import charts
from experiments.reports.page.html import Markup, element, join, table
from experiments.reports.page.overview import anchor
from experiments.reports.published import published
from experiments.reports.summary import COSTS, STAGES, is_metric, label, number
from experiments.store import Run

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # the same in C, where it was built, for hundreds of runs
CEILING = "real"  # the method that hands out the training table


def ceiling_of(run: Run, runs: Mapping[Run, Mapping[str, Any]]) -> Run | None:
    """The run with the real table in place of `run`'s: of its dataset, seed and evaluation, of the default variant or
    of its own. runs: what each run recorded."""
    for variant in ("default", run.variant):
        ceiling = Run(run.root, run.dataset, CEILING, variant, run.seed, "native")
        if ceiling in runs and runs[ceiling]["evaluation"] == runs[run]["evaluation"]:
            return ceiling
    return None


def article(
    run: Run, recorded: Mapping[str, Any], ceiling: Mapping[str, Any] | None, dataset: Mapping[str, Any]
) -> Markup:
    """recorded, ceiling: what `metrics.json` says of this run and of the real table's; dataset: what is noted of it."""
    config, provenance, logged, kept = run.config(), run.provenance(), run.losses(), run.marginals()
    paper = published((config.get("dataset") or {}).get("paper"))
    parts = {
        "Metrics": _metrics(recorded["metrics"], (ceiling or {}).get("metrics", {}), paper),
        "Goal": _goal(recorded.get("goal"), recorded["metrics"], run.candidates()),
        "Notes": element("ul", *(element("li", note) for note in recorded["notes"])) if recorded["notes"] else None,
        "Cost": _cost(provenance.get("stages", {})),
        "Losses": _figures([] if logged is None else charts.losses(logged)),
        "Marginals": _figures(charts.marginals(kept, dataset.get("marginals")) if kept else []),
        "Configuration": _plain({**config, "evaluation": recorded["evaluation"]}),
        "Provenance": _plain({name: value for name, value in provenance.items() if name != "stages"}),
    }
    sections = [join(element("h3", title), part) for title, part in parts.items() if part]
    back = element("p", element("a", "All runs", href="#runs"))
    return element("article", element("h2", str(run)), back, *sections, id=anchor(run), class_="run", tabindex=-1)


def _metrics(metrics: Mapping[str, Any], ceiling: Mapping[str, Any], paper: Mapping[str, float]) -> Markup:
    rows = [
        [label(name) if is_metric(name) else name, *map(number, (value, ceiling.get(name), paper.get(name)))]
        for name, value in metrics.items()
    ]
    return table("Metrics on real test rows", ["metric", "this run", "real table", "paper"], rows, class_="sortable")


def _goal(
    found: Mapping[str, Any] | None, metrics: Mapping[str, Any], candidates: pd.DataFrame | None
) -> Markup | None:
    """What was asked, what the joint chosen for it reaches, its share of positive labels in each group, and the joints
    that it was chosen among."""
    if found is None:
        return None
    met = "met on validation rows" if found["met"] else "not met: this is the nearest"
    rows = [
        [f"{name} {value}", number(own), number(chosen)]
        for name, values in found["label_rate"].items()
        for value, (own, chosen) in values.items()
    ]
    header = ["group", "real table", "this table"]
    reached = [
        [label(name), *map(number, (found["bounds"].get(kind), found["validation"].get(name), metrics.get(name)))]
        for kind, names in _names(found["attributes"]).items()
        for name in names
    ]
    return join(
        element("p", f"{found['asked']}: {met}"),
        table("What it reaches", ["metric", "bound", "validation rows, where it was chosen", "test rows"], reached),
        element("h4", "Share of positive labels"),
        table("Share of positive labels", header, rows),
        element("h4", "The joints measured, on validation rows"),
        _figures([] if candidates is None else charts.frontier(candidates, found)),
    )


def _names(attributes: Sequence[str]) -> dict[str, list[str]]:
    """By what a bound is called, the metrics that it is of."""
    return {"auc": [AUC]} | {kind: [f"fairness/{kind}/{name}" for name in attributes] for kind in ("dpr", "eor")}


def _cost(stages: Mapping[str, Mapping[str, float]]) -> Markup | None:
    rows = [
        [stage, *(number(stages[stage].get(cost), digits=1 if cost == "seconds" else 0) for cost in COSTS)]
        for stage in STAGES
        if stage in stages
    ]
    return table("Cost of each stage", ["stage", *COSTS.values()], rows) if rows else None


def _figures(drawn: list[Markup]) -> Markup | None:
    return element("div", *drawn, class_="figures") if drawn else None


def _plain(content: Mapping[str, Any]) -> Markup | None:
    text = yaml.dump(dict(content), Dumper=DUMPER, sort_keys=False, allow_unicode=True)
    return element("pre", text, tabindex=0) if content else None
