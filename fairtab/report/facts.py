"""Gather the facts of a report, as JSON values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fairtab import marginals
from fairtab.joint import Joint
from fairtab.metrics import fidelity, privacy
from fairtab.metrics.catalogue import split_name
from fairtab.metrics.evaluate import Evaluation, Judged
from fairtab.metrics.fairness import groups_by_attribute
from fairtab.report import attacks, groups
from fairtab.report.intervals import interval
from fairtab.report.limits import limits
from fairtab.report.pairs import crossed
from fairtab.report.searched import searched
from fairtab.table import Schema, Split, Table

if TYPE_CHECKING:
    from fairtab.front.wish import Wish
    from fairtab.goals.search import SearchResult

FORMAT = 1
WORST_PAIRS = 10
HIDDEN = ("utility/balanced_accuracy", "utility/f1")  # of a report, which has numbers enough
PACKAGES = ("fairtab", "torch", "catboost", "fairlearn", "pandas", "numpy")
MIN_ROWS = 2  # what one row alone has is that row's


def gather(
    split: Split,
    evaluation: Evaluation,
    real: Judged,
    *,
    seed: int,
    wish: Wish | None = None,
    found: SearchResult | None = None,
    rules: Sequence[str] = (),
    where: str | None = None,
    ledger: Mapping[str, Any] | None = None,
    left_out: Mapping[str, str] | None = None,
    n_dropped: int = 0,
    sha256: str | None = None,
    n_learned: int | None = None,
    judge: str = "CatBoost",
) -> dict[str, Any]:
    """Gather all facts.

    Parameters
    ----------
    split
        The real table.
    evaluation
        Of the synthetic table.
    real
        What a classifier that was trained on the real table says of the same test rows.
    seed
        The seed that made the table, or that judged it.
    wish, found, rules, where
        What was asked for, what the search found, what holds in every row, and which rows were asked for.
    ledger
        What a private fit has spent, as `fairtab.privacy.ledger.Ledger.to_dict` says it.
    left_out
        By column that was not used, the reason.
    n_dropped
        How many rows were not used.
    sha256
        The checksum of the real table's file.
    n_learned
        How many rows the generator learned from, by default those of `split.train`.
    judge
        The name of the classifier that was trained on both tables.

    Returns
    -------
    dict
        JSON values: no nan, no NumPy types.

    Examples
    --------
    >>> from fairtab.metrics.evaluate import evaluate
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(20, 60), "sex": ["F", "M"] * 20, "paid": [0] * 20 + [1] * 20})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> split = Split(table, table, table)
    >>> evaluation = evaluate(table, split, seed=0, classifier={"iterations": 10})
    >>> facts = gather(split, evaluation, evaluation.judged, seed=0)
    >>> facts["rows"]["synthetic"], facts["columns"][0]["error"]
    (40, 0.0)
    """
    tables, schema = evaluation.tables, split.schema
    synthetic = tables.synthetic
    bins = marginals.bins(split.train, min_rows=MIN_ROWS)
    parts = {"train": split.train, "validation": split.validation, "test": split.test, "synthetic": synthetic}
    counted = {
        "real": _with_dates(marginals.counts(split.train, bins), schema),
        "synthetic": _with_dates(marginals.counts(synthetic, bins), schema),
    }
    facts = {
        "format": FORMAT,
        "asked": {
            "target": schema.outcome,
            "task": str(schema.task),
            "positive": None if schema.positive is None else str(schema.positive),
            "sensitive": list(schema.sensitive),
            "wish": None if wish is None else str(wish),
            "level": None if wish is None else wish.level,
            "bounds": {} if wish is None or wish.goal is None else wish.goal.bounds,
            "attributes": (
                [] if wish is None or wish.goal is None else list(wish.goal.resolve_attributes(schema.sensitive))
            ),
            "rules": list(rules),
            "where": where,
            "met": None if found is None else found.met,
            "seed": seed,
        },
        "rows": {name: len(part) for name, part in parts.items()},
        "learned_from": len(split.train) if n_learned is None else n_learned,
        "judge": judge,
        "quality": _quality(evaluation, real, found),
        "groups": groups.described(split, evaluation.judged, real, synthetic),
        "class_parity": groups.class_parities(evaluation.judged, real),
        "fidelity": {name: evaluation.metrics[f"fidelity/{name}"] for name in ("column_error", "pair_error")},
        "columns": _columns(synthetic, split),
        "marginals": counted,
        "pairs": _pairs(evaluation, split.train, bins),
        "privacy": _privacy(evaluation),
        "guarantee": None if ledger is None else dict(ledger),
        "attacks": attacks.described(evaluation.attacked) if evaluation.attacked else None,
        "search": None if found is None else _search(found, split),
        "notes": [*evaluation.notes, *limits(synthetic, split)],
        "read": {
            "numerical": list(schema.numerical),
            "categorical": list(schema.categorical),
            "left_out": dict(left_out or {}),
            "n_dropped": n_dropped,
        },
        "sha256": sha256,
        "command": None,
        "versions": {name: metadata.version(name) for name in PACKAGES},
    }
    return _plain(facts)


def _with_dates(counted: dict[str, Any], schema: Schema) -> dict[str, Any]:
    """Name dates and bins of dates as the user's file writes them, and not by numbers."""
    columns = dict(counted["columns"])
    for name, form in schema.dates.items():
        if values := columns[name].get("values"):
            columns[name] = {**columns[name], "values": marginals.date_names(values, form)}
        elif edges := columns[name].get("edges"):
            names = marginals.bin_names(edges, form)
            more = [columns[name]["missing"]] if columns[name]["missing"] else []
            counts = [*columns[name]["counts"], *more]
            columns[name] = {"values": [*names, *([marginals.MISSING] if more else [])], "counts": counts}
    return {**counted, "columns": columns}


def _quality(evaluation: Evaluation, real: Judged, found: SearchResult | None) -> list[dict[str, Any]]:
    """List the metrics of classifiers with 95% intervals, for the synthetic and for the real table."""
    validation = searched(found)[0] if found else {}
    scores = [name for name in evaluation.judged.metrics if name.startswith("score/")]
    hidden = {*HIDDEN, *(scores if len(scores) == 1 else ())}  # of one attribute, SCORE is the mean over attributes
    rows = []
    for name, value in evaluation.judged.metrics.items():
        if name in hidden:
            continue
        metric, attribute = split_name(name)
        low, high = _interval(evaluation.judged.replicates, name)
        real_low, real_high = _interval(real.replicates, name)
        rows.append(
            {
                "name": name,
                "label": f"{metric.label} {attribute}".strip(),
                "validation": validation.get(name),
                "test": value,
                "low": low,
                "high": high,
                "real": real.metrics[name],
                "real_low": real_low,
                "real_high": real_high,
            }
        )
    return rows


def _interval(replicates: pd.DataFrame, name: str) -> tuple[float | None, float | None]:
    return interval(replicates[name].to_numpy(dtype=float)) if name in replicates else (None, None)


def _columns(synthetic: Table, split: Split) -> list[dict[str, Any]]:
    """List the columns with their errors, largest first, and the error that test rows have by chance."""
    errors = fidelity.column_errors(synthetic, split.test)
    by_chance = fidelity.column_errors(split.train, split.test)
    numerical = split.schema.numerical
    ordered = sorted(errors, key=lambda name: (-errors[name], name))
    return [
        {
            "name": name,
            "kind": "numerical" if name in numerical else "categorical",
            "error": errors[name],
            "by_chance": by_chance[name],
        }
        for name in ordered
    ]


def _pairs(evaluation: Evaluation, train: Table, bins: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the pairs of columns that differ most, with the rows of both tables by both columns."""
    synthetic, errors = evaluation.tables.synthetic, evaluation.tables.pair_errors.items()
    worst = sorted((item for item in errors if not math.isnan(item[1])), key=lambda item: (-item[1], item[0]))
    return [
        {"columns": list(pair), "error": error, **crossed(pair, train, synthetic, bins, min_rows=MIN_ROWS)}
        for pair, error in worst[:WORST_PAIRS]
    ]


def _privacy(evaluation: Evaluation) -> dict[str, Any]:
    """Describe how close synthetic rows are to training rows, over all and for each group."""
    tables = evaluation.tables
    closer = privacy.closer_to_train(tables.distances)
    drawn = groups_by_attribute(tables.synthetic_sample.sensitive)
    by_group = {
        name: [
            {
                "group": str(group),
                "rows": int((members == group).sum()),
                "exact_copies": float(tables.copies[(members == group).to_numpy()].mean()),
                "dcr": _mean(closer[(drawn[name] == group).to_numpy()]),
            }
            for group in members.value_counts().index
        ]
        for name, members in groups_by_attribute(tables.synthetic.sensitive).items()
    }
    values = {
        name.partition("/")[2]: value for name, value in evaluation.metrics.items() if name.startswith("privacy/")
    }
    return {**values, "n_copies": int(tables.copies.sum()), "groups": by_group}


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def _search(found: SearchResult, split: Split) -> dict[str, Any]:
    """Describe what the search saw, and what it changed: p(positive | group)."""
    own = Joint.from_table(split.train)
    _, candidates = searched(found)
    kept = [name for name in candidates if name.startswith(("utility/auc", "fairness/"))]
    return {
        "measured_on": found.measured_on,
        "uncompared": list(found.uncompared),
        "candidates": candidates[[*kept, "met", "chosen"]].to_dict("list"),
        "selection_rate_of_real": found.selection_rate,
        "label_rates": own.rates_beside(found.joint, split.schema.positive),
    }


def _plain(value: Any) -> Any:
    """Return JSON values: NumPy's numbers become Python's, and nan becomes None."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
