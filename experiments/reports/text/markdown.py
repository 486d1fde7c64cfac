"""Markdown tables, and the places in a document that reports fill."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from experiments.columns import DASH, mean_and_std


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column holds words, the others numbers."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def grouped(header: Sequence[str], lines: Iterable[tuple[str, str, Sequence[str]]]) -> str:
    """A table with a row above each group that names it: of a dataset in bold, and in brackets what of it.

    lines: of each the group, "adult (sex)", the first cell, and the others; those of a group one after another.
    """
    rows: list[Sequence[str]] = []
    for group, of in itertools.groupby(lines, key=lambda line: line[0]):
        dataset, what = group.split(" ", 1)
        rows.append([f"**{dataset}** {what}", *[""] * (len(header) - 1)])
        rows += [[first, *cells] for _, first, cells in of]
    return table(header, rows)


def means(runs: pd.DataFrame, digits: Mapping[str, int]) -> list[str]:
    """`mean_and_std` of some columns of the runs' frame; a dash for one that it has not. digits: by column."""
    return [mean_and_std(runs[name], n) if name in runs else DASH for name, n in digits.items()]


def numbers(values: Mapping[str, float], digits: Mapping[str, int]) -> list[str]:
    """Some of the values; a dash for one that is not among them. digits: by name."""
    return [f"{values[name]:.{n}f}" if name in values else DASH for name, n in digits.items()]


def fill(path: Path, name: str, text: str) -> None:
    """Put text between <!-- name --> and <!-- end --> in a document. Raises ValueError where it has no such place."""
    document, n = re.subn(
        rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", lambda m: m[1] + text + m[2], path.read_text(), flags=re.S
    )
    if n != 1:
        raise ValueError(f"{path}: expected one place <!-- {name} -->, found {n}")
    path.write_text(document)
