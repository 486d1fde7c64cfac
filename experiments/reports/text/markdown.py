"""Markdown tables, and the blocks of documents that reports fill."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from experiments.columns import DASH, mean_and_std


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table. The first column has words, the others have numbers."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def grouped(header: Sequence[str], lines: Iterable[tuple[str, str, Sequence[str]]]) -> str:
    """Write a table with a heading row above each group of lines, such as "**adult** (sex)".

    Parameters
    ----------
    header : sequence of str
        The header of the table.
    lines : iterable of tuple
        For each line its group, for example "adult (sex)", its first cell, and its other cells. Lines of a group follow
        one another.
    """
    rows: list[Sequence[str]] = []
    for group, members in itertools.groupby(lines, key=lambda line: line[0]):
        dataset, what = group.split(" ", 1)
        rows.append([f"**{dataset}** {what}", *[""] * (len(header) - 1)])
        rows += [[first, *cells] for _, first, cells in members]
    return table(header, rows)


def means(runs: pd.DataFrame, digits: Mapping[str, int]) -> list[str]:
    """Write `mean_and_std` of columns of the runs' frame, with these digits. A missing column gives a dash."""
    return [mean_and_std(runs[name], n) if name in runs else DASH for name, n in digits.items()]


def numbers(values: Mapping[str, float], digits: Mapping[str, int]) -> list[str]:
    """Write values with these digits. A missing value gives a dash."""
    return [f"{values[name]:.{n}f}" if name in values else DASH for name, n in digits.items()]


def fill(path: Path, name: str, text: str) -> None:
    """Put text between <!-- name --> and <!-- end --> in a document.

    Raises ValueError if the document does not have exactly one such block.
    """
    document, n = re.subn(
        rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", lambda m: m[1] + text + m[2], path.read_text(), flags=re.S
    )
    if n != 1:
        raise ValueError(f"{path}: expected one block <!-- {name} -->, found {n}")
    path.write_text(document)
