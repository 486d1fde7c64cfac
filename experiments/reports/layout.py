"""A results table as Markdown, LaTeX and CSV."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from experiments.reports import markdown
from experiments.reports.values import Value

DASH = "-"
MEAN = "mean"  # in place of a dataset
LATEX = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "$": r"\$", "↑": r"$\uparrow$", "↓": r"$\downarrow$"}
LATEX |= {"→": r"$\to$", "±": r"$\pm$", "†": r"$^\dagger$", ">": r"$>$", "<": r"$<$", "*": r"$\times$"}
LATEX |= {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "^": r"\^{}", "~": r"\textasciitilde{}", "|": r"$|$"}
NEGATIVE = re.compile(r"-(?=\d)")
HOW_TO_INPUT = r"\usepackage{booktabs}; one wider than the page also graphicx: \resizebox{\textwidth}{!}{\input{%s}}"
LONG = 40  # characters of a cell that LaTeX has to break into lines


@dataclass(frozen=True)
class Column:
    metric: str  # in words
    dataset: str = ""
    digits: int = 3
    goal: str | float | None = None

    @property
    def label(self) -> str:
        return " ".join(word for word in (self.metric, self.dataset) if word)


@dataclass(frozen=True)
class Table:
    """rows: a label, and for each column a value, or words; "" where there is nothing to say."""

    name: str  # of its files
    title: str
    columns: list[Column]
    rows: Sequence[tuple[str, Sequence[Value | str]]]
    notes: tuple[str, ...] = ()
    row: str = "method"  # what each row is of

    def missing(self) -> list[str]:
        """In words, the cells that the benchmark asks for and no run has measured."""
        return [
            f"{self.name}: {row}, {column.label}: {value.measured} of {value.asked} seeds"
            for row, values in self.rows
            for column, value in zip(self.columns, values, strict=True)
            if isinstance(value, Value) and value.measured < value.asked and column.dataset != MEAN
        ]

    def to_markdown(self) -> str:
        marks = {0: "{}", 1: "**{}**", 2: "<u>{}</u>"}
        rows = [
            [
                _escaped(label),
                *(marks[_place(v)].format(_escaped(number(v, c))) + beside(v, c) for v, c in self._cells(values)),
            ]
            for label, values in self.rows
        ]
        body = markdown.table(["", *(_escaped(column.label) for column in self.columns)], rows)
        return f"### {self.title}\n\n{body}\n" + "".join(f"{note}\n" for note in self.notes)

    def to_latex(self) -> str:
        """A tabular, for \\input; what it needs of the document stands at its head."""
        marks = {0: "{}", 1: r"\textbf{{{}}}", 2: r"\underline{{{}}}"}
        rows = [
            [
                _latex(label),
                *(marks[_place(v)].format(_latex_number(number(v, c))) + _latex_number(beside(v, c)) for v, c in cells),
            ]
            for label, cells in ((label, self._cells(values)) for label, values in self.rows)
        ]
        header = [["", *(_latex(c.dataset if self.groups() else c.metric) for c in self.columns)]]
        notes = "".join(f"% {line}\n" for line in (self.title, *self.notes, HOW_TO_INPUT % self.name))
        kinds = "".join(_alignment([values[i] for _, values in self.rows]) for i in range(len(self.columns)))
        body = f"{self._latex_groups()}{_lines(header)}\\midrule\n{_lines(rows)}"
        return f"{notes}\\begin{{tabular}}{{l{kinds}}}\n\\toprule\n{body}\\bottomrule\n\\end{{tabular}}\n"

    def groups(self) -> list[tuple[str, int]]:
        """Metrics that stand over columns of datasets, and over how many; none where columns are of no dataset."""
        if not any(column.dataset for column in self.columns):
            return []
        return [(metric, len(list(of))) for metric, of in itertools.groupby(column.metric for column in self.columns)]

    def _latex_groups(self) -> str:
        """The line of metrics, and a rule under each."""
        names, rules, first = [""], [], 2
        for metric, n in self.groups():
            names.append(rf"\multicolumn{{{n}}}{{c}}{{{_latex(metric)}}}")
            rules.append(rf"\cmidrule(lr){{{first}-{first + n - 1}}}")
            first += n
        return f"{_lines([names])}{' '.join(rules)}\n" if rules else ""

    def to_csv(self) -> str:
        """A line for each cell, unrounded."""
        records = [
            {"row": label, "metric": column.metric, "dataset": column.dataset, **_record(value)}
            for label, values in self.rows
            for value, column in self._cells(values)
        ]
        text = io.StringIO()
        pd.DataFrame(records).to_csv(text, index=False, float_format="%.6g", lineterminator="\n")
        return text.getvalue()

    def files(self) -> dict[str, str]:
        """What stands in each of its files, by name."""
        return {
            f"{self.name}.md": self.to_markdown(),
            f"{self.name}.tex": self.to_latex(),
            f"{self.name}.csv": self.to_csv(),
        }

    def _cells(self, values: Sequence[Value | str]) -> list[tuple[Value | str, Column]]:
        return list(zip(values, self.columns, strict=True))


def number(value: Value | str, column: Column) -> str:
    """Mean ± spread, a dash where nothing was measured yet, "undefined" where it was and came to nothing."""
    if isinstance(value, str):
        return value
    if value.mean is None:
        if value.measured:
            return "undefined"
        return DASH if value.asked else ""  # nobody asks for a run of what only the paper has
    spread = "" if value.std is None else f" ± {value.std:,.{column.digits}f}"
    fewer = f" (n={value.n})" if value.n < value.asked else ""
    return f"{value.mean:,.{column.digits}f}{spread}{fewer}"


def beside(value: Value | str, column: Column) -> str:
    """The published mean in brackets, and ours minus it where that is larger than both spreads."""
    if isinstance(value, str) or value.published is None:
        return ""
    difference = "" if value.difference is None else f", {value.difference:+,.{column.digits}f}"
    space = " " if number(value, column) else ""
    return f"{space}[{value.published[0]:,.{column.digits}f}{difference}]"


def _place(value: Value | str) -> int:
    return 0 if isinstance(value, str) else value.place


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


def _lines(rows: list[list[str]]) -> str:
    return "".join(f"{' & '.join(row)} \\\\\n" for row in rows)


def _alignment(cells: list[Value | str]) -> str:
    """Of a column in LaTeX: numbers stand to the right, words to the left, long ones in lines."""
    words = [cell for cell in cells if isinstance(cell, str) and cell not in ("", DASH)]
    if not any(cell[0].isalpha() for cell in words):
        return "r"
    return "p{70mm}" if max(map(len, words)) > LONG else "l"


def _latex_number(text: str) -> str:
    """A number, or words; a dash is as long as one, and a minus is no hyphen."""
    return "--" if text == DASH else NEGATIVE.sub("$-$", _latex(text))


def _latex(text: str) -> str:
    return "".join(LATEX.get(character, character) for character in text)
