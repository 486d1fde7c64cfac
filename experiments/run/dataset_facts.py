"""Facts about a dataset, for the paper's Table 1 and for figures. A run writes them once for its dataset."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from fairtab.datasets.description import PaperTable
from fairtab.table import Split, Table
from fairtab.task import Task


def describe(split: Split, paper: PaperTable | None) -> dict[str, Any]:
    """Describe a dataset: rows of each part, columns by role, shares of groups, and rates of positive labels if any.

    `paper` is the dataset in the paper's tables, or None if it is not there.
    """
    schema = split.schema
    parts = (split.train, split.validation, split.test)
    rows = {name: len(part) for name, part in zip(("train", "validation", "test"), parts, strict=True)}
    n_rows = sum(rows.values())
    is_binary = schema.task is Task.BINARY
    return {
        "rows": rows,
        "n_numerical": len(schema.numerical),
        "n_categorical": len(schema.categorical),
        "target": schema.outcome,
        **({"positive": str(schema.positive)} if is_binary else {"task": str(schema.task)}),
        "sensitive": list(schema.sensitive),
        **({"positive_rate": round(sum(int(part.y.sum()) for part in parts) / n_rows, 6)} if is_binary else {}),
        "groups": {name: _groups(parts, name, n_rows, is_binary) for name in schema.sensitive},
        "paper": paper and asdict(paper),
    }


def _groups(parts: tuple[Table, ...], name: str, n_rows: int, is_binary: bool) -> dict[str, dict[str, float]]:
    """Compute each group's share of all rows and its rate of positive labels. The largest group comes first."""
    rows: Counter[str] = Counter()
    positive: Counter[str] = Counter()
    for part in parts:
        groups = part.frame[name].astype(str)
        rows.update(groups)
        if is_binary:
            positive.update(groups[part.y == 1])
    return {
        group: {
            "share": round(n / n_rows, 6),
            **({"positive_rate": round(positive[group] / n, 6)} if is_binary else {}),
        }
        for group, n in sorted(rows.items(), key=lambda item: (-item[1], item[0]))
    }
