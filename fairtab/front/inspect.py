"""Inspect a table before anything is made of it: how it is read, what is unbalanced, what will be hard."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from fairtab.datasets.description import DatasetDescription
from fairtab.datasets.loading import Columns, check_classes, understand
from fairtab.datasets.looks import look_of
from fairtab.datasets.preparation import meant
from fairtab.errors import InputError
from fairtab.front.own import Source, check_left_out, names, read_frame
from fairtab.table import check_numerical
from fairtab.task import Task
from fairtab.words import first

SMALL_CELL = 30  # rows; as FairTab's own warning, but of all rows
FEW_ROWS = 2000
MANY_VALUES = 100
SHOWN = 20  # groups, labels and cells; the rest are counted
RARE = 0.05  # a smaller share of the less frequent label is rare


@dataclass(frozen=True)
class Inspection:
    """What a table looks like to FairTab.

    Parameters
    ----------
    facts
        JSON values: rows, columns with kind and number of values, left_out, labels, groups, small_cells, hints.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [30, 40] * 40, "paid": [0, 0, 0, 1] * 20})
    >>> print(inspect(frame, target="paid"))
    80 rows
    numerical: age (2 values)
    categorical: none
    paid: 0 60, 1 20
    - 80 rows are few: half of them train the model, which may remember rows. Look at the report's section on privacy.
    """

    facts: dict[str, Any]

    def __str__(self) -> str:
        return "\n".join(_lines(self.facts))


def inspect(
    source: Source,
    *,
    target: str,
    positive: Hashable | None = None,
    sensitive: str | Iterable[str] = (),
    **options: Any,
) -> Inspection:
    """Say how a table is read, what is unbalanced in it, and what will be hard.

    Parameters
    ----------
    source
        A CSV or Parquet file, or a DataFrame.
    target, positive
        The label's column, and its favourable value. Without `positive`, the less frequent one of two values is
        counted.
    sensitive
        Columns of groups, if some are known.
    **options
        How to read the source: task, groups, numerical, categorical, leave_out, missing, derive
        (`DatasetDescription`).

    Returns
    -------
    Inspection
        Its text is for people, its `facts` are for programs.

    Raises
    ------
    InputError
        The table cannot be read, or lacks a column that is named.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [30, 40] * 40, "sex": ["f", "m"] * 40, "paid": [0, 0, 0, 1] * 20, "same": 1})
    >>> found = inspect(frame, target="paid", sensitive="sex")
    >>> found.facts["left_out"], found.facts["groups"]["sex"]["m"]
    ({'same': 'constant'}, {'rows': 40, 'positive': 0.5})
    """
    given = names(sensitive)
    entries = {"name": "table", "file": "", "target": target, "positive": positive, "sensitive": given or [target]}
    description = DatasetDescription.from_mapping({**entries, **options, "infer": True})
    frame = read_frame(source, description.missing.marker)
    if target in given or len({*given}) < len(given):
        raise InputError(f"sensitive: expected other columns than {target}, each once, got {', '.join(given)}")
    check_left_out(frame, description)
    columns = understand(frame, replace(description, sensitive=tuple(given)))
    found, known = columns.description, columns.frame
    if found.missing.policy == "drop":
        known = known.dropna(subset=[*found.numerical, *found.categorical, found.target, *found.sensitive])
    for name in found.numerical:
        check_numerical(known[name])
    if known.empty:
        raise InputError("no row has a value in every column that is needed: the label, the groups")
    labels = known[found.target].value_counts()
    if found.task is Task.CLASSES:
        check_classes(found.target, len(labels))
    value, outcomes = _outcomes(columns, positive)
    kinds = dict.fromkeys(found.numerical, "numerical") | dict.fromkeys(found.categorical, "categorical")
    kinds |= {name: "date" for name in found.numerical if name in columns.dates}
    facts: dict[str, Any] = {
        "rows": len(known),
        "rows_left_out": len(frame) - len(known),
        "columns": {
            name: {
                "kind": kind,
                "values": int(known[name].nunique()),
                "missing": round(float(known[name].isna().mean()), 4),
            }
            for name, kind in kinds.items()
        },
        "left_out": columns.left_out,
        "target": found.target,
        "task": str(found.task),
        "outcome": columns.groups[-1].column if found.task is Task.REGRESSION else found.target,
        "positive": value,
        "labels": {str(label): int(n) for label, n in labels.items()},
        "groups": {name: _groups(known[name], outcomes) for name in found.sensitive},
        "small_cells": _small_cells(known, found.target, found.sensitive),
    }
    return Inspection({**facts, "hints": _hints(facts, known, is_named=positive is not None)})


def _outcomes(columns: Columns, positive: Hashable | None) -> tuple[str | None, pd.DataFrame]:
    """Return the favourable value if there is one, and what groups are compared by: numbers of each row."""
    known, found = columns.frame, columns.description
    label = known[found.target]
    if found.task is Task.REGRESSION:
        return None, known[[columns.groups[-1].column]]
    if found.task is Task.CLASSES:
        return None, pd.get_dummies(label.astype(str))
    labels = label.value_counts()
    value = labels.index[-1] if positive is None else meant(positive, labels.index.tolist())
    if value not in labels.index:
        shown = ", ".join(map(str, labels.index)) if len(labels) <= MANY_VALUES // 10 else f"{len(labels)} values"
        raise InputError(f"target {found.target!r}: expected {positive!r} as one of its values, got {shown}")
    return str(value), pd.DataFrame({"positive": label == value})


def _groups(column: pd.Series, outcomes: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return the rows of each group, and the mean of each outcome."""
    by_group = outcomes.groupby(column, observed=True)
    sizes, means = by_group.size().sort_values(ascending=False), by_group.mean()
    return {
        str(group): {
            "rows": int(n),
            **{_mean_of(name): round(float(mean), 4) for name, mean in means.loc[group].items()},
        }
        for group, n in sizes.items()
        if n > 1 or "positive" in outcomes  # the mean of one row is that row's number
    }


def _mean_of(outcome: Hashable) -> str:
    return "rows (label)" if outcome == "rows" else str(outcome)  # "rows" is how many there are


def _small_cells(frame: pd.DataFrame, target: str, sensitive: Iterable[str]) -> list[dict[str, Any]]:
    """List combinations of label and groups that have few rows."""
    conditions = [target, *sensitive]
    if len(conditions) == 1:
        return []
    values = [sorted(frame[name].unique(), key=str) for name in conditions]
    counts = frame.groupby(conditions, observed=True).size()
    counts = counts.reindex(pd.MultiIndex.from_product(values, names=conditions), fill_value=0)
    few = counts[counts < SMALL_CELL].sort_values()
    return [{"cell": dict(zip(conditions, map(str, cell), strict=True)), "rows": int(n)} for cell, n in few.items()]


def _hints(facts: dict[str, Any], known: pd.DataFrame, *, is_named: bool) -> list[str]:
    """Say what will be hard, and what helps. `is_named`: whether the favourable label was named."""
    hints = []
    if facts["task"] == Task.BINARY and len(facts["labels"]) != 2:
        why = "a positive value needs a label of two" if is_named else "task binary needs two"
        counted = f"{facts['target']} has {len(facts['labels'])} values"
        hints.append(f"{counted}: {why}. Leave it out, or make a column of two values first.")
    elif facts["task"] == Task.BINARY and facts["groups"] and not is_named:
        hints.append(f"{facts['positive']} is counted, the rarer label. Name the favourable one as positive.")
    if facts["task"] != Task.BINARY:
        hints.append("A goal (dpr, eor, auc, score) needs a label of two values. Ask for a level.")
    if (rare := min(facts["labels"].values()) / facts["rows"]) < RARE:
        uncertain = "EOR and AUC" if facts["task"] == Task.BINARY else "what is said of it"
        hints.append(f"The less frequent label has {rare:.1%} of the rows: {uncertain} will be uncertain.")
    if facts["rows"] < FEW_ROWS:
        hints.append(
            f"{facts['rows']:,} rows are few: half of them train the model, which may remember rows. "
            "Look at the report's section on privacy."
        )
    if facts["small_cells"]:
        hints.append(
            f"{len(facts['small_cells'])} combinations of label and groups have fewer than {SMALL_CELL} rows. "
            "Few rows teach little: join groups, or name fewer sensitive columns."
        )
    many = [name for name, column in facts["columns"].items() if _has_many(column)]
    if many:
        hints.append(
            f"Columns with more than {MANY_VALUES} categories: {', '.join(many)}. Rare ones are hard to learn."
        )
    looks = {name: look_of(known[name]) for name in facts["columns"] if facts["columns"][name]["kind"] == "categorical"}
    if said := [f"{name} ({look})" for name, look in looks.items() if look]:
        hints.append(
            f"Categories because of how they are written: {', '.join(said)}. Plain numbers would be numerical."
        )
    gaps = [name for name, column in facts["columns"].items() if column["missing"] > 0]
    if gaps:
        hints.append(f"Missing values, which are kept as one more value: {', '.join(gaps)}.")
    hints += [_widest_gap(name, groups, facts) for name, groups in facts["groups"].items() if len(groups) > 1]
    return hints


def _widest_gap(name: str, groups: dict[str, dict[str, Any]], facts: dict[str, Any]) -> str:
    """Say between which groups an outcome differs most."""
    means = pd.DataFrame(groups).iloc[1:]  # the first line is the number of rows; [outcomes, groups]
    outcome = (means.max(axis=1) - means.min(axis=1)).idxmax()
    low, high = means.loc[outcome].idxmin(), means.loc[outcome].idxmax()
    a, b = means.loc[outcome, [low, high]]
    if facts["task"] == Task.REGRESSION:
        return f"{name}: the mean of {outcome} is {_plain(a)} for {low} and {_plain(b)} for {high}."
    label = facts["positive"] or outcome
    if low == high:
        return f"{name}: {facts['target']} is {label} for {a:.1%} of every group."
    return f"{name}: {facts['target']} is {label} for {a:.1%} of {low} and for {b:.1%} of {high}."


def _plain(mean: float) -> str:
    return f"{mean:,.0f}" if abs(mean) >= 1000 else f"{mean:.4g}"


def _has_many(column: dict[str, Any]) -> bool:
    return bool(column["kind"] == "categorical" and column["values"] > MANY_VALUES)


def _lines(facts: dict[str, Any]) -> list[str]:
    lines = [f"{facts['rows']:,} rows"]
    if facts["rows_left_out"]:
        lines[0] += f" ({facts['rows_left_out']:,} more lack a value that every row needs)"
    for kind in ("numerical", "date", "categorical"):
        of_kind = {name: column for name, column in facts["columns"].items() if column["kind"] == kind}
        listed = ", ".join(f"{name} ({column['values']:,} values)" for name, column in of_kind.items())
        if listed or kind != "date":
            lines.append(f"{kind}: {listed or 'none'}")
    if facts["left_out"]:
        lines.append("left out: " + ", ".join(f"{name} ({reason})" for name, reason in facts["left_out"].items()))
    if facts["task"] != Task.BINARY:
        lines.append(f"task: {facts['task']} of {facts['outcome']}")
    lines.append(f"{facts['target']}: " + ", ".join(first([f"{at} {n:,}" for at, n in facts["labels"].items()], SHOWN)))
    for name, groups in facts["groups"].items():
        counted = [f"{group} {of['rows']:,}{_share(facts, of)}" for group, of in groups.items()]
        lines.append(f"{name}, rows{_of(facts)}: {', '.join(first(counted, SHOWN))}")
    small = [
        f"{', '.join(f'{name} {value}' for name, value in cell['cell'].items())}: {cell['rows']} rows"
        for cell in facts["small_cells"]
    ]
    lines += [f"small cell: {cell}" for cell in first(small, SHOWN)]
    return [*lines, *(f"- {hint}" for hint in facts["hints"])]


def _of(facts: dict[str, Any]) -> str:
    return f" (of them {facts['positive']})" if facts["positive"] else ""


def _share(facts: dict[str, Any], group: dict[str, Any]) -> str:
    return f" ({group['positive']:.1%})" if facts["positive"] else ""
