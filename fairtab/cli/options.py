"""The options that several commands share, and what they mean in Python."""

from __future__ import annotations

import csv
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from fairtab.errors import InputError
from fairtab.task import Task

READING, GOAL, OUTPUT = "How the file is read", "What is asked for", "Output"


class Format(StrEnum):
    """A format of tables.

    Examples
    --------
    >>> Format("csv")
    <Format.csv: 'csv'>
    """

    csv = "csv"
    parquet = "parquet"


class Missing(StrEnum):
    """What happens to missing values.

    Examples
    --------
    >>> Missing("drop")
    <Missing.drop: 'drop'>
    """

    keep = "keep"
    drop = "drop"


File = Annotated[Path, typer.Argument(help="a CSV or Parquet file", show_default=False)]
Target = Annotated[str, typer.Option(help="column of the label", show_default=False)]
Positive = Annotated[
    str | None, typer.Option(help="the favourable value of the label, if it has two values", show_default=False)
]
TaskOfLabel = Annotated[
    Task | None,
    typer.Option(
        "--task", help="what the label is; by default its values decide", rich_help_panel=READING, show_default=False
    ),
]
Sensitive = Annotated[
    list[str],
    typer.Option(
        help='column of groups; give the option again, or commas, for several ("a, b" is one name)', show_default=False
    ),
]
Group = Annotated[
    list[str],
    typer.Option(
        help="groups of a sensitive number: age:25,60 ends groups at 25 and 60",
        rich_help_panel=READING,
        show_default=False,
    ),
]
Numerical = Annotated[
    list[str], typer.Option(help="columns that are numbers", rich_help_panel=READING, show_default=False)
]
Categorical = Annotated[
    list[str], typer.Option(help="columns that are categories", rich_help_panel=READING, show_default=False)
]
Where = Annotated[str | None, typer.Option(help="which rows, as in \"region == 'north'\"", show_default=False)]
Rule = Annotated[
    list[str],
    typer.Option(help="what must hold in every row, as in 'end >= start'; again for more", show_default=False),
]
LeaveOut = Annotated[list[str], typer.Option(help="columns to leave out", rich_help_panel=READING, show_default=False)]
MissingValues = Annotated[
    Missing, typer.Option(help="keep missing values as one more value, or drop their rows", rich_help_panel=READING)
]
Seed = Annotated[int, typer.Option(min=0, help="the same seed gives the same result on the same machine")]
Rows = Annotated[
    int | None, typer.Option(min=1, help="how many rows to make; by default as many as were given", show_default=False)
]
Out = Annotated[Path, typer.Option(help="the file to write", rich_help_panel=OUTPUT, show_default=False)]
TableFormat = Annotated[
    Format | None,
    typer.Option(help="by default, what the file's ending says", rich_help_panel=OUTPUT, show_default=False),
]
Force = Annotated[bool, typer.Option("--force", help="overwrite files that are there", rich_help_panel=OUTPUT)]
Quiet = Annotated[bool, typer.Option("--quiet", help="say nothing but errors", rich_help_panel=OUTPUT)]
Json = Annotated[bool, typer.Option("--json", help="print JSON", rich_help_panel=OUTPUT)]


def columns(given: list[str]) -> list[str]:
    """Split names at commas, as a line of a CSV file: a name with a comma or a line break stands in double quotes.

    Raises
    ------
    InputError
        A text has several lines.

    Examples
    --------
    >>> columns(["sex,race", '"age, in years"'])
    ['sex', 'race', 'age, in years']
    """
    try:
        lines = [next(csv.reader([text], skipinitialspace=True), []) for text in given]
    except csv.Error:
        raise InputError("a column whose name has a line break stands in double quotes") from None
    return [name.strip() for names in lines for name in names if name.strip()]


def groups(given: list[str], option: str = "group") -> dict[str, list[float]]:
    """Read numbers by column: the ends of groups, or bounds.

    Raises
    ------
    InputError
        A text is not of the form column:number,number.

    Examples
    --------
    >>> groups(["age:25,60"])
    {'age': [25.0, 60.0]}
    """
    read: dict[str, list[float]] = {}
    for text in given:
        name, _, cuts = text.rpartition(":")
        if name in read:
            raise InputError(f"--{option} {text}: {name} comes twice: write all its numbers in one option")
        try:
            read[name] = [float(cut) for cut in cuts.split(",")]
        except ValueError:
            raise InputError(f"--{option} {text}: expected a column and numbers, as in age:25,60") from None
    return read


def roles(target: str, positive: str | None, sensitive: list[str]) -> dict[str, Any]:
    """Return what columns are for, as the functions of `fairtab` take it.

    Examples
    --------
    >>> roles("paid", "1", ["sex,race"])
    {'target': 'paid', 'positive': '1', 'sensitive': ['sex', 'race']}
    """
    return {"target": target, "positive": positive, "sensitive": columns(sensitive)}


def reading(
    task: Task | None,
    group: list[str],
    numerical: list[str],
    categorical: list[str],
    leave_out: list[str],
    missing: Missing,
) -> dict[str, Any]:
    """Return how the file is read, as the functions of `fairtab` take it. What was not said is left to them.

    Examples
    --------
    >>> reading(None, [], ["age"], [], [], Missing.keep)
    {'numerical': ['age'], 'task': None, 'missing': 'keep', 'groups': {}}
    """
    named = {"numerical": numerical, "categorical": categorical, "leave_out": leave_out}
    given = {name: columns(names) for name, names in named.items() if names}
    return {**given, "task": task, "missing": missing.value, "groups": groups(group)}
