"""A figure of utility, fairness and privacy of every method: AUC against DPR, with the DCR as the colour."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from experiments.figures import style
from experiments.reports.model.comparison import AUC
from experiments.reports.model.threeway import CHANCE, DCR

MEMORISED = 0.75  # the DCR from which colours no longer differ: that of copies, with twice as many training rows
PANEL = (3.8, 3.8)  # inches
MARKERS = (*style.MARKERS, (8, 1, 0), (3, 1, 0), (3, 1, 180))  # one for each method
FRONT = {"s": 80, "edgecolors": "black", "linewidths": 1.6, "zorder": 5}
DOMINATED = {"s": 40, "edgecolors": "#888888", "linewidths": 0.6, "zorder": 4}


def threeway(frames: Mapping[str, tuple[str, pd.DataFrame]], stem: Path) -> None:
    """Draw a panel for each dataset. A marker is a method. What nothing dominates is large and has a black edge.

    Parameters
    ----------
    frames : mapping
        By dataset its attribute, and what `model.threeway.threeway` says of its runs.
    stem : Path
        The file, without its ending.
    """
    figure, axes = style.grid(1, len(frames), panel=PANEL)
    words = list(dict.fromkeys(word for _, frame in frames.values() for word in frame.index))
    colours = None
    for axis, (dataset, (attribute, frame)) in zip(axes[0], frames.items(), strict=True):
        for word, row in frame.iterrows():
            colours = axis.scatter(
                row[f"fairness/dpr/{attribute}"],
                row[AUC],
                c=[max(row[DCR], CHANCE)],
                vmin=CHANCE,
                vmax=MEMORISED,
                cmap="viridis_r",
                marker=MARKERS[words.index(str(word)) % len(MARKERS)],
                **(DOMINATED if row["dominated_by"] else FRONT),
            )
        style.leave_out_far_below([axis], frame[AUC].to_dict())
        axis.set_title(dataset)
        axis.set_xlabel(f"DPR {attribute}")
    axes[0, 0].set_ylabel("AUC")
    for place, word in enumerate(words):  # a shape in grey, since the colour is a number
        marker = MARKERS[place % len(MARKERS)]
        axes[0, 0].scatter([], [], color="#666666", marker=marker, label=word)
    figure.colorbar(colours, ax=axes[0, -1], label="DCR (0.5: nothing is memorised)")
    style.legend_outside(figure, axes[0, 0])
    style.save(figure, stem)
