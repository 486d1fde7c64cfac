"""`fairtab fit`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import fairtab
from fairtab.cli import options as o
from fairtab.cli.output import say, talking
from fairtab.errors import InputError


def fit(
    file: o.File,
    target: o.Target,
    sensitive: o.Sensitive,
    model: Annotated[Path, typer.Option(help="the folder to save the model to", show_default=False)],
    positive: o.Positive = None,
    seed: o.Seed = 0,
    task: o.TaskOfLabel = None,
    group: o.Group = [],  # noqa: B006
    numerical: o.Numerical = [],  # noqa: B006
    categorical: o.Categorical = [],  # noqa: B006
    leave_out: o.LeaveOut = [],  # noqa: B006
    missing: o.MissingValues = o.Missing.keep,
    quiet: o.Quiet = False,
) -> None:
    """Fit a model once: `sample` and `make --model` draw as many tables from it as wanted."""
    with talking(quiet=quiet):
        if model.exists():
            raise InputError(f"{model} is there already: give another name")
        fairtab.fit(
            file,
            **o.roles(target, positive, sensitive),
            **o.reading(task, group, numerical, categorical, leave_out, missing),
            model=model,
            seed=seed,
        )
        say([f"model: {model}"], None, as_json=False, quiet=quiet)
