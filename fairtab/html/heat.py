"""Pictures of two columns at once: the darker a cell, the more rows have both values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from fairtab.html.charts import TABLES
from fairtab.html.templating import render

N_SHADES = 10
N_NAMED = 3  # cells whose difference is told in words


def heat(columns: Sequence[str], crossed: Mapping[str, Any]) -> Markup:
    """Draw the shares of the rows of the real table beside those of the synthetic one, in the same shades.

    Parameters
    ----------
    columns
        The names of both columns.
    crossed
        As `fairtab.report.pairs.crossed` returns it.

    Examples
    --------
    >>> shares = {"real": [[0.5, 0.0], [0.0, 0.5]], "synthetic": [[0.25, 0.25], [0.0, 0.5]]}
    >>> picture = heat(["sex", "paid"], {"values": [["f", "m"], ["0", "1"]], **shares})
    >>> "f and 0: 50% real, 25% synthetic" in picture
    True
    """
    first, second = crossed["values"]
    shares = {table: np.array(crossed[table]) for table in TABLES}
    top = max(float(share.max()) for share in shares.values()) or 1
    words = _words(first, second, shares)
    return render(
        "heat",
        title=" and ".join(columns),
        columns=columns,
        words=words,
        values=crossed["values"],
        width=len(first),
        height=len(second),
        drawings=[(table, style, _shades(shares[table] / top)) for style, table in enumerate(TABLES)],
    )


def _shades(shares: np.ndarray) -> list[tuple[str, str]]:
    """Return for each shade its opacity and a path of its cells. Cells with almost no rows are left out."""
    shade = np.ceil(np.sqrt(shares) * N_SHADES - 0.5).astype(int)  # the root, so that rare cells can be seen
    paths = []
    for k in range(1, N_SHADES + 1):
        cells = np.argwhere(shade == k)
        if len(cells):
            bottom = shares.shape[1] - 1  # the second column rises
            paths.append((f"{k / N_SHADES:.1f}", "".join(f"M{x} {bottom - y}h1v1h-1z" for x, y in cells)))
    return paths


def _words(first: Sequence[str], second: Sequence[str], shares: Mapping[str, np.ndarray]) -> str:
    """Tell the cells that differ most, the largest difference first."""
    real, synthetic = (shares[table] for table in TABLES)
    gap = np.abs(real - synthetic)
    largest = np.argsort(-gap, axis=None, kind="stable")[:N_NAMED]
    cells = [np.unravel_index(place, gap.shape) for place in largest]
    told = [
        f"{first[i]} and {second[j]}: {real[i, j]:.0%} real, {synthetic[i, j]:.0%} synthetic"
        for i, j in cells
        if gap[i, j] > 0
    ]
    return "; ".join(told) or "no cell differs"
