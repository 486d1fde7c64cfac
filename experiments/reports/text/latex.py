"""A results table as LaTeX."""

from __future__ import annotations

import re

from experiments.columns import DASH
from experiments.reports.model.values import Value
from experiments.reports.text.cells import beside, number, place_of
from experiments.reports.text.layout import Table

LATEX = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "$": r"\$", "↑": r"$\uparrow$", "↓": r"$\downarrow$"}
LATEX |= {"→": r"$\to$", "±": r"$\pm$", "†": r"$^\dagger$", ">": r"$>$", "<": r"$<$", "*": r"$\times$"}
LATEX |= {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "^": r"\^{}", "~": r"\textasciitilde{}", "|": r"$|$"}
NEGATIVE = re.compile(r"-(?=\d)")
HOW_TO_INPUT = r"\usepackage{booktabs}; one wider than the page also graphicx: \resizebox{\textwidth}{!}{\input{%s}}"
LONG = 40  # cells with more characters are broken into lines


def tabular(table: Table) -> str:
    """Write a table as a tabular for \\input. A comment at its head says which packages it needs."""
    marks = {0: "{}", 1: r"\textbf{{{}}}", 2: r"\underline{{{}}}"}
    rows = [
        [
            _latex(label),
            *(marks[place_of(v)].format(_latex_number(number(v, c))) + _latex_number(beside(v, c)) for v, c in cells),
        ]
        for label, cells in ((label, table.cells(values)) for label, values in table.rows)
    ]
    header = [["", *(_latex(c.dataset if table.groups() else c.metric) for c in table.columns)]]
    notes = "".join(f"% {line}\n" for line in (table.title, *table.notes, HOW_TO_INPUT % table.name))
    kinds = "".join(_alignment([values[i] for _, values in table.rows]) for i in range(len(table.columns)))
    body = f"{_groups(table)}{_lines(header)}\\midrule\n{_lines(rows)}"
    return f"{notes}\\begin{{tabular}}{{l{kinds}}}\n\\toprule\n{body}\\bottomrule\n\\end{{tabular}}\n"


def _groups(table: Table) -> str:
    """Write the line of metrics, with a rule under each."""
    names, rules, first = [""], [], 2
    for metric, n in table.groups():
        names.append(rf"\multicolumn{{{n}}}{{c}}{{{_latex(metric)}}}")
        rules.append(rf"\cmidrule(lr){{{first}-{first + n - 1}}}")
        first += n
    return f"{_lines([names])}{' '.join(rules)}\n" if rules else ""


def _lines(rows: list[list[str]]) -> str:
    return "".join(f"{' & '.join(row)} \\\\\n" for row in rows)


def _alignment(cells: list[Value | str]) -> str:
    """Choose the alignment of a column: numbers right, words left, long words in a paragraph."""
    words = [cell for cell in cells if isinstance(cell, str) and cell not in ("", DASH)]
    if not any(cell[0].isalpha() for cell in words):
        return "r"
    return "p{70mm}" if max(map(len, words)) > LONG else "l"


def _latex_number(text: str) -> str:
    """Write a number or words, with a real dash and a real minus sign."""
    return "--" if text == DASH else NEGATIVE.sub("$-$", _latex(text))


def _latex(text: str) -> str:
    return "".join(LATEX.get(character, character) for character in text)
