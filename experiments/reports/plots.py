"""Figures of the benchmark from runs on disk: results_dir/figures/*.{svg,png}.

python -m experiments.reports.plots [results_dir]

For each dataset: utility and fairness against the level, AUC against DPR and EOR of every method, groups by label and
shares of groups in the real and the synthetic tables, and every column's values.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments import methods, store
from experiments.figures import style
from experiments.figures.frontier import AUC, pareto
from experiments.reports import tradeoff
from experiments.reports.claims import first_attribute
from experiments.sweep import grid

RESULTS = Path(__file__).parents[2] / "results"
REAL = "real table"
GREY = "#bbbbbb"
CURVES = {"utility/auc": "AUC", "dpr": "DPR", "eor": "EOR", "score": "SCORE"}
MARKERS = "osD^vPX<>hp*"
HATCHES = ("", "///", "...", "xxx")
N_COLUMNS = 4  # of panels
Counts = Mapping[str, Any]  # as of experiments.run.marginals


def levels(frame: pd.DataFrame, stem: Path) -> None:
    """The paper's Fig. 4: AUC, DPR, EOR and SCORE against the balancing level, mean over seeds in a band of one
    standard deviation; a star where SCORE is best.

    frame: of one dataset, as `tradeoff.tradeoff` gives it, by method and level.
    """
    figure, axes = style.grid(1, len(CURVES))
    for i, (method, of) in enumerate(frame.groupby("method", sort=False)):
        of = of.droplevel([name for name in of.index.names if name != "level"]).sort_index()
        if len(of) < 2:
            continue  # no curve
        best = of["score", "mean"].idxmax()
        for axis, (metric, words) in zip(axes[0], CURVES.items(), strict=True):
            mean, spread = of[metric, "mean"], of[metric, "std"].fillna(0)
            colour = style.COLOURS[i]
            axis.plot(of.index, mean, color=colour, marker=MARKERS[i], markersize=3, label=methods.label(method))
            axis.fill_between(of.index, mean - spread, mean + spread, color=colour, alpha=0.2, linewidth=0)
            axis.scatter([best], [mean[best]], label="best SCORE", **style.CHOSEN)
            axis.set_xlabel("balancing level")
            axis.set_ylabel(words)
            axis.set_xticks(range(0, 11, 2))
    figure.legend(*axes[0, 0].get_legend_handles_labels(), **style.OUTSIDE)
    style.save(figure, stem)


def gains(runs: pd.DataFrame, attribute: str, stem: Path) -> None:
    """AUC against DPR and EOR: every method a point, with its spread over seeds; a line along the Pareto front.

    runs: of one dataset, of the paper's protocol or with SCORE as the goal. The floor is left out: it would take most
    of the figure.
    """
    figure, axes = style.grid(1, 2, sharey=True)
    points = _points(runs)
    for axis, kind in zip(axes[0], ("dpr", "eor"), strict=True):
        name = f"fairness/{kind}/{attribute}"
        known = {
            words: of.dropna(subset=[name, AUC])[[name, AUC]].astype(float)
            for words, of in points.items()
            if of[[name, AUC]].notna().all(axis=1).any()  # else undefined for it
        }
        mean = pd.DataFrame({words: of.mean() for words, of in known.items()}).T
        front = pareto(mean[name].to_numpy(), mean[AUC].to_numpy())
        axis.plot(mean[name].iloc[front], mean[AUC].iloc[front], **style.LINE, zorder=1)
        for i, words in enumerate(points):
            if words not in known:
                continue
            x, y = mean.loc[words]
            spread = known[words].std().fillna(0)
            colour, marker = style.COLOURS[i % len(style.COLOURS)], MARKERS[i % len(MARKERS)]
            axis.errorbar(x, y, xerr=spread[name], yerr=spread[AUC], **style.SPREAD)
            axis.scatter(x, y, color=colour, marker=marker, label=words, **style.MEAN)
        axis.set_xlabel(f"{kind.upper()} {attribute}")
    axes[0, 0].set_ylabel("AUC")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), **style.OUTSIDE)
    style.save(figure, stem)


def _points(runs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The runs of each method by its label, those with a goal apart."""
    with_goal = runs["level"].str.startswith(grid.SCORE_GOAL)
    points = {}
    for method in methods.rows(runs["method"]):
        of = runs["method"].eq(method.name)
        if method.kind != "floor" and of.any():
            points[method.label] = runs[of & ~with_goal]
            points[f"{method.label}, goal=score"] = runs[of & with_goal]
    return {words: of for words, of in points.items() if len(of)}


def groups(tables: Mapping[str, Counts], stem: Path) -> None:
    """The paper's Figs. 2, 5 to 7: how many rows each group has, stacked by label; a row of panels for each attribute.

    tables: by name, counts of each, the real one first.
    """
    attributes = list(next(iter(tables.values()))["groups"])
    figure, axes = style.grid(len(attributes), len(tables), sharey="row", panel=(2.2, 2.2))
    for row, attribute in zip(axes, attributes, strict=True):
        for axis, (name, of) in zip(row, tables.items(), strict=True):
            counted = np.array(of["groups"][attribute]["counts"]) / of["rows"]
            names = of["groups"][attribute]["groups"]
            for i, label in enumerate(("negative label", "positive label")):
                below = counted[:, :i].sum(axis=1)
                look = {"color": style.COLOURS[i], "hatch": HATCHES[i], "edgecolor": "white", "linewidth": 0}
                axis.bar(range(len(names)), counted[:, i], bottom=below, label=label, **look)
            _ticks(axis, names)
            axis.set_title(name, fontsize=9)
        row[0].set_ylabel(f"{attribute}: share of rows")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), **style.OUTSIDE)
    style.save(figure, stem)


def shares(tables: Mapping[str, Counts], stem: Path) -> None:
    """The paper's Fig. 3: the share of each group, in every table. tables: as of `groups`."""
    attributes = list(next(iter(tables.values()))["groups"])
    figure, axes = style.grid(len(attributes), 1, panel=(7.0, 2.4))
    width = 0.85 / len(tables)
    for axis, attribute in zip(axes[:, 0], attributes, strict=True):
        for i, (name, of) in enumerate(tables.items()):
            share = np.array(of["groups"][attribute]["counts"]).sum(axis=1) / of["rows"]
            at = np.arange(len(share)) + (i - (len(tables) - 1) / 2) * width
            colour = GREY if name == REAL else style.COLOURS[(i - 1) % len(style.COLOURS)]
            look = {"color": colour, "hatch": HATCHES[i % len(HATCHES)], "edgecolor": "white", "linewidth": 0}
            axis.bar(at, share, width, label=name, **look)
        _ticks(axis, of["groups"][attribute]["groups"])
        axis.set_ylabel(f"{attribute}: share of rows")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), **style.OUTSIDE)
    style.save(figure, stem)


def columns(tables: Mapping[str, Counts], stem: Path) -> None:
    """How often each value of every column occurs in the real table, in grey, and in the others. tables: as of
    `groups`."""
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
        for i, (words, of) in enumerate(others):
            look = {"color": style.COLOURS[i], "marker": MARKERS[i], "markersize": 5 - 2 * i, "label": words}
            axis.plot(at, _share(of, name, values), linestyle="none" if of_values else "-", linewidth=1, **look)
        if of_values:
            _ticks(axis, values)
        axis.set_title(name, fontsize=9)
    for axis in axes.flat[len(names) :]:
        axis.remove()
    figure.legend(*axes.flat[0].get_legend_handles_labels(), **style.OUTSIDE)
    style.save(figure, stem)


def counts_by_method(root: Path, dataset: str, kinds: Sequence[str] | None = None) -> dict[str, Counts]:
    """The counts of methods' tables on a dataset by the methods' labels, summed over seeds, the paper's protocol.

    kinds: of the methods wanted (`methods.Method.kind`); None: all.
    """
    runs = [
        run
        for run in store.finished(root)
        if (run.dataset, run.variant) == (dataset, "default") and run.level in grid.LEVELS
    ]
    names = {run.method for run in runs}
    wanted = [m for m in methods.rows(names) if m.name in names and (kinds is None or m.kind in kinds)]
    found = {method.label: total([run.marginals() for run in runs if run.method == method.name]) for method in wanted}
    return {name: counts for name, counts in found.items() if counts}


def total(counts: Sequence[Counts | None]) -> Counts | None:
    """The sum of counts of several tables; None where there are none."""
    known = [of for of in counts if of]
    if not known:
        return None
    first, summed = known[0], {"rows": sum(of["rows"] for of in known), "groups": {}, "columns": {}}
    for name, of in first["groups"].items():
        summed["groups"][name] = {**of, "counts": np.sum([c["groups"][name]["counts"] for c in known], axis=0).tolist()}
    for name, of in first["columns"].items():
        each = [c["columns"][name] for c in known]
        if "edges" in of:
            summed["columns"][name] = {**of, "counts": np.sum([c["counts"] for c in each], axis=0).tolist()}
            continue
        by_value: dict[str, int] = {}
        for column in each:
            for value, n in zip(column["values"], column["counts"], strict=True):
                by_value[value] = by_value.get(value, 0) + n
        summed["columns"][name] = {"values": list(by_value), "counts": list(by_value.values())}
    return summed


def draw(root: Path, folder: Path) -> None:
    """Every figure that the runs under `root` have something for."""
    runs, facts = store.frame(root), store.datasets(root)
    curves = tradeoff.tradeoff(runs) if runs["level"].str.startswith("balance-").any() else None
    for dataset, of in runs.groupby("dataset", sort=False):
        if curves is not None and dataset in curves.index and (curves.loc[dataset].groupby("method").size() > 1).any():
            levels(curves.loc[[dataset]], folder / f"levels-{dataset}")
        if len(of_protocol := grid.protocol(of)):
            gains(
                pd.concat([of_protocol, grid.for_score(of)]), first_attribute(of_protocol), folder / f"gains-{dataset}"
            )
        if dataset not in facts:
            continue
        real = {REAL: facts[dataset]["marginals"]}
        if fair := counts_by_method(root, dataset, ("fair",)):
            groups(real | fair, folder / f"groups-{dataset}")
        if every := counts_by_method(root, dataset, ("fair", "plain")):
            shares(real | every, folder / f"shares-{dataset}")
        if of_levels := _of_levels(root, dataset):
            columns(real | of_levels, folder / f"columns-{dataset}")


def _of_levels(root: Path, dataset: str) -> dict[str, Counts]:
    """Counts of the recommended method at its extreme levels."""
    runs = [
        r for r in store.finished(root) if (r.dataset, r.method, r.variant) == (dataset, methods.RECOMMENDED, "default")
    ]
    found = {
        f"{methods.label(methods.RECOMMENDED)}, level {level}": total(
            [r.marginals() for r in runs if r.level == f"balance-{level}"]
        )
        for level in (0, 10)
    }
    return {name: counts for name, counts in found.items() if counts}


def _values(tables: Mapping[str, Counts], name: str) -> list[str]:
    return list(dict.fromkeys(value for of in tables.values() for value in of["columns"][name]["values"]))


def _share(of: Counts, name: str, values: Sequence[str]) -> np.ndarray:
    """The share of rows in each bin, or of each value; 0 of a value that does not occur."""
    column = of["columns"][name]
    if "edges" in column:
        return np.array(column["counts"]) / of["rows"]
    by_value = dict(zip(column["values"], column["counts"], strict=True))
    return np.array([by_value.get(value, 0) for value in values]) / of["rows"]


def _ticks(axis: Any, names: Sequence[str]) -> None:
    axis.grid(visible=False, axis="x")
    turned = {"rotation": 90, "fontsize": 6} if len(names) > 6 else {"rotation": 20, "fontsize": 7, "ha": "right"}
    axis.set_xticks(range(len(names)), [_short(name) for name in names], **(turned if len("".join(names)) > 20 else {}))


def _short(name: str, n: int = 18) -> str:
    return name if len(name) <= n else f"{name[: n - 1]}…"


if __name__ == "__main__":
    results = Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS
    if store.frame(results / "runs").empty:
        sys.exit(f"no runs yet: python run.py -m experiment={grid.BENCHMARK} makes them")
    draw(results / "runs", results / "figures")
    sys.stdout.write(f"figures are in {results / 'figures'}\n")
