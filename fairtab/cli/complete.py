"""`fairtab complete`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fairtab.cli import options as o
from fairtab.cli.output import check_free, say, table_format, talking, write_table


def complete(
    model: Annotated[Path, typer.Argument(help="a folder that fit or make wrote", show_default=False)],
    known: Annotated[Path, typer.Argument(help="rows of which some columns or cells are known", show_default=False)],
    out: o.Out,
    seed: o.Seed = 0,
    format: o.TableFormat = None,
    force: o.Force = False,
    quiet: o.Quiet = False,
) -> None:
    """Draw what is missing in rows: columns that are absent, and empty cells."""
    with talking(quiet=quiet):
        check_free(out, force=force)
        kind = table_format(out, format)
        from fairtab.front.complete import complete_rows  # takes seconds

        table = complete_rows(model, known, seed=seed)
        write_table(table, out, kind, without=table.schema.groups)
        say([f"table: {out}"], None, as_json=False, quiet=quiet)
