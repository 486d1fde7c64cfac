"""A figure of goals: the joints that searches measured, and the results of goals and levels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from experiments.figures import style
from experiments.figures.frontier import AUC
from experiments.reports.model.published import published_methods
from experiments.reports.text.goals import REFERENCES
from experiments.sweep import grid
from fairtab.metrics.pareto import pareto

MARKERS = "*sDP^vX"


def goals(
    runs: pd.DataFrame, candidates: pd.DataFrame, paper: Mapping[str, str] | None, attribute: str, stem: Path
) -> None:
    """Draw AUC against DPR and EOR of one attribute.

    Grey points are joints, where the searches of these runs expected them. Goals and levels are means
    over seeds, on test rows. Crosses are the published methods, if the paper has this table and its numbers are of this
    attribute.
    """
    figure, axes = style.grid(1, 2, sharey=True)
    words = runs["goal"].where(grid.goals(runs, attribute).notna()).fillna(runs["level"].map(REFERENCES))
    shown = runs.assign(words=words).dropna(subset=["words"])
    for axis, kind in zip(axes[0], ("dpr", "eor"), strict=True):
        name = f"fairness/{kind}/{attribute}"
        known = candidates.reindex(columns=[name, AUC]).dropna()
        x, y = known[name].to_numpy(), known[AUC].to_numpy()
        axis.scatter(x, y, label="joints searched (expected)", **style.CLOUD)
        front = pareto(x, y)
        axis.plot(x[front], y[front], **style.LINE)
        for i, (words, group) in enumerate(shown.groupby("words", sort=False)):
            colour = style.COLOURS[i % len(style.COLOURS)]
            axis.scatter(
                group[name].mean(), group[AUC].mean(), label=words, color=colour, marker=MARKERS[i % 7], **style.MEAN
            )
        if paper and paper["attribute"] == attribute:
            others = published_methods(paper["name"], kind)
            axis.scatter(others[kind], others["auc"], label="published methods", **style.FAINT)
        axis.set_xlabel(f"{kind.upper()} {attribute}")
    axes[0, 0].set_ylabel("AUC")
    style.legend_below(figure, axes[0, 0])
    style.save(figure, stem)
