"""How groups and labels are distributed in a real table and in a synthetic one: stacked bars, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from experiments.figures import style

WIDTH = 0.38  # of a bar; a group has two
HATCHES = {"real": "", "synthetic": "///"}  # so that they differ without colour, too


def draw(real: pd.DataFrame, synthetic: pd.DataFrame, sensitive: Sequence[str], target: str) -> Any:
    """Draw a panel for each sensitive attribute: the share of all rows in each group with each label."""
    labels = sorted(map(str, real[target].unique()))
    figure, axes = style.grid(1, len(sensitive))
    for axis, name in zip(axes[0], sensitive, strict=True):
        groups = sorted(map(str, real[name].unique()))
        for i, (which, frame) in enumerate({"real": real, "synthetic": synthetic}.items()):
            shares = joint_shares(frame, name, target).reindex(index=groups, columns=labels, fill_value=0)
            positions = [j + (i - 0.5) * (WIDTH + 0.04) for j in range(len(groups))]
            base = pd.Series(0.0, index=groups)
            for label, colour in zip(labels, style.COLOURS, strict=False):
                look = {"color": colour, "hatch": HATCHES[which], "edgecolor": "white", "linewidth": 0.5}
                axis.bar(positions, shares[label], WIDTH, bottom=base, label=f"{which}, {target} {label}", **look)
                base += shares[label]
        axis.set_xticks(range(len(groups)), groups, rotation=0 if len(groups) <= 3 else 30)
        axis.set_xlabel(name)
        axis.grid(visible=False, axis="x")
        axis.set_axisbelow(True)
    axes[0, 0].set_ylabel("share of rows")
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False, fontsize=8
    )
    return figure


def joint_shares(frame: pd.DataFrame, attribute: str, target: str) -> pd.DataFrame:
    """Compute the share of rows of each group and label, [n_groups, n_labels], by their values as text."""
    return pd.crosstab(frame[attribute].astype(str), frame[target].astype(str), normalize="all")
