"""The files of a results table."""

from __future__ import annotations

from experiments.reports.text import latex
from experiments.reports.text.layout import Table


def table_files(table: Table) -> dict[str, str]:
    """Make the content of each file of a table, by the file's name."""
    return {
        f"{table.name}.md": table.to_markdown(),
        f"{table.name}.tex": latex.tabular(table),
        f"{table.name}.csv": table.to_csv(),
    }
