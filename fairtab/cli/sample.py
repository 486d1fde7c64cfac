"""`fairtab sample`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import fairtab
from fairtab.cli import options as o
from fairtab.cli.output import check_free, say, table_format, talking, write_table


def sample(
    model: Annotated[Path, typer.Argument(help="a folder that fit or make wrote", show_default=False)],
    out: o.Out,
    rows: Annotated[int, typer.Option(min=1, help="how many rows to draw")] = 1000,
    level: Annotated[
        float | None,
        typer.Option(help="groups as they are (0) to groups of equal size for each label (10)", show_default=False),
    ] = None,
    joint: Annotated[
        Path | None,
        typer.Option(help="CSV of label, groups and probability, in place of a level", show_default=False),
    ] = None,
    rule: o.Rule = [],  # noqa: B006
    where: o.Where = None,
    seed: o.Seed = 0,
    format: o.TableFormat = None,
    force: o.Force = False,
    quiet: o.Quiet = False,
) -> None:
    """Draw rows from a fitted model."""
    with talking(quiet=quiet):
        check_free(out, force=force)
        kind = table_format(out, format)
        table = fairtab.sample(model, rows=rows, level=level, joint=joint, rules=rule, where=where, seed=seed)
        write_table(table, out, kind, without=table.schema.groups)
        say([f"table: {out}"], None, as_json=False, quiet=quiet)
