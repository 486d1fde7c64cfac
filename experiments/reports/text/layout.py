"""A results table: its columns and rows, and its text as Markdown and CSV."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from experiments.reports.model.values import Value
from experiments.reports.text import markdown
from experiments.reports.text.cells import Column, beside, number, place_of

MEAN = "mean"  # instead of a dataset


@dataclass(frozen=True)
class Table:
    """A results table.

    Parameters
    ----------
    name : str
        The name of its files.
    title : str
        Its heading.
    columns : list of Column
        Its columns.
    rows : sequence
        For each row its label, and for each column a value or words ("" if there is nothing to say).
    notes : tuple of str
        Lines below the table.
    row : str
        What a row stands for.
    """

    name: str
    title: str
    columns: list[Column]
    rows: Sequence[tuple[str, Sequence[Value | str]]]
    notes: tuple[str, ...] = ()
    row: str = "method"

    def missing(self) -> list[str]:
        """List, in words, the cells of the benchmark that no run has measured."""
        return [
            f"{self.name}: {row}, {column.label}: {value.measured} of {value.asked} seeds"
            for row, values in self.rows
            for column, value in zip(self.columns, values, strict=True)
            if isinstance(value, Value) and value.measured < value.asked and column.dataset != MEAN
        ]

    def to_markdown(self) -> str:
        """Write the table in Markdown, with heading and notes."""
        marks = {0: "{}", 1: "**{}**", 2: "<u>{}</u>"}
        rows = [
            [
                _escaped(label),
                *(marks[place_of(v)].format(_escaped(number(v, c))) + beside(v, c) for v, c in self.cells(values)),
            ]
            for label, values in self.rows
        ]
        body = markdown.table(["", *(_escaped(column.label) for column in self.columns)], rows)
        return f"### {self.title}\n\n{body}\n" + "".join(f"{note}\n" for note in self.notes)

    def groups(self) -> list[tuple[str, int]]:
        """List each metric with the number of its columns. The list is empty if columns are not by dataset."""
        if not any(column.dataset for column in self.columns):
            return []
        metrics = itertools.groupby(column.metric for column in self.columns)
        return [(metric, len(list(group))) for metric, group in metrics]

    def to_csv(self) -> str:
        """Write the cells as CSV, one line for each, unrounded."""
        records = [
            {"row": label, "metric": column.metric, "dataset": column.dataset, **_record(value)}
            for label, values in self.rows
            for value, column in self.cells(values)
        ]
        text = io.StringIO()
        pd.DataFrame(records).to_csv(text, index=False, float_format="%.6g", lineterminator="\n")
        return text.getvalue()

    def cells(self, values: Sequence[Value | str]) -> list[tuple[Value | str, Column]]:
        """Pair the values of a row with the columns."""
        return list(zip(values, self.columns, strict=True))


def _record(value: Value | str) -> dict[str, object]:
    if isinstance(value, str):
        return {"value": value}
    published, spread = value.published or (None, None)
    return {
        "value": None if value.mean is None else f"{value.mean:.6g}",
        "std": value.std,
        "n": value.n,
        "published": published,
        "published_std": spread,
        "difference": value.difference,
        "place": value.place or None,
    }


def _escaped(text: str) -> str:
    return text.replace("|", r"\|").replace("*", r"\*").replace("<", "&lt;")
