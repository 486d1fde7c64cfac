"""A figure of a search for a goal's joint: AUC against DPR and EOR of every joint, with the chosen one marked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.figures import style
from fairtab.metrics.pareto import pareto

AUC = "utility/auc"


def draw(candidates: pd.DataFrame, found: Mapping[str, Any], folder: Path) -> None:
    """Write frontier.png and frontier.svg: a row of two panels (DPR, EOR) for each attribute of the goal.

    `candidates` and `found` are the files in a run's folder `search`.
    """
    attributes, bounds = found["attributes"], found["bounds"]
    figure, axes = style.grid(len(attributes), 2, sharey=True)
    for row, attribute in zip(axes, attributes, strict=True):
        for axis, kind in zip(row, ("dpr", "eor"), strict=True):
            _panel(axis, candidates, f"fairness/{kind}/{attribute}")
            axis.set_xlabel(f"{kind.upper()} {attribute}")
            if kind in bounds:
                axis.axvline(bounds[kind], **style.BOUND)
            if "auc" in bounds:
                axis.axhline(bounds["auc"], **style.BOUND)
        row[0].set_ylabel("AUC")
    style.legend_below(figure, axes[0, 0])
    style.save(figure, folder / "frontier")


def _panel(axis: Any, candidates: pd.DataFrame, name: str) -> None:
    known = candidates.dropna(subset=[name, AUC])
    x, y, met = known[name].to_numpy(), known[AUC].to_numpy(), known["met"].to_numpy(dtype=bool)
    axis.scatter(x[~met], y[~met], label="misses the goal", **style.FAINT)
    axis.scatter(x[met], y[met], label="meets it", **style.POINT)
    front = pareto(x, y)
    axis.plot(x[front], y[front], label="none better in both", **style.LINE)
    chosen = known["chosen"].to_numpy(dtype=bool)
    axis.scatter(x[chosen], y[chosen], label="chosen", **style.CHOSEN)
