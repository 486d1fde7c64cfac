"""The commands. Each reads its options, and calls the function of the same name in `fairtab`.

What takes seconds to import is imported inside the commands, so that `--help` is quick.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from fairtab.cli import options as o
from fairtab.cli.output import check_free, say, talking, write_table
from fairtab.errors import InputError
from fairtab.task import Task

HELP = """Fair synthetic tables. A classifier that learns from such a table treats groups more equally.

Begin with: fairtab inspect FILE --target COLUMN --sensitive COLUMN
"""
app = typer.Typer(help=HELP, no_args_is_help=True, pretty_exceptions_enable=False)


@app.command("make")
def _make(
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
    nearest: Annotated[
        bool, typer.Option("--nearest", help="take the nearest table if none meets the goal", rich_help_panel=o.GOAL)
    ] = False,
    rounds: Annotated[int, typer.Option(min=1, help="how many tables the search samples", rich_help_panel=o.GOAL)] = 8,
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
        page = report or out.with_suffix(".html")
        check_free(out, *_files(page), force=force)
        from fairtab.front.make import make

        made = make(
            file,
            **_roles(target, positive, sensitive),
            **_goal(dpr=dpr, eor=eor, auc=auc, score=score, level=level, attributes=attribute),
            **_reading(task, group, numerical, categorical, leave_out, missing),
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
        written = made.report.made_by(_command())
        write_table(made.table, out, format, without=made.derived)
        written.save(page)
        say([*written.sentences(), f"table: {out}", f"report: {page}"], written.facts, as_json=json, quiet=quiet)


@app.command("check")
def _check(
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
            check_free(*_files(report), force=force)
        from fairtab.front.check import check

        judged = check(
            file,
            synthetic,
            **_roles(target, positive, sensitive),
            **_reading(task, group, numerical, categorical, leave_out, missing),
            holdout=holdout,
            seed=seed,
        ).made_by(_command())
        if report:
            judged.save(report)
        lines = [*judged.sentences(), *([f"report: {report}"] if report else [])]
        say(lines, judged.facts, as_json=json, quiet=quiet)


@app.command("inspect")
def _inspect(
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
        from fairtab.front.inspect import inspect

        found = inspect(
            file,
            target=target,
            positive=positive,
            sensitive=o.columns(sensitive),
            **_reading(task, group, numerical, categorical, leave_out, missing),
        )
        say(str(found).splitlines(), found.facts, as_json=json, quiet=False)


@app.command("fit")
def _fit(
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
        from fairtab.front.fit import fit

        fit(
            file,
            **_roles(target, positive, sensitive),
            **_reading(task, group, numerical, categorical, leave_out, missing),
            model=model,
            seed=seed,
        )
        say([f"model: {model}"], None, as_json=False, quiet=quiet)


@app.command("sample")
def _sample(
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
        from fairtab.front.sample import sample

        table = sample(model, rows=rows, level=level, joint=joint, rules=rule, where=where, seed=seed)
        write_table(table, out, format, without=table.schema.groups)
        say([f"table: {out}"], None, as_json=False, quiet=quiet)


@app.command("complete")
def _complete(
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
        from fairtab.front.complete import complete_rows

        table = complete_rows(model, known, seed=seed)
        write_table(table, out, format, without=table.schema.groups)
        say([f"table: {out}"], None, as_json=False, quiet=quiet)


def _roles(target: str, positive: str | None, sensitive: list[str]) -> dict[str, Any]:
    return {"target": target, "positive": positive, "sensitive": o.columns(sensitive)}


def _reading(
    task: Task | None,
    group: list[str],
    numerical: list[str],
    categorical: list[str],
    leave_out: list[str],
    missing: o.Missing,
) -> dict[str, Any]:
    named = {"numerical": numerical, "categorical": categorical, "leave_out": leave_out}
    given = {name: o.columns(columns) for name, columns in named.items() if columns}
    return {**given, "task": task, "missing": missing.value, "groups": o.groups(group)}


def _goal(attributes: list[str], **asked: Any) -> dict[str, Any]:
    names = o.columns(attributes)
    return {**asked, "attributes": None if not names else "intersection" if names == ["intersection"] else names}


def _files(page: Path) -> list[Path]:
    """Return the files of a report."""
    return [page.with_suffix(ending) for ending in (page.suffix, ".json", ".md")]


def _command() -> str:
    """Return the command as it was given."""
    return shlex.join(["fairtab", *sys.argv[1:]])
