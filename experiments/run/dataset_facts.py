"""What tables and figures say of a real table, noted once by a run: the paper's Table 1, and group rates."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fairtab.datasets.description import PaperTable
from fairtab.table import Split, Table


def describe(split: Split, paper: PaperTable | None) -> dict[str, Any]:
    """Rows of each part; columns by role; how frequent each group is, and how frequent the positive label in it.

    paper: the dataset in the paper's tables; None if it is not there.
    """
    schema = split.schema
    parts = (split.train, split.validation, split.test)
    rows = {name: len(part) for name, part in zip(("train", "validation", "test"), parts, strict=True)}
    n_rows = sum(rows.values())
    return {
        "rows": rows,
        "n_numerical": len(schema.numerical),
        "n_categorical": len(schema.categorical),
        "target": schema.target,
        "positive": str(schema.positive),
        "sensitive": list(schema.sensitive),
        "positive_rate": round(sum(int(part.y.sum()) for part in parts) / n_rows, 6),
        "groups": {name: _groups(parts, name, n_rows) for name in schema.sensitive},
        "paper": paper and asdict(paper),
    }


def _groups(parts: tuple[Table, ...], name: str, n_rows: int) -> dict[str, dict[str, float]]:
    """Each group's share of all rows, and the share of positive labels in it; the largest group first."""
    rows: dict[str, int] = {}
    positive: dict[str, int] = {}
    for part in parts:
        for group, label in zip(part.frame[name].astype(str), part.y.tolist(), strict=True):
            rows[group] = rows.get(group, 0) + 1
            positive[group] = positive.get(group, 0) + label
    return {
        group: {"share": round(n / n_rows, 6), "positive_rate": round(positive[group] / n, 6)}
        for group, n in sorted(rows.items(), key=lambda item: (-item[1], item[0]))
    }
