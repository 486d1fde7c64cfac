"""`fairtab check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import fairtab
from fairtab.cli import options as o
from fairtab.cli.output import check_free, given_command, report_files, say, talking


def check(
    file: o.File,
    synthetic: Annotated[Path, typer.Argument(help="the synthetic table, of any generator", show_default=False)],
    target: o.Target,
    sensitive: o.Sensitive,
    positive: o.Positive = None,
    report: Annotated[
        Path | None,
        typer.Option(help="the report, with .json and .md beside it", rich_help_panel=o.OUTPUT, show_default=False),
    ] = None,
    holdout: Annotated[
        Path | None, typer.Option(help="real rows that the generator has not seen", show_default=False)
    ] = None,
    seed: o.Seed = 0,
    task: o.TaskOfLabel = None,
    group: o.Group = [],  # noqa: B006
    numerical: o.Numerical = [],  # noqa: B006
    categorical: o.Categorical = [],  # noqa: B006
    leave_out: o.LeaveOut = [],  # noqa: B006
    missing: o.MissingValues = o.Missing.keep,
    force: o.Force = False,
    quiet: o.Quiet = False,
    json: o.Json = False,
) -> None:
    """Judge a synthetic table by the real one."""
    with talking(quiet=quiet or json):
        if report:
            check_free(*report_files(report), force=force)
        judged = fairtab.check(
            file,
            synthetic,
            **o.roles(target, positive, sensitive),
            **o.reading(task, group, numerical, categorical, leave_out, missing),
            holdout=holdout,
            seed=seed,
        ).made_by(given_command())
        if report:
            judged.save(report)
        notes = [f"note: {note}" for note in judged.facts["notes"]]
        lines = [*judged.sentences(), *notes, *([f"report: {report}"] if report else [])]
        say(lines, judged.facts, as_json=json, quiet=quiet)
