"""A figure of quality against the share of missing values (experiment=missing)."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pandas as pd

from experiments.columns import heading
from experiments.figures import style
from experiments.reports.model.missing import METRICS, where


def missing(frame: pd.DataFrame, attribute: str, stem: Path) -> None:
    """Draw each metric against the share of missing values: a line for each method, a row for each way to lose them.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `by_rate` makes it.
    attribute : str
        The attribute that SCORE is of.
    stem : Path
        Where the figure goes, without suffix.
    """
    ways = list(dict.fromkeys(frame.index.get_level_values("by")))
    figure, axes = style.grid(len(ways), len(METRICS), sharex=True, sharey="col")
    for row, by in zip(axes, ways, strict=True):
        for axis, metric in zip(row, METRICS, strict=True):
            name = metric.format(a=attribute)
            for i, (method, of) in enumerate(frame.loc[by].groupby("method", observed=True, sort=False)):
                rates = of.index.get_level_values("rate")
                colour, marker = style.look(i)
                mean, spread = of[name, "mean"], of[name, "std"].fillna(0)
                axis.errorbar(rates, mean, yerr=spread, color=colour, marker=marker, markersize=4, label=method)
            axis.set_ylabel(heading(name))
            axis.set_title(textwrap.fill(where(by), 26), fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel("share of missing values")
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    style.legend_outside(figure, axes[0, 0])
    style.save(figure, stem)
