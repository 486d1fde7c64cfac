"""A figure of utility, fairness and errors against epsilon."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments import methods
from experiments.columns import heading
from experiments.figures import style
from experiments.reports.model.private import METRICS, WITHOUT

FAR = 3  # how many times the largest epsilon the place of "none" is


def private(frame: pd.DataFrame, stem: Path) -> None:
    """Draw each metric against epsilon. A line is a method at a level, and a band is one standard deviation.

    `frame` is as `model.private.private` makes it, for one dataset.
    """
    figure, axes = style.grid(1, len(METRICS))
    known = sorted({epsilon for epsilon in frame.index.get_level_values("epsilon") if epsilon != WITHOUT})
    none = FAR * known[-1]
    for i, ((method, level), own) in enumerate(frame.groupby(["method", "level"], sort=True)):
        epsilon = own.index.get_level_values("epsilon").to_series().replace(WITHOUT, none).to_numpy()
        colour, marker = style.look(i)
        words = f"{methods.label(method)}, {level.replace('balance-', 'level ')}"
        for axis, metric in zip(axes[0], METRICS, strict=True):
            mean, spread = own[metric, "mean"].to_numpy(), own[metric, "std"].fillna(0).to_numpy()
            axis.plot(epsilon, mean, color=colour, marker=marker, markersize=3, label=words)
            axis.fill_between(epsilon, mean - spread, mean + spread, color=colour, alpha=0.2, linewidth=0)
            axis.set_xscale("log")
            axis.set_xticks([*known, none], [*(f"{value:g}" for value in known), "none"])
            axis.minorticks_off()
            axis.set_xlabel("epsilon")
            axis.set_ylabel(heading(metric))
    style.legend_outside(figure, axes[0, 0])
    style.save(figure, stem)
