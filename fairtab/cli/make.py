"""`fairtab make`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import fairtab
from fairtab.cli import options as o
from fairtab.cli.output import check_free, given_command, report_files, say, table_format, talking, write_table


def make(
    file: o.File,
    target: o.Target,
    sensitive: o.Sensitive,
    out: o.Out,
    positive: o.Positive = None,
    dpr: Annotated[
        float | None,
        typer.Option(help="at least this demographic parity ratio", rich_help_panel=o.GOAL, show_default=False),
    ] = None,
    eor: Annotated[
        float | None,
        typer.Option(help="at least this equalized odds ratio", rich_help_panel=o.GOAL, show_default=False),
    ] = None,
    auc: Annotated[
        float | None, typer.Option(help="at least this AUC", rich_help_panel=o.GOAL, show_default=False)
    ] = None,
    score: Annotated[
        bool,
        typer.Option("--score", help="the highest 0.5 AUC + 0.25 DPR + 0.25 EOR (the default)", rich_help_panel=o.GOAL),
    ] = False,
    level: Annotated[
        float | None,
        typer.Option(
            help="no goal: groups as they are (0) to groups of equal size (10)",
            rich_help_panel=o.GOAL,
            show_default=False,
        ),
    ] = None,
    attribute: Annotated[
        list[str],
        typer.Option(
            help="the sensitive columns that the goal is about, or intersection; by default all",
            rich_help_panel=o.GOAL,
            show_default=False,
        ),
    ] = [],  # noqa: B006 - Typer copies it
    equal_groups: Annotated[
        bool,
        typer.Option(
            "--equal-groups", help="groups of equal size for a goal: may help if some are small", rich_help_panel=o.GOAL
        ),
    ] = False,
    nearest: Annotated[
        bool, typer.Option("--nearest", help="take the nearest table if none meets the goal", rich_help_panel=o.GOAL)
    ] = False,
    rounds: Annotated[int, typer.Option(min=1, help="how many tables the search samples", rich_help_panel=o.GOAL)] = 6,
    rule: o.Rule = [],  # noqa: B006
    where: o.Where = None,
    cap: Annotated[
        bool, typer.Option("--cap", help="draw rows again that sit too close to training rows too often")
    ] = False,
    rows: o.Rows = None,
    seed: o.Seed = 0,
    model: Annotated[
        Path | None,
        typer.Option(
            help="folder of the fit: used if it is there, else made", rich_help_panel=o.OUTPUT, show_default=False
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="the report; by default beside the table, as .html, .json and .md",
            rich_help_panel=o.OUTPUT,
            show_default=False,
        ),
    ] = None,
    epsilon: Annotated[
        float | None,
        typer.Option(
            help="differential privacy of table and model, not of the report",
            rich_help_panel=o.GOAL,
            show_default=False,
        ),
    ] = None,
    delta: Annotated[float, typer.Option(help="of differential privacy", rich_help_panel=o.GOAL)] = 1e-5,
    bounds: Annotated[
        list[str],
        typer.Option(
            help="public bounds of a number, for differential privacy: age:17,90; again for more",
            rich_help_panel=o.GOAL,
            show_default=False,
        ),
    ] = [],  # noqa: B006
    format: o.TableFormat = None,
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
    """Make a fair synthetic table, and a report on it."""
    with talking(quiet=quiet or json):
        page = report or out.parent / f"{out.stem}.html"
        check_free(out, *report_files(page), force=force)
        kind = table_format(out, format)
        made = fairtab.make(
            file,
            **o.roles(target, positive, sensitive),
            **_goal(dpr=dpr, eor=eor, auc=auc, score=score, level=level, attributes=attribute),
            equal_groups=equal_groups,
            **o.reading(task, group, numerical, categorical, leave_out, missing),
            nearest=nearest,
            rules=rule,
            where=where,
            cap=cap,
            rows=rows,
            seed=seed,
            rounds=rounds,
            model=model,
            epsilon=epsilon,
            delta=delta,
            bounds=o.groups(bounds, "bounds"),
        )
        written = made.report.made_by(given_command())
        write_table(made.table, out, kind, without=made.derived)
        written.save(page)
        say([*written.sentences(), f"table: {out}", f"report: {page}"], written.facts, as_json=json, quiet=quiet)


def _goal(attributes: list[str], **asked: Any) -> dict[str, Any]:
    names = o.columns(attributes)
    return {**asked, "attributes": None if not names else "intersection" if names == ["intersection"] else names}
