"""Figures of metrics: against the balancing level, and AUC against fairness."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments import methods
from experiments.columns import heading
from experiments.figures import style
from experiments.figures.frontier import AUC
from experiments.reports.model import threeway
from fairtab.metrics.pareto import pareto

CURVES = ("utility/auc", "dpr", "eor", "score")


def levels(frame: pd.DataFrame, stem: Path) -> None:
    """Draw the paper's Fig. 4: AUC, DPR, EOR and SCORE against the balancing level.

    A line is the mean over seeds, a band is one standard deviation, and a star marks the best SCORE. `frame` is as
    `tradeoff.tradeoff` makes it, for one dataset.
    """
    figure, axes = style.grid(1, len(CURVES))
    for i, (method, by_level) in enumerate(frame.groupby("method", sort=False)):
        by_level = by_level.droplevel([name for name in by_level.index.names if name != "level"]).sort_index()
        if len(by_level) < 2:
            continue  # one point is not a curve
        defined = by_level["score", "mean"].dropna()
        best = defined.index[defined.eq(defined.max())][:1]  # none if no level has a SCORE
        colour, marker = style.look(i)
        for axis, metric in zip(axes[0], CURVES, strict=True):
            mean, spread = by_level[metric, "mean"], by_level[metric, "std"].fillna(0)
            axis.plot(by_level.index, mean, color=colour, marker=marker, markersize=3, label=methods.label(method))
            axis.fill_between(by_level.index, mean - spread, mean + spread, color=colour, alpha=0.2, linewidth=0)
            axis.scatter(best, mean[best], label="best SCORE", **style.CHOSEN)
            axis.set_xlabel("balancing level")
            axis.set_ylabel(heading(metric))
            axis.set_xticks(range(0, 11, 2))
    style.legend_outside(figure, axes[0, 0])
    style.save(figure, stem)


def gains(runs: pd.DataFrame, attribute: str, stem: Path) -> None:
    """Draw AUC against DPR and EOR: a point with its spread over seeds for every method, and the Pareto front.

    `runs` are those of one dataset. Those of the paper's protocol are drawn, and those with SCORE as the goal. The
    floor is left out, because most of the figure would be empty.
    """
    figure, axes = style.grid(1, 2, sharey=True)
    points, ours = threeway.points(runs, attribute), methods.label(methods.RECOMMENDED)
    heights: dict[str, float] = {}
    for axis, kind in zip(axes[0], ("dpr", "eor"), strict=True):
        name = f"fairness/{kind}/{attribute}"
        known = {
            words: seeds.dropna(subset=[name, AUC])[[name, AUC]].astype(float)
            for words, seeds in points.items()
            if seeds[[name, AUC]].notna().all(axis=1).any()
        }
        mean = pd.DataFrame({words: seeds.mean() for words, seeds in known.items()}).T
        front = pareto(mean[name].to_numpy(), mean[AUC].to_numpy())
        axis.plot(mean[name].iloc[front], mean[AUC].iloc[front], **style.LINE, zorder=1)
        for i, words in enumerate(points):
            if words not in known:
                continue
            x, y = mean.loc[words]
            spread = known[words].std().fillna(0)
            colour, marker = style.look(i)
            axis.errorbar(x, y, xerr=spread[name], yerr=spread[AUC], **style.SPREAD)
            heights[words] = y
            look = style.OURS if words.startswith(ours) else style.MEAN
            axis.scatter(x, y, color=colour, marker=marker, label=words, **look)
        axis.set_xlabel(f"{kind.upper()} {attribute}")
    axes[0, 0].set_ylabel("AUC")
    style.leave_out_far_below(axes[0], heights)
    style.legend_outside(figure, axes[0, 0])
    style.save(figure, stem)
