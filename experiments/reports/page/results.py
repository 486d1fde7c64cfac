"""Other files of a results folder as HTML: tables (CSV) and figures (SVG or PNG) of any name."""

from __future__ import annotations

import base64
import csv
import re
from collections.abc import Collection
from pathlib import Path

from markupsafe import Markup

from experiments.reports.page.tables import plain

NUMBER = re.compile(r"[-+]?\d*\.\d{4,}(e[-+]?\d+)?")  # a number with more digits than a reader wants
KINDS = {".svg": "image/svg+xml", ".png": "image/png"}
SHOWN = {  # by the first word of a figure's name
    "columns": "The distribution of each column in the real table and in FairTab's at levels 0 and 10",
    "epsilon": "Metrics of private fits against epsilon, a line for each method and level",
    "fairer": "AUC against DPR and EOR, a point for each way to make a classifier fairer",
    "gains": "AUC against DPR and EOR, a point for each method, and the line of those that none beats in both",
    "goals": "AUC against DPR and EOR, of the joints that were searched, and of what each goal and level gave",
    "groups": "Shares of rows by group and label, in the real table and in those of fair methods",
    "levels": "AUC, DPR, EOR and SCORE against the balancing level, the best SCORE marked",
    "missing": "AUC, SCORE and column error against the share of missing values, a line for each method",
    "rows": "AUC, DPR, EOR and SCORE against the number of synthetic rows, a line for each table",
    "shares": "The share of each group in the real table and in each method's",
    "threeway": "AUC against DPR of each method on each dataset, with the DCR as the colour",
}


def tables(folder: Path, known: Collection[str]) -> dict[str, Markup]:
    """Every CSV file of a folder as a table, by name. Files whose names are known are left out."""
    return {path.stem: csv_table(path) for path in sorted(folder.glob("*.csv")) if path.stem not in known}


def csv_table(path: Path) -> Markup:
    with path.open(newline="") as file:
        lines = [line for line in csv.reader(file) if line]
    n = _n_header_rows(lines)
    header = [", ".join(dict.fromkeys(filter(None, parts))) for parts in zip(*lines[:n], strict=True)] if n else []
    rows = [[shown(cell) for cell in line] for line in lines[n:]]
    return plain(path.stem, words(path.stem), header, rows)


def figures(folder: Path) -> list[tuple[str, str, str]]:
    """Name, description and source of every figure of a folder. If there are SVG and PNG, the smaller is taken.

    A source is an image of its own, not a part of the page: its ids cannot clash with others, and no script in it runs.
    """
    stems: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*")):
        if path.suffix in KINDS:
            stems.setdefault(path.stem, []).append(path)
    smallest = (min(paths, key=lambda path: path.stat().st_size) for paths in stems.values())
    return [
        (
            words(path.stem),
            described(path.stem),
            f"data:{KINDS[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}",
        )
        for path in smallest
    ]


def described(stem: str) -> str:
    """What a figure shows, in a sentence for who does not see it."""
    kind, _, dataset = stem.partition("-")
    if kind not in SHOWN:
        return f"figure: {words(stem)}"
    return f"{SHOWN[kind]}{f', on {dataset}' if dataset else ''}."


def shown(cell: str) -> str:
    """Shorten a number that has more than three decimals."""
    if not NUMBER.fullmatch(cell):
        return cell
    value = float(cell)
    return f"{value:g}" if value == int(value) else f"{value:,.3f}" if abs(value) >= 0.0005 else f"{value:.2g}"


def words(stem: str) -> str:
    """A file's name for people: "auc-dpr_adult" is "auc dpr adult"."""
    return re.sub(r"[-_]+", " ", stem)


def _n_header_rows(lines: list[list[str]]) -> int:
    """How many lines are a header.

    pandas writes each level of columns as a line that begins empty, and then a line of the index's names alone.
    """
    n = 0
    while n < len(lines) and not lines[n][0] and not any(cell[:1].isdigit() for cell in lines[n]):
        n += 1
    has_names = n > 1 and n < len(lines) and lines[n][0] and not any(lines[n][_n_empty(lines[0]) :])
    return n + bool(has_names) if n else min(1, len(lines))


def _n_empty(line: list[str]) -> int:
    return next((i for i, cell in enumerate(line) if cell), len(line))
