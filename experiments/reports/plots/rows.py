"""A figure of quality against the number of synthetic rows (experiment=rows)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments.columns import heading
from experiments.figures import style
from experiments.reports.model.rows import METRICS

SHOWN = METRICS[:4]


def rows(frame: pd.DataFrame, real: pd.DataFrame, attribute: str, stem: Path) -> None:
    """Draw AUC, DPR, EOR and SCORE against the multiple of the training rows: a line for each table.

    A line of more than two multiples has a band of one standard deviation.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `by_rows` makes it.
    real : pandas.DataFrame
        The runs of the real table. Their mean is a dotted line.
    attribute : str
        The attribute that `frame` is of.
    stem : Path
        Where the figure goes, without suffix.
    """
    figure, axes = style.grid(1, len(SHOWN))
    for axis, metric in zip(axes[0], SHOWN, strict=True):
        name = metric.format(a=attribute)
        for i, (table, by_times) in enumerate(frame[name].groupby("table", sort=False)):
            by_times = by_times.droplevel("table")
            colour, marker = style.look(i)
            mean, spread = by_times["mean"], by_times["std"].fillna(0)
            axis.plot(by_times.index, mean, color=colour, marker=marker, markersize=4, label=table)
            if len(mean) > 2:  # bands of many short lines would hide each other
                axis.fill_between(by_times.index, mean - spread, mean + spread, color=colour, alpha=0.15, linewidth=0)
        axis.axhline(real[name].astype(float).mean(), label="real table", **style.BOUND)
        axis.set_xscale("log", base=2)
        axis.set_xticks(sorted(set(frame.index.get_level_values("times"))))
        axis.xaxis.set_major_formatter("{x:g}x")
        axis.set_xlabel("rows, by training rows")
        axis.set_ylabel(heading(name))
    style.legend_outside(figure, axes[0, 0])
    style.save(figure, stem)
