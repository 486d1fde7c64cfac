"""A figure of every way to be fairer, side by side: AUC against DPR and EOR."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from experiments.figures import style
from experiments.figures.frontier import AUC
from experiments.reports.model.ways import Way

COLOURS = {
    "real": "#000000",
    "learner": style.COLOURS[0],
    "oracle": style.COLOURS[4],
    "generator": "#bbbbbb",
    "ours": style.COLOURS[1],
    "both": style.COLOURS[2],
}
PANEL = (4.6, 4.6)  # inches


def fairer(ways: Sequence[Way], attribute: str, stem: Path) -> None:
    """Draw a point with its spread over seeds for each way. A colour is a kind of way, a marker one way of this kind.

    Learners on real rows are blue, synthetic tables grey, those of the recommended method red, learners on synthetic
    tables green, and the oracle is yellow.
    """
    figure, axes = style.grid(1, 2, panel=PANEL, sharey=True)
    drawn: dict[str, int] = {}
    heights: dict[str, float] = {}
    for way in ways:
        marker = style.MARKERS[drawn.get(way.kind, 0) % len(style.MARKERS)]
        drawn[way.kind] = drawn.get(way.kind, 0) + 1
        for axis, kind in zip(axes[0], ("dpr", "eor"), strict=True):
            name = f"fairness/{kind}/{attribute}"
            known = pd.DataFrame(way.runs[[name, AUC]].astype(float)).dropna()
            mean, spread = known.mean(), known.std().fillna(0)
            heights[way.words] = mean[AUC]
            axis.errorbar(mean[name], mean[AUC], xerr=spread[name], yerr=spread[AUC], **style.SPREAD)
            axis.scatter(mean[name], mean[AUC], color=COLOURS[way.kind], marker=marker, label=way.words, **style.MEAN)
    for axis, kind in zip(axes[0], ("dpr", "eor"), strict=True):
        axis.set_xlabel(f"{kind.upper()} {attribute}")
    axes[0, 0].set_ylabel("AUC")
    style.leave_out_far_below(axes[0], heights)
    style.legend_outside(figure, axes[0, 0])
    style.save(figure, stem)
