"""One style for all figures. It is readable in grey and with colour blindness (the palette of Okabe and Ito)."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
POINT = {"color": COLOURS[0], "s": 22, "marker": "o", "linewidths": 0}
FAINT = {"color": "#999999", "s": 16, "marker": "x", "linewidths": 1}
CLOUD = {"color": "#bbbbbb", "s": 6, "marker": "o", "linewidths": 0}
MEAN = {"s": 60, "edgecolors": "black", "linewidths": 0.6, "zorder": 5}
CHOSEN = {"color": COLOURS[1], "s": 140, "marker": "*", "edgecolors": "black", "linewidths": 0.8, "zorder": 5}
LINE = {"color": "#444444", "linewidth": 1}
BOUND = {"color": "black", "linewidth": 1, "linestyle": ":"}
OURS = {**MEAN, "s": 130, "linewidths": 1.2, "zorder": 6}
SPREAD = {"color": "#888888", "linewidth": 1, "fmt": "none", "zorder": 2}
STYLE = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "font.size": 9,
    "svg.hashsalt": "fairtab",  # the same figure gives the same bytes
}
PANEL = (3.4, 2.6)  # inches
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "<", ">", "h", "p", "*", "d", "8", (5, 1, 180), (4, 1, 45), (6, 1, 0))
FAR = 0.1  # of AUC below the best point
LINE_LENGTH = 42  # letters of small print that fit a panel
ENTRY, MARGIN = 0.18, 0.2  # inches that an entry of a legend takes, and that a legend takes beside its entries


def grid(n_rows: int, n_columns: int, *, panel: tuple[float, float] = PANEL, **options: Any) -> tuple[Any, Any]:
    """Make a figure of n_rows x n_columns panels, each of this size in inches. Returns the figure and its axes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update(STYLE)  # type: ignore[arg-type]  # its type lists every name
    figure = Figure(figsize=(panel[0] * n_columns, panel[1] * n_rows), layout="constrained")
    return figure, figure.subplots(n_rows, n_columns, squeeze=False, **options)


def look(i: int) -> tuple[str, Any]:
    """Return the colour and the marker of the i-th line. They come again if there are more lines than they are."""
    return COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)]


def legend_outside(figure: Any, axes: Any) -> None:
    """Put the legend of `axes` at the right of all panels. The figure becomes as high as the legend."""
    handles, words = axes.get_legend_handles_labels()
    figure.legend(handles, words, loc="outside right upper", frameon=False, fontsize=8)
    figure.set_figheight(max(figure.get_figheight(), ENTRY * len(words) + MARGIN))


def leave_out_far_below(axes: Any, heights: Mapping[str, float]) -> None:
    """Let axes end above points that are far below the best one, and name these: the others could not be told apart."""
    limit = max(heights.values()) - FAR
    far = {words: height for words, height in heights.items() if height < limit}
    if not far:
        return
    near = [height for height in heights.values() if height >= limit]
    space = 0.1 * (max(near) - min(near)) or FAR / 10  # one point has no height
    named = ", ".join(f"{words} ({height:.3f})" for words, height in sorted(far.items(), key=lambda each: -each[1]))
    lines = textwrap.wrap(f"below: {named}", LINE_LENGTH)
    for axis in axes:
        axis.set_ylim(min(near) - (1 + len(lines)) * space, max(near) + space)
    text = axes[0].text(0.02, 0.02, "\n".join(lines), transform=axes[0].transAxes, fontsize=7)
    text.set_in_layout(False)  # else the panels would shrink to make room for it


def legend_below(figure: Any, axes: Any) -> None:
    """Put the legend of `axes` below all panels, in two columns if they fit. The figure grows by its height."""
    handles, words = axes.get_legend_handles_labels()
    place = {"loc": "outside lower center", "frameon": False, "fontsize": 8}
    legend = figure.legend(handles, words, ncols=2, **place)
    if legend.get_window_extent().width > figure.bbox.width:
        legend.remove()
        legend = figure.legend(handles, words, **place)
    figure.set_figheight(figure.get_figheight() + legend.get_window_extent().height / figure.dpi)


def save(figure: Any, stem: Path) -> None:
    """Write .png and .svg, with the same bytes each time."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(stem.with_suffix(".png"), dpi=150, metadata={"Software": None})
    figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None, "Creator": None})
