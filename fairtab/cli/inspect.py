"""`fairtab inspect`."""

from __future__ import annotations

from typing import Annotated

import typer

import fairtab
from fairtab.cli import options as o
from fairtab.cli.output import say, talking


def inspect(
    file: o.File,
    target: o.Target,
    positive: o.Positive = None,
    sensitive: Annotated[list[str], typer.Option(help="columns of groups", show_default=False)] = [],  # noqa: B006
    task: o.TaskOfLabel = None,
    group: o.Group = [],  # noqa: B006
    numerical: o.Numerical = [],  # noqa: B006
    categorical: o.Categorical = [],  # noqa: B006
    leave_out: o.LeaveOut = [],  # noqa: B006
    missing: o.MissingValues = o.Missing.keep,
    json: o.Json = False,
) -> None:
    """Say how a file is read, what is unbalanced in it, and what will be hard."""
    with talking(quiet=True):
        found = fairtab.inspect(
            file,
            target=target,
            positive=positive,
            sensitive=o.columns(sensitive),
            **o.reading(task, group, numerical, categorical, leave_out, missing),
        )
        say(str(found).splitlines(), found.facts, as_json=json, quiet=False)
