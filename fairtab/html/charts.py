"""Small charts of one run, as SVG that takes its colours from the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from fairtab.html.templating import render
from fairtab.marginals import bin_names
from fairtab.metrics.pareto import pareto

WIDTH, HEIGHT = 320, 150
LEFT, RIGHT, TOP, BOTTOM = 44, WIDTH - 8, 8, HEIGHT - 20  # where the axes end: around them is room for words
MARGIN = 6  # between points and axes
MAX_NAMED, MAX_SPOKEN = 3, 8  # how many values of a column are named in its caption, and read out one by one
TABLES = ("real", "synthetic")
AUC = "utility/auc"
N_STYLES = 4  # in the style sheet
MAX_POINTS = 80  # of a line: more cannot be seen, and a page has hundreds of lines


def losses(logged: pd.DataFrame) -> list[Markup]:
    """Draw a figure for each quantity that a fit logged.

    Parameters
    ----------
    logged
        Columns "epoch", "step", and losses. "train/loss" and "validation/loss" are two lines of "loss".

    Examples
    --------
    >>> logged = pd.DataFrame({"epoch": [0, 1], "step": [10, 20], "train/loss": [2.0, 1.0]})
    >>> "train/loss from 2 to 1" in losses(logged)[0]
    True
    """
    quantities: dict[str, dict[str, pd.Series]] = {}
    for name in logged.columns.difference(["epoch", "step"], sort=False):
        line = pd.to_numeric(logged[name], errors="coerce").set_axis(logged["step"]).replace([np.inf, -np.inf], np.nan)
        if line.notna().any():
            quantities.setdefault(name.rpartition("/")[2], {})[name] = line.dropna()
    return [lines(series, title=quantity) for quantity, series in quantities.items()]


def marginals(synthetic: Mapping[str, Any], real: Mapping[str, Any] | None) -> list[Markup]:
    """Draw a legend, and for each column the shares of its values in the real and in the synthetic table.

    Parameters
    ----------
    synthetic, real
        What `fairtab.marginals.counts` returns. Without `real`, there are bars of the synthetic table alone.

    Examples
    --------
    >>> synthetic = {"columns": {"job": {"values": ["a", "b"], "counts": [3, 1]}}}
    >>> _, job = marginals(synthetic, real=None)
    >>> "highest bar 75%" in job
    True
    """
    real_columns = real["columns"] if real else {}
    figures = []
    for name, counts in synthetic["columns"].items():
        real_counts = real_columns.get(name)
        # another variant of the dataset may have other bins: such counts cannot be compared
        comparable = real_counts and real_counts.get("edges") == counts.get("edges")
        tables = {**({"real": real_counts} if comparable else {}), "synthetic": counts}
        figures.append(bars({table: _shares(counted) for table, counted in tables.items()}, name))
    return [Markup('<p class="bars">{}</p>').format(legend(TABLES)), *figures]


def frontier(candidates: pd.DataFrame, found: Mapping[str, Any]) -> list[Markup]:
    """Draw a legend, and AUC against DPR and EOR of every joint that a search looked at, for each attribute.

    A ratio that no joint has is left out.

    Parameters
    ----------
    candidates
        As `fairtab.goals.search.SearchResult` has them.
    found
        The goal's "attributes", and its "bounds" by name.

    Examples
    --------
    >>> row = {"utility/auc": 0.9, "fairness/dpr/sex": 0.8, "fairness/eor/sex": 0.7, "met": True, "chosen": True}
    >>> _, dpr, eor = frontier(pd.DataFrame([row]), {"attributes": ["sex"], "bounds": {"dpr": 0.8}})
    >>> "1 joints, 1 meet the goal" in dpr
    True
    """
    keys = {"met": "meets the goal", "missed": "misses it", "front": "none better in both", "chosen": "chosen"}
    names = [f"fairness/{kind}/{attribute}" for attribute in found["attributes"] for kind in ("dpr", "eor")]
    known = {name: candidates.dropna(subset=[name, AUC]) for name in names}
    panels = [_panel(rows, name, found["bounds"]) for name, rows in known.items() if len(rows)]
    return [Markup('<p class="frontier">{}</p>').format(render("legend", keys=keys.items())), *panels]


def _panel(known: pd.DataFrame, name: str, bounds: Mapping[str, float]) -> Markup:
    _, kind, attribute = name.split("/", 2)  # an attribute may have slashes
    ratio = f"{kind.upper()} {attribute}"
    across, up = known[name].to_numpy(), known[AUC].to_numpy()
    left, right = _ends(across, bounds.get(kind))
    low, high = _ends(up, bounds.get("auc"))
    x = _scale(np.array([left, right]), LEFT + MARGIN, RIGHT - MARGIN)
    y = _scale(np.array([low, high]), BOTTOM - MARGIN, TOP + MARGIN)
    met, chosen = known["met"].to_numpy(dtype=bool), known["chosen"].to_numpy(dtype=bool)
    best = pareto(across, up)
    front = " ".join(f"{x(a):.0f},{y(b):.0f}" for a, b in zip(across[best], up[best], strict=True))
    paths = []
    if kind in bounds:
        paths.append(("bound", f"M{x(bounds[kind]):.0f} {TOP}V{BOTTOM}"))
    if "auc" in bounds:
        paths.append(("bound", f"M{LEFT} {y(bounds['auc']):.0f}H{RIGHT}"))
    for state, rows in (("missed", ~met & ~chosen), ("met", met & ~chosen), ("chosen", chosen)):
        mark = "m-3-3l6 6m0-6l-6 6" if state == "missed" else "h0"  # a cross; a dot is a line of no length
        points = zip(across[rows], up[rows], strict=True)
        paths.append((f"point {state}", "".join(f"M{x(a):.0f} {y(b):.0f}{mark}" for a, b in points)))
    counts = f"{len(known)} joints, {met.sum()} meet the goal"
    spoken = [counts]
    spoken += [f"chosen: {ratio} {a:.3f}, AUC {b:.3f}" for a, b in zip(across[chosen], up[chosen], strict=True)]
    title = f"AUC against {ratio}"
    ends = {"low": f"{low:.3f}", "high": f"{high:.3f}", "first": f"{left:.3f}", "last": f"{right:.3f}"}
    return _with_axes(title, counts, "; ".join(spoken), ends, [("front", front)], paths)


def _ends(values: np.ndarray, bound: float | None) -> tuple[float, float]:
    known = values if bound is None else np.append(values, bound)
    return float(known.min()), float(known.max())


def lines(series: Mapping[str, pd.Series], title: str) -> Markup:
    """Draw a line for each series.

    Parameters
    ----------
    series
        Finite values by step, by the name of the line.
    title
        What the figure is called.

    Examples
    --------
    >>> "from 2 to 1" in lines({"train": pd.Series([2.0, 1.0], index=[0, 10])}, "loss")
    True
    """
    whole = pd.concat(series.values())
    steps, values = whole.index.to_numpy(), whole.to_numpy()
    x, y = _scale(steps, LEFT, RIGHT), _scale(values, BOTTOM, TOP)
    polylines = []
    for i, line in enumerate(series.values()):
        kept = line.iloc[np.unique(np.linspace(0, len(line) - 1, MAX_POINTS).round().astype(int))]
        points = " ".join(f"{x(step):.0f},{y(value):.1f}" for step, value in kept.items())
        polylines.append((f"line s{i % N_STYLES}", points))
    spoken = "; ".join(f"{name} from {line.iloc[0]:.3g} to {line.iloc[-1]:.3g}" for name, line in series.items())
    ends = {"low": f"{values.min():.3g}", "high": f"{values.max():.3g}"}
    ends |= {"first": f"step {steps.min():,.0f}", "last": f"{steps.max():,.0f}"}
    return _with_axes(title, legend(series), spoken, ends, polylines)


def bars(shares: Mapping[str, Mapping[str, float]], title: str) -> Markup:
    """Draw the shares of the values of one column, side by side for each table.

    A page has thousands of bars, so a bar is a stroke, and bars too low to be seen are left out.

    Parameters
    ----------
    shares
        Shares by table and value.
    title
        The column's name.

    Examples
    --------
    >>> "total variation 25%" in bars({"real": {"a": 0.5, "b": 0.5}, "synthetic": {"a": 0.75, "b": 0.25}}, "job")
    True
    """
    labels = list(dict.fromkeys(label for by_label in shares.values() for label in by_label))
    aligned = {table: [by_label.get(label, 0) for label in labels] for table, by_label in shares.items()}
    top = max(map(max, aligned.values()), default=0) or 1
    n_slots = len(aligned) + 1  # for each value: its bars and a gap
    paths = []
    for i, (table, row) in enumerate(aligned.items()):
        strokes = [
            f"M{n_slots * j + i + 1} 0v{share / top * 100:.0f}" for j, share in enumerate(row) if share * 200 >= top
        ]
        paths.append((TABLES.index(table), "".join(strokes)))
    named = ", ".join(labels) if len(labels) <= MAX_NAMED else f"{labels[0]} … {labels[-1]}"
    words = [named, f"highest bar {top:.0%}"]
    if len(aligned) == 2:
        words.append(f"total variation {sum(abs(a - b) for a, b in zip(*aligned.values(), strict=True)) / 2:.0%}")
    values = (f"{label} {' '.join(f'{row[j]:.0%}' for row in aligned.values())}" for j, label in enumerate(labels))
    spoken = f"{title}: {', '.join(values)}" if len(labels) <= MAX_SPOKEN else title
    width = n_slots * len(labels) + 1
    return render("bars", title=title, words="; ".join(words), spoken=spoken, width=width, paths=paths)


def legend(names: Iterable[str]) -> Markup:
    """Explain the styles of lines or bars.

    Parameters
    ----------
    names
        What the styles stand for, in their order.

    Examples
    --------
    >>> legend(["real"])
    Markup('<span class="key s0">real</span>')
    """
    return render("legend", keys=[(f"s{i % N_STYLES}", name) for i, name in enumerate(names)])


def _with_axes(
    title: str,
    caption: str,
    spoken: str,
    ends: Mapping[str, str],
    lines: Iterable[tuple[str, str]],
    paths: Iterable[tuple[str, str]] = (),
) -> Markup:
    """Draw axes with `ends`, the words at their ends, and inside lines (class, points) and paths (class, drawing)."""
    size = {"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM}
    spoken = f"{title}: {spoken}"
    return render("axes", title=title, caption=caption, spoken=spoken, ends=ends, lines=lines, paths=paths, **size)


def _shares(counted: Mapping[str, Any]) -> dict[str, float]:
    """Compute the share of all rows, by value or by bin."""
    edges = counted.get("edges")
    labels = bin_names(edges) if edges else counted["values"]
    counts: dict[str, float] = {}
    for label, n in zip(labels, counted["counts"], strict=True):  # bins of dates may have one name
        counts[label] = counts.get(label, 0) + n
    if missing := counted.get("missing"):
        counts["missing"] = missing
    total = sum(counts.values()) or 1
    return {label: n / total for label, n in counts.items()}


def _scale(values: np.ndarray, low: float, high: float) -> Callable[[float], float]:
    """Return a function that maps the range of values to low..high."""
    first, last = float(values.min()), float(values.max())
    return lambda value: low + (float(value) - first) / ((last - first) or 1) * (high - low)
