"""Gather the facts of a report, as JSON values."""

from __future__ import annotations

import itertools
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
from fairtab.table import Schema, Split, Table

if TYPE_CHECKING:
    from fairtab.front.wish import Wish
    from fairtab.goals.search import SearchResult

FORMAT = 1
INTERVAL = (0.025, 0.975)  # quantiles of the bootstrap: 95%
WORST_PAIRS = 10
SHOWN = ("utility/auc", "fairness/", "score", "utility/accuracy", "utility/positive_rate")
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
    left_out: Mapping[str, str] | None = None,
    n_dropped: int = 0,
    sha256: str | None = None,
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
    wish, found, rules
        What was asked for, what the search found, and what holds in every row.
    left_out
        By column that was not used, the reason.
    n_dropped
        How many rows were not used.
    sha256
        The checksum of the real table's file.

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
            "target": schema.target,
            "positive": str(schema.positive),
            "sensitive": list(schema.sensitive),
            "wish": None if wish is None else str(wish),
            "level": None if wish is None else wish.level,
            "bounds": {} if wish is None or wish.goal is None else wish.goal.bounds,
            "attributes": (
                [] if wish is None or wish.goal is None else list(wish.goal.resolve_attributes(schema.sensitive))
            ),
            "rules": list(rules),
            "met": None if found is None else found.met,
            "seed": seed,
        },
        "rows": {name: len(part) for name, part in parts.items()},
        "quality": _quality(evaluation, real, found),
        "groups": _groups(split, evaluation.judged, real, synthetic),
        "fidelity": {name: evaluation.metrics[f"fidelity/{name}"] for name in ("column_error", "pair_error")},
        "columns": _columns(synthetic, split),
        "marginals": counted,
        "pairs": _pairs(evaluation),
        "privacy": _privacy(evaluation),
        "search": None if found is None else _search(found, split),
        "notes": evaluation.notes,
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
    """Name bins of dates by dates, as the user's file writes them, and not by numbers."""
    columns = dict(counted["columns"])
    for name, form in schema.dates.items():
        if edges := columns[name].get("edges"):
            ends = form.write(pd.Series(edges)).astype(str)
            names = [f"{low} to {high}" for low, high in itertools.pairwise(ends)]
            more = [columns[name]["missing"]] if columns[name]["missing"] else []
            counts = [*columns[name]["counts"], *more]
            columns[name] = {"values": [*names, *([marginals.MISSING] if more else [])], "counts": counts}
    return {**counted, "columns": columns}


def _quality(evaluation: Evaluation, real: Judged, found: SearchResult | None) -> list[dict[str, Any]]:
    """List the metrics of classifiers with 95% intervals, for the synthetic and for the real table."""
    validation = found.reached if found else {}
    rows = []
    for name, value in evaluation.judged.metrics.items():
        if not name.startswith(SHOWN):
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
    if name not in replicates or replicates[name].isna().all():
        return None, None
    low, high = replicates[name].quantile(INTERVAL)
    return float(low), float(high)


def _groups(split: Split, judged: Judged, real: Judged, synthetic: Table) -> dict[str, list[dict[str, Any]]]:
    """Describe each group: its size and label, and how classifiers of both tables treat it on test rows."""
    sizes = {
        name: (_shares(split.train, name), _shares(synthetic, name))
        for name in groups_by_attribute(split.train.sensitive)
    }
    treated = {which: _treatment(one) for which, one in (("real", real), ("synthetic", judged))}
    n_test = {name: groups.value_counts() for name, groups in groups_by_attribute(split.test.sensitive).items()}
    rows: dict[str, list[dict[str, Any]]] = {}
    for name, (of_real, of_synthetic) in sizes.items():
        rows[name] = [
            {
                "group": str(group),
                "test_rows": int(n_test[name].get(group, 0)),
                "share": {"real": of_real["share"][group], "synthetic": _get(of_synthetic["share"], group, 0.0)},
                "label": {"real": of_real["label"][group], "synthetic": _get(of_synthetic["label"], group)},
                **{
                    rate: {which: _get(treated[which][name][rate], group) for which in treated}
                    for rate in ("selected", "true_positive", "false_positive")
                },
            }
            for group in of_real.sort_values("share", ascending=False).index
        ]
    return rows


def _shares(table: Table, attribute: str) -> pd.DataFrame:
    """Return each group's share of the rows, and its share of positive labels."""
    groups = groups_by_attribute(table.sensitive)[attribute].to_numpy()
    by_group = pd.Series(table.y).groupby(groups, observed=True)
    return pd.DataFrame({"share": by_group.size() / len(table), "label": by_group.mean()})


def _treatment(judged: Judged) -> dict[str, pd.DataFrame]:
    """Return by attribute, for each group: how often it is selected, and its true and false positive rates."""
    of = judged.predictions
    rates = {}
    for name, groups in groups_by_attribute(of.sensitive).items():
        rows = pd.DataFrame({"group": groups.to_numpy(), "y": of.y_true, "selected": of.y_pred})
        by_label = rows.groupby(["y", "group"])["selected"].mean()
        rates[name] = pd.DataFrame(
            {
                "selected": rows.groupby("group")["selected"].mean(),
                "true_positive": by_label.get(1, pd.Series(dtype=float)),
                "false_positive": by_label.get(0, pd.Series(dtype=float)),
            }
        )
    return rates


def _get(column: pd.Series, group: Any, default: float | None = None) -> float | None:
    return float(column[group]) if group in column.index else default


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


def _pairs(evaluation: Evaluation) -> list[dict[str, Any]]:
    """List the pairs of columns that differ most."""
    errors = evaluation.tables.pair_errors.items()
    worst = sorted((item for item in errors if not math.isnan(item[1])), key=lambda item: (-item[1], item[0]))
    return [{"columns": list(pair), "error": error} for pair, error in worst[:WORST_PAIRS]]


def _privacy(evaluation: Evaluation) -> dict[str, Any]:
    """Describe how close synthetic rows are to training rows, over all and for each group."""
    tables = evaluation.tables
    closer = privacy.closer_to_train(tables.distances)
    drawn = groups_by_attribute(tables.synthetic_sample.sensitive)
    by_group = {
        name: [
            {
                "group": str(group),
                "rows": int((groups == group).sum()),
                "exact_copies": float(tables.copies[(groups == group).to_numpy()].mean()),
                "dcr": _mean(closer[(drawn[name] == group).to_numpy()]),
            }
            for group in groups.value_counts().index
        ]
        for name, groups in groups_by_attribute(tables.synthetic.sensitive).items()
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
    kept = [name for name in found.candidates if name.startswith(("utility/auc", "fairness/"))]
    return {
        "candidates": found.candidates[[*kept, "met", "chosen"]].to_dict("list"),
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
