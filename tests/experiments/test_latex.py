"""results/tables/*.tex: their text, and, if LaTeX is installed, that they compile."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from experiments.reports.model.values import Value
from experiments.reports.text.cells import Column
from experiments.reports.text.latex import tabular
from experiments.reports.text.layout import Table
from tests.experiments.toy import ROOT

COMMITTED = sorted((ROOT / "results" / "tables").glob("*.tex"))
SPECIAL = r"a_b & 5% #1 $x {y} \z ^ ~ sex*race <=50K >50K |c| ↑ ↓ → ± †"
VALUE = Value(-0.5, 0.01, n=3, measured=3, asked=3, published=(0.7, 0.02), place=1)


def made_up() -> Table:
    columns = [Column("AUC ↑", "adult"), Column("AUC ↑", SPECIAL), Column(SPECIAL, "mean")]
    rows = [(SPECIAL, [VALUE, Value(asked=3), Value()]), ("words", [SPECIAL, "-", "a long text " * 20])]
    return Table("made-up", SPECIAL, columns, rows, (SPECIAL,))


def flat() -> Table:
    return Table("flat", "no datasets", [Column("AUC ↑"), Column("rank")], [("a", [VALUE, "1"]), ("b", [Value(), "2"])])


def texts() -> dict[str, str]:
    return {path.stem: path.read_text() for path in COMMITTED} | {t.name: tabular(t) for t in (made_up(), flat())}


@pytest.mark.parametrize("name", texts())
def test_it_is_well_formed(name):
    lines = [line for line in texts()[name].splitlines() if not line.startswith("%")]
    code = re.sub(r"\\[\\{}&%_#$]", " ", "\n".join(line.removesuffix(r" \\") for line in lines))  # less what is escaped
    depth = 0
    for character in code:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
    assert code.count("$") % 2 == 0
    assert not set("#%") & set(code)
    assert code.isascii() or not set("↑↓→±†") & set(code)
    (kinds,) = re.findall(r"\\begin\{tabular\}\{(.*)\}$", texts()[name], re.M)
    width = len(re.sub(r"p\{70mm\}", "p", kinds))
    for line in lines:
        if line.endswith(r" \\"):
            spans = [int(n) - 1 for n in re.findall(r"\\multicolumn\{(\d+)\}", line)]
            assert len(re.findall(r"(?<!\\)&", line)) + sum(spans) == width - 1, line


def test_special_characters_numbers_and_groups_by_hand():
    text = tabular(made_up())
    assert r"a\_b \& 5\% \#1 \$x \{y\} \textbackslash{}z \^{} \textasciitilde{} sex$\times$race $<$=50K $>$50K" in text
    assert r"\textbf{$-$0.500 $\pm$ 0.010} [0.700, $-$1.200] & -- &  \\" in text
    assert r" & \multicolumn{2}{c}{AUC $\uparrow$} & \multicolumn{1}{c}{a\_b" in text
    assert r"\cmidrule(lr){2-3} \cmidrule(lr){4-4}" in text
    assert r"\begin{tabular}{lp{70mm}rp{70mm}}" in text
    assert "multicolumn" not in tabular(flat())
    assert r"\begin{tabular}{lrr}" in tabular(flat())


def test_its_head_says_what_it_needs():
    head = tabular(made_up()).partition(r"\begin{tabular}")[0]
    assert all(line.startswith("%") for line in head.splitlines())
    assert r"\usepackage{booktabs}" in head
    assert r"\resizebox{\textwidth}{!}{\input{made-up}}" in head


def test_latex_takes_every_table(tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex here: apt-get install texlive-latex-base texlive-latex-recommended")
    assert compiled(texts(), tmp_path).exists()


def compiled(tables: dict[str, str], folder: Path) -> Path:
    """A PDF with a page for each table, as docs/dashboards.md has it."""
    for name, text in tables.items():
        (folder / f"{name}.tex").write_text(text)
    pages = [rf"\noindent\resizebox{{\textwidth}}{{!}}{{\input{{{name}}}}}\clearpage" for name in tables]
    head = r"\documentclass{article}\usepackage[a4paper,landscape,margin=1cm]{geometry}\usepackage{booktabs,graphicx}"
    (folder / "all.tex").write_text("\n".join([head, r"\begin{document}", *pages, r"\end{document}"]))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    return folder / "all.pdf"
