"""Figures of metrics: against the balancing level, and AUC against fairness."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments import methods
from experiments.columns import heading
from experiments.figures import style
from experiments.figures.frontier import AUC, pareto
from experiments.sweep import grid

CURVES = ("utility/auc", "dpr", "eor", "score")


def levels(frame: pd.DataFrame, stem: Path) -> None:
    """The paper's Fig. 4: AUC, DPR, EOR and SCORE against the balancing level, mean over seeds in a band of one
    standard deviation; a star where SCORE is best.

    frame: of one dataset, as `tradeoff.tradeoff` gives it, by method and level.
    """
    figure, axes = style.grid(1, len(CURVES))
    for i, (method, of) in enumerate(frame.groupby("method", sort=False)):
        of = of.droplevel([name for name in of.index.names if name != "level"]).sort_index()
        if len(of) < 2:
            continue  # no curve
        best = of["score", "mean"].idxmax()
        for axis, metric in zip(axes[0], CURVES, strict=True):
            mean, spread = of[metric, "mean"], of[metric, "std"].fillna(0)
            colour = style.COLOURS[i]
            axis.plot(of.index, mean, color=colour, marker=style.MARKERS[i], markersize=3, label=methods.label(method))
            axis.fill_between(of.index, mean - spread, mean + spread, color=colour, alpha=0.2, linewidth=0)
            axis.scatter([best], [mean[best]], label="best SCORE", **style.CHOSEN)
            axis.set_xlabel("balancing level")
            axis.set_ylabel(heading(metric))
            axis.set_xticks(range(0, 11, 2))
    figure.legend(*axes[0, 0].get_legend_handles_labels(), **style.OUTSIDE)
    style.save(figure, stem)


def gains(runs: pd.DataFrame, attribute: str, stem: Path) -> None:
    """AUC against DPR and EOR: every method a point, with its spread over seeds; a line along the Pareto front.

    runs: of one dataset, of the paper's protocol or with SCORE as the goal. The floor is left out: it would take most
    of the figure.
    """
    figure, axes = style.grid(1, 2, sharey=True)
    points = _points(runs)
    for axis, kind in zip(axes[0], ("dpr", "eor"), strict=True):
        name = f"fairness/{kind}/{attribute}"
        known = {
            words: of.dropna(subset=[name, AUC])[[name, AUC]].astype(float)
            for words, of in points.items()
            if of[[name, AUC]].notna().all(axis=1).any()  # else undefined for it
        }
        mean = pd.DataFrame({words: of.mean() for words, of in known.items()}).T
        front = pareto(mean[name].to_numpy(), mean[AUC].to_numpy())
        axis.plot(mean[name].iloc[front], mean[AUC].iloc[front], **style.LINE, zorder=1)
        for i, words in enumerate(points):
            if words not in known:
                continue
            x, y = mean.loc[words]
            spread = known[words].std().fillna(0)
            colour, marker = style.COLOURS[i % len(style.COLOURS)], style.MARKERS[i % len(style.MARKERS)]
            axis.errorbar(x, y, xerr=spread[name], yerr=spread[AUC], **style.SPREAD)
            axis.scatter(x, y, color=colour, marker=marker, label=words, **style.MEAN)
        axis.set_xlabel(f"{kind.upper()} {attribute}")
    axes[0, 0].set_ylabel("AUC")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), **style.OUTSIDE)
    style.save(figure, stem)


def _points(runs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The runs of each method by its label, those with a goal apart."""
    with_goal = runs["level"].str.startswith(grid.SCORE_GOAL)
    points = {}
    for method in methods.rows(runs["method"]):
        of = runs["method"].eq(method.name)
        if method.kind != "floor" and of.any():
            points[method.label] = runs[of & ~with_goal]
            points[f"{method.label}, goal=score"] = runs[of & with_goal]
    return {words: of for words, of in points.items() if len(of)}
