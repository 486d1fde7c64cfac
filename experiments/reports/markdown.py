"""Markdown tables, and the places in a document that reports fill."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column holds words, the others numbers."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def mean_and_std(values: pd.Series, digits: int = 3) -> str:
    """Over seeds; the mean alone where there is one seed, a dash where there is none."""
    values = values.dropna().astype(float)
    if values.empty:
        return "-"
    spread = f" ± {values.std():.{digits}f}" if len(values) > 1 else ""
    return f"{values.mean():,.{digits}f}{spread}"


def fill(path: Path, name: str, text: str) -> None:
    """Put text between <!-- name --> and <!-- end --> in a document. Raises ValueError where it has no such place."""
    document, n = re.subn(
        rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", lambda m: m[1] + text + m[2], path.read_text(), flags=re.S
    )
    if n != 1:
        raise ValueError(f"{path}: expected one place <!-- {name} -->, found {n}")
    path.write_text(document)
