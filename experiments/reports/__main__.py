"""Make reports from runs on disk: python -m experiments.reports REPORT [--results DIR]

tables     DIR/tables/*.{md,csv,tex}, and print them; --strict fails if a cell of the benchmark is missing;
           --variant tuned: of tuned settings, DIR/tables/tuned/*
figures    DIR/figures/*.{svg,png}
page       DIR/report/index.html, all runs, tables and figures in one file
documents  the tables in README.md and docs/; if DIR is not this repository's results, print them instead
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from experiments.command import refused_in_one_line
from experiments.store import frames
from experiments.sweep import grid
from fairtab import files

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results"


def write_tables(results: Path, *, variant: str, strict: bool) -> None:
    """Write the tables of a variant. With `strict`, end with an error if a cell of the benchmark is missing."""
    from experiments.reports.model import tables

    made, missing = tables.build(results / "runs", variant)
    folder = results / "tables" / ("" if variant == grid.DEFAULT else variant)
    for name, text in made.items():
        files.write_text(folder / name, text)
    sys.stdout.write("\n".join(text for name, text in made.items() if name.endswith(".md")))
    if strict and missing:
        sys.exit(
            "\n".join(
                [f"\n{len(missing)} cells are missing. `make status` shows the commands that fill them:", *missing]
            )
        )


def draw_figures(results: Path) -> None:
    """Draw the figures."""
    from experiments.reports.plots import drawing

    drawing.draw(results / "runs", results / "figures")
    sys.stdout.write(f"figures are in {results / 'figures'}\n")


def write_page(results: Path) -> None:
    """Write the page."""
    from experiments.reports.page.document import document

    path = results / "report" / "index.html"
    files.write_text(path, document(results))
    sys.stdout.write(f"{path}\n")


def fill_documents(results: Path) -> None:
    """Fill the repository's documents from its own results; print the blocks if the results are others."""
    from experiments.reports import documents

    made = documents.blocks(results / "runs")
    if results.resolve() != RESULTS:
        sys.stdout.write("\n".join(f"{name}\n\n{text}" for name, text in made.items()))
        return
    for document in documents.DOCUMENTS:
        if names := documents.fill(document, made):
            sys.stdout.write(f"{document.name}: filled {', '.join(names)}\n")


@refused_in_one_line
def main(arguments: list[str] | None = None) -> None:
    """Read the command line and make what it asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.reports", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("report", choices=["tables", "figures", "page", "documents"])
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="DIR", help="default: the repository's own")
    parser.add_argument("--strict", action="store_true", help="of tables: fail if a cell is missing")
    parser.add_argument("--variant", default=grid.DEFAULT, help="of tables: the variant of the methods' settings")
    asked = parser.parse_args(arguments)
    if asked.report != "tables" and (asked.strict or asked.variant != grid.DEFAULT):
        parser.error("--strict and --variant are of tables")
    if not frames.finished(asked.results / "runs") and not asked.strict:
        sys.exit(f"there are no runs yet: `python run.py -m experiment={grid.BENCHMARK}` makes them")
    if asked.report == "tables":
        write_tables(asked.results, variant=asked.variant, strict=asked.strict)
    elif asked.report == "figures":
        draw_figures(asked.results)
    elif asked.report == "page":
        write_page(asked.results)
    else:
        fill_documents(asked.results)


if __name__ == "__main__":
    main()
