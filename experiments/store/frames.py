"""Finished runs as rows of frames."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.store.identity import differences
from experiments.store.place import DATASET
from experiments.store.run import Run, judged_by
from fairtab import files

log = logging.getLogger(__name__)


def row(run: Run) -> dict[str, Any]:
    """Make a row of `frame` of a finished run."""
    provenance = run.provenance()
    stages = provenance.get("stages", {})
    made = {name: provenance.get(name) for name in ("n_parameters", "n_epochs")}
    cost = {f"{name}/{stage}": value for stage, spent in stages.items() for name, value in spent.items()}
    result = run.recorded()
    assert result is not None, f"{run} is not finished"
    device = _device(provenance.get("fitted_on"))
    judge = {"learner": judged_by(result["evaluation"])}
    return {**run.identity, **judge, **_goal_columns(result.get("goal")), **result["metrics"], **cost, **made, **device}


def frame(root: Path) -> pd.DataFrame:
    """All finished runs under `root`, one row each: what it is, its metrics by name, its stages' cost.

    `learner` names what was trained on the table. Cost stands in columns such as "seconds/fit" and
    "peak_memory_mb/sample", what was fitted in `n_parameters`, `n_epochs` and `device`. Of a run that had a goal,
    `goal` has it in words, `goal/attributes` what it is about, and "validation/utility/auc" and so on what the search
    expected.
    """
    runs = finished(root)
    for cell in mixed(runs):
        log.warning("%s: its seeds were made with different settings. `make status` says which are stale", cell)
    return pd.DataFrame([row(run) for run in runs])


def beside(root: Path, experiment: str) -> pd.DataFrame:
    """The frame of an experiment on datasets of its own, whose results stand beside those under `root`."""
    return frame(root.parent / experiment / "runs")


def candidates(root: Path) -> pd.DataFrame:
    """All joints that searches of finished runs under `root` know, one row each: the run, the joint, what it is
    expected to reach."""
    searched = [(run, tried) for run in finished(root) if (tried := run.candidates()) is not None]
    frames = [tried.assign(**run.identity) for run, tried in searched]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def replicates(root: Path, runs: pd.DataFrame) -> pd.DataFrame:
    """The bootstrap replicates of runs (rows of `frame`) that kept them, one row for each draw: the run, the number of
    the `draw`, its metrics. A dataset's runs are scored on the same draws."""
    places = runs.reindex(columns=["dataset", "method", "variant", "seed", "level"]).to_dict("records")
    kept = [run for place in places if (run := Run(root, **place)).replicates_path.exists()]
    frames = [run.replicates().rename_axis("draw").reset_index().assign(**run.identity) for run in kept]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def datasets(root: Path) -> dict[str, dict[str, Any]]:
    """By name, what runs under `root` noted of each real table; its `marginals` are as those of a run."""
    found = {path.parent.name: files.read_json(path) for path in sorted(root.glob(f"*/{DATASET}"))}
    return {name: facts for name, facts in found.items() if facts is not None}


def finished(root: Path) -> list[Run]:
    """All finished runs under `root`, in order of their paths, numbers in them by their value."""
    runs = []
    for path in sorted(root.glob("*/*/*/seed-*/*/metrics.json"), key=lambda path: natural(str(path))):
        dataset, method, variant, folder, level, _ = path.relative_to(root).parts
        if not (seed := folder.removeprefix("seed-")).isdecimal():
            log.warning("%s is no run and left out: the seed is %r", path, seed)
            continue
        run = Run(root, dataset, method, variant, int(seed), level)
        if run.recorded() is None:
            log.warning("%s is damaged and left out: ask for the cell again", path)
        else:
            runs.append(run)
    return runs


def natural(name: str) -> list[tuple[int, int | str]]:
    """To sort names by: balance-2 comes before balance-10."""
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", name) if part]


def mixed(runs: Sequence[Run]) -> list[str]:
    """Name the cells whose seeds are not of one configuration, so that a mean over them means nothing."""
    found: dict[str, dict[tuple[str, ...], Run]] = {}  # of each cell, a run for each text of its settings
    for run in runs:
        found.setdefault(f"{run.dataset}/{run.method}/{run.variant}/{run.level}", {})[run.settings()] = run
    settings = {cell: [run.config() for run in of.values()] for cell, of in found.items() if len(of) > 1}
    return [cell for cell, (first, *others) in settings.items() if any(differences(first, other) for other in others)]


def _device(fitted_on: Mapping[str, Any] | None) -> dict[str, str]:
    """What a fit ran on, in words."""
    if not fitted_on:
        return {}
    on_gpu = (fitted_on.get("trainer") or {}).get("accelerator") in ("gpu", "cuda")
    processor = f"{fitted_on['processor']}, {fitted_on['cores']} cores"
    return {"device": (fitted_on.get("gpu") or "GPU") if on_gpu else processor}


def _goal_columns(goal: Mapping[str, Any] | None) -> dict[str, Any]:
    if goal is None:
        return {}
    validation = {f"validation/{name}": value for name, value in goal["validation"].items()}
    return {"goal": goal["asked"], "goal/attributes": ", ".join(goal["attributes"]), **validation}
