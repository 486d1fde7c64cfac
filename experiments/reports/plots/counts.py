"""Figures of counts: groups by label, shares of groups, and the values of every column."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments import methods
from experiments.figures import style
from experiments.store import frames
from experiments.sweep import grid

REAL = "real table"
GREY = "#bbbbbb"
HATCHES = ("", "///", "...", "xxx")
N_COLUMNS = 4  # of panels
Counts = Mapping[str, Any]  # as experiments.run.marginals makes them


def groups(tables: Mapping[str, Counts], stem: Path) -> None:
    """Draw the paper's Figs. 2 and 5 to 7: rows of each group, stacked by label, with a row of panels per attribute.

    `tables` has the counts of each table by its name, the real table first.
    """
    attributes = list(next(iter(tables.values()))["groups"])
    figure, axes = style.grid(len(attributes), len(tables), sharey="row", panel=(2.2, 2.2))
    for row, attribute in zip(axes, attributes, strict=True):
        for axis, (name, counted_table) in zip(row, tables.items(), strict=True):
            counted = np.array(counted_table["groups"][attribute]["counts"]) / counted_table["rows"]
            names = counted_table["groups"][attribute]["groups"]
            labels = ("negative label", "positive label")
            if counted.shape[1] > 2:
                labels = counted_table["columns"][counted_table["target"]]["values"]
            for i, label in enumerate(labels):
                below = counted[:, :i].sum(axis=1)
                colour, hatch = style.COLOURS[i % len(style.COLOURS)], HATCHES[i % len(HATCHES)]
                look = {"color": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0}
                axis.bar(range(len(names)), counted[:, i], bottom=below, label=label, **look)
            _ticks(axis, names)
            axis.set_title(name, fontsize=9)
        row[0].set_ylabel(f"{attribute}: share of rows")
    style.legend_outside(figure, axes[0, 0])
    style.save(figure, stem)


def shares(tables: Mapping[str, Counts], stem: Path) -> None:
    """Draw the paper's Fig. 3: the share of each group in every table. `tables` is as in `groups`."""
    attributes = list(next(iter(tables.values()))["groups"])
    figure, axes = style.grid(len(attributes), 1, panel=(7.0, 2.4))
    width = 0.85 / len(tables)
    for axis, attribute in zip(axes[:, 0], attributes, strict=True):
        for i, (name, counted_table) in enumerate(tables.items()):
            share = np.array(counted_table["groups"][attribute]["counts"]).sum(axis=1) / counted_table["rows"]
            at = np.arange(len(share)) + (i - (len(tables) - 1) / 2) * width
            colour = GREY if name == REAL else style.COLOURS[(i - 1) % len(style.COLOURS)]
            look = {"color": colour, "hatch": HATCHES[i % len(HATCHES)], "edgecolor": "white", "linewidth": 0}
            axis.bar(at, share, width, label=name, **look)
        _ticks(axis, counted_table["groups"][attribute]["groups"])
        axis.set_ylabel(f"{attribute}: share of rows")
    style.legend_outside(figure, axes[0, 0])
    style.save(figure, stem)


def columns(tables: Mapping[str, Counts], stem: Path) -> None:
    """Draw the distribution of every column, in the real table (grey) and the others. `tables` is as in `groups`."""
    (_, real), *others = tables.items()
    names = list(real["columns"])
    figure, axes = style.grid(math.ceil(len(names) / N_COLUMNS), N_COLUMNS, panel=(2.9, 2.0))
    for axis, name in zip(axes.flat, names, strict=False):
        column = real["columns"][name]
        of_values = "values" in column
        values = _values(tables, name) if of_values else []
        at = (
            np.arange(len(values))
            if of_values
            else (np.array(column["edges"])[:-1] + np.array(column["edges"])[1:]) / 2
        )
        width = 0.8 if of_values else column["edges"][1] - column["edges"][0]
        axis.bar(at, _share(real, name, values), width, color=GREY, label=REAL)
        for i, (words, table) in enumerate(others):
            look = {"color": style.COLOURS[i], "marker": style.MARKERS[i], "markersize": 5 - 2 * i, "label": words}
            axis.plot(at, _share(table, name, values), linestyle="none" if of_values else "-", linewidth=1, **look)
        if of_values:
            _ticks(axis, values)
        axis.set_title(name, fontsize=9)
    for axis in axes.flat[len(names) :]:
        axis.remove()
    style.legend_outside(figure, axes.flat[0])
    style.save(figure, stem)


def counts_by_method(root: Path, dataset: str, kinds: Sequence[str] | None = None) -> dict[str, Counts]:
    """Sum the counts of each method's tables over seeds, by the method's label, in the paper's protocol.

    `kinds` are the kinds of methods to take (`methods.Method.kind`); None takes all.
    """
    runs = [
        run
        for run in frames.finished(root)
        if (run.dataset, run.variant) == (dataset, "default") and run.level in grid.LEVELS
    ]
    names = {run.method for run in runs}
    wanted = [m for m in methods.rows(names) if m.name in names and (kinds is None or m.kind in kinds)]
    found = {method.label: total([run.marginals() for run in runs if run.method == method.name]) for method in wanted}
    return {name: counts for name, counts in found.items() if counts}


def total(counts: Sequence[Counts | None]) -> Counts | None:
    """Sum the counts of several tables; None if there are none."""
    known = [table for table in counts if table]
    if not known:
        return None
    first, summed = known[0], {"rows": sum(table["rows"] for table in known), "groups": {}, "columns": {}}
    for name, group in first["groups"].items():
        counted = np.sum([table["groups"][name]["counts"] for table in known], axis=0)
        summed["groups"][name] = {**group, "counts": counted.tolist()}
    for name, column in first["columns"].items():
        each = [table["columns"][name] for table in known]
        if "edges" in column:
            summed["columns"][name] = {**column, "counts": np.sum([c["counts"] for c in each], axis=0).tolist()}
            continue
        by_value: dict[str, int] = {}
        for counts_of_one in each:
            for value, n in zip(counts_of_one["values"], counts_of_one["counts"], strict=True):
                by_value[value] = by_value.get(value, 0) + n
        summed["columns"][name] = {"values": list(by_value), "counts": list(by_value.values())}
    return summed


def _values(tables: Mapping[str, Counts], name: str) -> list[str]:
    return list(dict.fromkeys(value for table in tables.values() for value in table["columns"][name]["values"]))


def _share(table: Counts, name: str, values: Sequence[str]) -> np.ndarray:
    """Compute the share of rows in each bin, or of each value (0 if it does not occur)."""
    column = table["columns"][name]
    if "edges" in column:
        return np.array(column["counts"]) / table["rows"]
    by_value = dict(zip(column["values"], column["counts"], strict=True))
    return np.array([by_value.get(value, 0) for value in values]) / table["rows"]


def _ticks(axis: Any, names: Sequence[str]) -> None:
    axis.grid(visible=False, axis="x")
    turned = {"rotation": 90, "fontsize": 6} if len(names) > 6 else {"rotation": 20, "fontsize": 7, "ha": "right"}
    axis.set_xticks(range(len(names)), [_short(name) for name in names], **(turned if len("".join(names)) > 20 else {}))


def _short(name: str, n: int = 18) -> str:
    return name if len(name) <= n else f"{name[: n - 1]}…"


def counts_by_level(root: Path, dataset: str) -> dict[str, Counts]:
    """Sum the counts of the recommended method at levels 0 and 10."""
    runs = [
        r
        for r in frames.finished(root)
        if (r.dataset, r.method, r.variant) == (dataset, methods.RECOMMENDED, "default")
    ]
    found = {
        f"{methods.label(methods.RECOMMENDED)}, level {level}": total(
            [r.marginals() for r in runs if r.level == f"balance-{level}"]
        )
        for level in (0, 10)
    }
    return {name: counts for name, counts in found.items() if counts}
