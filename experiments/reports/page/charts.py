"""Small drawings of one run, as SVG that takes its colours from the page."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from experiments.figures.frontier import AUC, pareto
from experiments.reports.page.html import Markup, element, join

WIDTH, HEIGHT = 320, 150
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 8, 20  # room for what is written beside the axes
MARGIN = 6  # of points within the axes
MAX_NAMED, MAX_SAID = 3, 8  # values of a column that are named below its title, and that are read out one by one
TABLES = ("real", "synthetic")
N_STYLES = 4  # in the style sheet
MAX_POINTS = 80  # of a line: more cannot be seen, and a page has hundreds


def losses(logged: pd.DataFrame) -> list[Markup]:
    """A figure for each quantity that a fit logged: "train/loss" and "validation/loss" are two lines of "loss"."""
    groups: dict[str, dict[str, pd.Series]] = {}
    for name in logged.columns.difference(["epoch", "step"], sort=False):
        line = pd.to_numeric(logged[name], errors="coerce").set_axis(logged["step"]).replace([np.inf, -np.inf], np.nan)
        if line.notna().any():
            groups.setdefault(name.rpartition("/")[2], {})[name] = line.dropna()
    return [lines(lines_of, title=name) for name, lines_of in groups.items()]


def marginals(synthetic: Mapping[str, Any], real: Mapping[str, Any] | None) -> list[Markup]:
    """A legend, and a figure for each column: the share of its values, or of bins of them, in the real and in the
    synthetic table.

    synthetic, real: counts as the store has them.
    """
    drawn = []
    for name, counted in synthetic["columns"].items():
        of_real = (real or {"columns": {}})["columns"].get(name)
        # what another variant of the dataset counted by other bins is no comparison
        known = {"real": of_real} if of_real and of_real.get("edges") == counted.get("edges") else {}
        drawn.append(bars({of: _shares(counts) for of, counts in {**known, "synthetic": counted}.items()}, name))
    return [element("p", legend(TABLES), class_="bars"), *drawn]


def frontier(candidates: pd.DataFrame, found: Mapping[str, Any]) -> list[Markup]:
    """A legend, and for each attribute of a goal AUC against DPR and EOR of every joint that a search measured.

    candidates, found: as in a run's folder `search`.
    """
    names = [f"fairness/{kind}/{of}" for of in found["attributes"] for kind in ("dpr", "eor")]
    keys = {"met": "meets the goal", "missed": "misses it", "front": "none better in both", "chosen": "chosen"}
    said = element(
        "p", *(element("span", words, class_=f"key {name}") for name, words in keys.items()), class_="frontier"
    )
    return [said, *(_panel(candidates.dropna(subset=[name, AUC]), name, found["bounds"]) for name in names)]


def _panel(known: pd.DataFrame, name: str, bounds: Mapping[str, float]) -> Markup:
    kind, attribute = name.split("/")[1:]
    axis = f"{kind.upper()} {attribute}"
    across, up = known[name].to_numpy(), known[AUC].to_numpy()
    bound = {"across": bounds.get(kind), "up": bounds.get("auc")}
    left, right = _ends(across, bound["across"])
    low, high = _ends(up, bound["up"])
    x = _scale(np.array([left, right]), LEFT + MARGIN, WIDTH - RIGHT - MARGIN)
    y = _scale(np.array([low, high]), HEIGHT - BOTTOM - MARGIN, TOP + MARGIN)
    met, chosen = known["met"].to_numpy(dtype=bool), known["chosen"].to_numpy(dtype=bool)
    best = pareto(across, up)
    front = " ".join(f"{x(a):.0f},{y(b):.0f}" for a, b in zip(across[best], up[best], strict=True))
    drawn = [element("polyline", points=front, class_="front")]
    if bound["across"] is not None:
        drawn.append(element("path", d=f"M{x(bound['across']):.0f} {TOP}V{HEIGHT - BOTTOM}", class_="bound"))
    if bound["up"] is not None:
        drawn.append(element("path", d=f"M{LEFT} {y(bound['up']):.0f}H{WIDTH - RIGHT}", class_="bound"))
    for kind_of, of in (("missed", ~met & ~chosen), ("met", met & ~chosen), ("chosen", chosen)):
        mark = "m-3-3l6 6m0-6l-6 6" if kind_of == "missed" else "h0"  # a cross; a dot is a line of no length
        path = "".join(f"M{x(a):.0f} {y(b):.0f}{mark}" for a, b in zip(across[of], up[of], strict=True))
        drawn.append(element("path", d=path, class_=f"point {kind_of}"))
    said = [f"{len(known)} joints, {met.sum()} meet the goal"]
    said += [f"chosen: {axis} {a:.3f}, AUC {b:.3f}" for a, b in zip(across[chosen], up[chosen], strict=True)]
    ends = (f"{low:.3f}", f"{high:.3f}", f"{left:.3f}", f"{right:.3f}")
    title = f"AUC against {axis}"
    caption = join(element("strong", title), " ", said[0])
    return _drawing(caption, f"{title}: {'; '.join(said)}", drawn, ends)


def _ends(values: np.ndarray, bound: float | None) -> tuple[float, float]:
    known = values if bound is None else np.append(values, bound)
    return float(known.min()), float(known.max())


def lines(series: Mapping[str, pd.Series], title: str) -> Markup:
    """One line each, of finite values by step."""
    whole = pd.concat(series.values())
    steps, values = whole.index.to_numpy(), whole.to_numpy()
    x, y = _scale(steps, LEFT, WIDTH - RIGHT), _scale(values, HEIGHT - BOTTOM, TOP)
    paths = []
    for i, line in enumerate(series.values()):
        kept = line.iloc[np.unique(np.linspace(0, len(line) - 1, MAX_POINTS).round().astype(int))]
        points = " ".join(f"{x(step):.0f},{y(value):.1f}" for step, value in kept.items())
        paths.append(element("polyline", points=points, class_=f"line s{i % N_STYLES}"))
    words = "; ".join(f"{name} from {line.iloc[0]:.3g} to {line.iloc[-1]:.3g}" for name, line in series.items())
    ends = (f"{values.min():.3g}", f"{values.max():.3g}", f"step {steps.min():,.0f}", f"{steps.max():,.0f}")
    caption = join(element("strong", title), " ", legend(series))
    return _drawing(caption, f"{title}: {words}", paths, ends)


def bars(shares: Mapping[str, Mapping[str, float]], title: str) -> Markup:
    """Shares of the values of one column, by value: a bar beside another for each of TABLES.

    A page has thousands of them, so a bar is a stroke, and what can be said in words is not drawn.
    """
    labels = list(dict.fromkeys(label for of in shares.values() for label in of))
    aligned = {name: [of.get(label, 0) for label in labels] for name, of in shares.items()}
    top = max(map(max, aligned.values()), default=0) or 1
    slots = len(aligned) + 1  # of a value: its bars, and a gap
    paths = [
        element(
            "path",
            d="".join(
                f"M{slots * j + i + 1} 0v{share / top * 100:.0f}" for j, share in enumerate(row) if share * 200 >= top
            ),
            class_=f"bar s{TABLES.index(name)}",
        )
        for i, (name, row) in enumerate(aligned.items())
    ]
    named = ", ".join(labels) if len(labels) <= MAX_NAMED else f"{labels[0]} … {labels[-1]}"
    words = [named, f"highest bar {top:.0%}"]
    if len(aligned) == 2:
        words.append(f"total variation {sum(abs(a - b) for a, b in zip(*aligned.values(), strict=True)) / 2:.0%}")
    caption = element("figcaption", element("strong", title), " ", "; ".join(words))
    size = f"0 0 {slots * len(labels) + 1} 100"
    said = ", ".join(
        f"{label} " + " ".join(f"{row[j]:.0%}" for row in aligned.values()) for j, label in enumerate(labels)
    )
    name = f"{title}: {said}" if len(labels) <= MAX_SAID else title
    drawing = element("svg", *paths, viewBox=size, preserveAspectRatio="none", role="img", aria_label=name)
    return element("figure", caption, drawing, class_="bars")


def legend(names: Iterable[str]) -> Markup:
    return join(*(element("span", name, class_=f"key s{i % N_STYLES}") for i, name in enumerate(names)))


def _drawing(caption: Markup, said: str, drawn: list[Markup], ends: tuple[str, str, str, str]) -> Markup:
    """A figure with axes. ends: what is written at both ends of the vertical axis, and of the other."""
    low, high, first, last = ends
    marks = [
        _text(LEFT - 4, TOP + 8, high, "end"),
        _text(LEFT - 4, HEIGHT - BOTTOM, low, "end"),
        _text(LEFT, HEIGHT - 5, first, "start"),
        _text(WIDTH - RIGHT, HEIGHT - 5, last, "end"),
    ]
    axes = element("path", d=f"M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}", class_="axis")
    drawing = element("svg", axes, *drawn, *marks, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=said)
    return element("figure", element("figcaption", caption), drawing)


def _shares(counted: Mapping[str, Any]) -> dict[str, float]:
    """Of all rows, by value, or by the bin from an edge to the next."""
    edges = counted.get("edges")
    labels = [f"{low:.10g} to {high:.10g}" for low, high in itertools.pairwise(edges)] if edges else counted["values"]
    counts = dict(zip(labels, counted["counts"], strict=True))
    if missing := counted.get("missing"):
        counts["missing"] = missing
    total = sum(counts.values()) or 1
    return {label: n / total for label, n in counts.items()}


def _scale(values: np.ndarray, low: float, high: float) -> Callable[[float], float]:
    """A function that takes the range of values to low..high."""
    first, last = float(values.min()), float(values.max())
    return lambda value: low + (float(value) - first) / ((last - first) or 1) * (high - low)


def _text(x: float, y: float, words: str, anchor: str) -> Markup:
    return element("text", words, x=x, y=y, text_anchor=anchor)
