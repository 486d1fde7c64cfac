"""Load a dataset: read the table, check it against its description, and split it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml
from sklearn.model_selection import train_test_split

from fairtab.datasets import sources
from fairtab.datasets.date_columns import as_numbers_or_text, find_dates
from fairtab.datasets.description import DatasetDescription
from fairtab.datasets.inference import infer
from fairtab.datasets.injection import inject_missing
from fairtab.datasets.labels import bins_of, task_of
from fairtab.datasets.preparation import meant, prepare
from fairtab.datasets.reading import without
from fairtab.dates import DateFormat
from fairtab.errors import InputError, check_choice
from fairtab.frames import as_spelled
from fairtab.groups import Groups, read_groups, with_groups
from fairtab.table import Schema, Split, Table
from fairtab.task import Task

MAX_CLASSES = 5  # an error names the classes of a target if there are no more than these
MOST_CLASSES = 50  # a label of more values has no classes
PACKAGE = Path(__file__).parents[1]
# a wheel has the folder inside the package, a checkout has it beside the package
CONFIGS = next(path for path in (PACKAGE / "conf", PACKAGE.parent / "conf") if path.is_dir()) / "dataset"


def load_dataset(name: str, **overrides: Any) -> Split:
    """Load the dataset that `conf/dataset/<name>.yaml` describes.

    Parameters
    ----------
    name
        The name of the file without its ending: adult, bank and so on, or table for a file of your own.
    **overrides
        Entries of the description that replace those of the file (see `DatasetDescription`).

    Returns
    -------
    Split
        Half of the rows for training, a quarter each for validation and test.

    Raises
    ------
    InputError
        There is no such dataset, its table is not found, or the table does not fit the description.

    Examples
    --------
    >>> from fairtab import load_dataset
    >>> split = load_dataset("german")
    >>> len(split.train), len(split.validation), len(split.test)
    (500, 250, 250)
    """
    check_choice("dataset", name, sorted(path.stem for path in CONFIGS.glob("*.yaml")))
    entries = {**yaml.safe_load((CONFIGS / f"{name}.yaml").read_text()), **overrides}
    return load(DatasetDescription.from_mapping(entries))


def load(description: DatasetDescription) -> Split:
    """Read, check and split the table of a description.

    Parameters
    ----------
    description
        Where the table is, and what its columns mean.

    Returns
    -------
    Split
        Half of the rows for training, a quarter each for validation and test.

    Raises
    ------
    InputError
        The table is not found, or it does not fit the description.

    Examples
    --------
    >>> pd.DataFrame({"age": [30, 41] * 20, "sex": ["f", "m"] * 20, "repaid": [0, 0, 1, 1] * 10}).to_csv("loans.csv")
    >>> entries = {"path": "loans.csv", "infer": True, "target": "repaid", "positive": 1, "sensitive": "sex"}
    >>> split = load(DatasetDescription.from_mapping(entries))
    >>> split.schema.numerical
    ('age',)
    """
    table = sources.obtain(description, lambda frame: make_table(understand(frame, description)))
    if description.inject:
        table = inject_missing(table, description.inject, seed=description.split_seed)
    split = split_table(table, description.split_seed)
    if description.test_state is None:
        return split
    elsewhere = load(replace(description, state=description.test_state, test_state=None))
    return replace(split, test=elsewhere.test, others=split.test)


class Columns(NamedTuple):
    """A frame whose columns have roles.

    Parameters
    ----------
    frame
        Columns of numbers and text.
    description
        What they mean.
    dates
        By column of dates, how they are written.
    left_out
        By column that roles were inferred for and that has none, the reason in words.
    groups
        The groups that were made of numbers. The label of a regression is one of them. Their columns are not in the
        source.

    Examples
    --------
    See also `understand`.

    >>> Columns(pd.DataFrame(), None, {}, {"row": "identifier"}).left_out
    {'row': 'identifier'}
    """

    frame: pd.DataFrame
    description: DatasetDescription
    dates: dict[str, DateFormat]
    left_out: dict[str, str]
    groups: Sequence[Groups] = ()


def understand(frame: pd.DataFrame, description: DatasetDescription) -> Columns:
    """Prepare a frame that was read, and find the role of each column if the description leaves it open.

    Parameters
    ----------
    frame
        Columns of numbers, text and dates.
    description
        What is known of them.

    Raises
    ------
    InputError
        The frame does not fit the description.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [30, 41] * 20, "sex": ["f", "m"] * 20, "repaid": [0, 0, 1, 1] * 10, "same": 0})
    >>> entries = {"name": "loans", "file": "", "infer": True, "target": "repaid", "positive": 1, "sensitive": "sex"}
    >>> columns = understand(frame, DatasetDescription.from_mapping(entries))
    >>> columns.description.numerical, columns.left_out
    (('age',), {'same': 'constant'})
    """
    if (marker := description.missing.marker) is not None:
        frame = pd.DataFrame({name: without(frame[name], frame[name] == marker) for name in frame.columns})
    frame = prepare(
        frame,
        columns=description.columns,
        spelling=description.spelling,
        rows=description.rows,
        derive=description.derive,
    )
    asked = description.groups or {}
    groups = read_groups(dict(zip(as_spelled(asked, frame), asked.values(), strict=True)))
    frame, named = with_groups(frame, groups), {group.column: group.name for group in groups}
    shown = as_spelled([description.target, *description.sensitive], frame)
    if stray := [group.column for group in groups if not {group.column, group.name} & set(shown)]:
        raise InputError(f"groups of {stray[0]!r}: groups are of a sensitive column: name it as sensitive, too")
    description = replace(
        description,
        sensitive=tuple(named.get(name, name) for name in description.sensitive),
        numerical=tuple(dict.fromkeys([*description.numerical, *named])),  # a group says what its number may be
    )
    dates = find_dates(frame, description)
    frame, description, bins = _with_label(as_numbers_or_text(frame, dates), description)
    groups += bins
    if not description.infer:
        return Columns(frame, description, dates, {}, groups)
    frame, description, left_out = infer(frame, description, dates)
    return Columns(frame, description, dates, left_out, groups)


def _with_label(
    frame: pd.DataFrame, description: DatasetDescription
) -> tuple[pd.DataFrame, DatasetDescription, list[Groups]]:
    """Find the task. In regression, bins of the number become the target, and the number a numerical column."""
    (target,) = as_spelled([description.target], frame)
    task = description.task
    if task is None:
        is_open = description.positive is None and target in frame
        task = task_of(frame[target]) if is_open else Task.BINARY
    if task is not Task.BINARY and description.positive is not None:
        raise InputError(f"target {target!r}: a positive value belongs to a label of two values, the task is {task}")
    description = replace(description, task=task)
    if task is not Task.REGRESSION or target not in frame:
        return frame, description, []
    bins = bins_of(frame[target])
    numerical = (*description.numerical, *(() if target in description.numerical else (target,)))
    return with_groups(frame, [bins]), replace(description, target=bins.name, numerical=numerical), [bins]


def make_table(columns: Columns) -> Table:
    """Make the table of columns whose roles are known.

    Parameters
    ----------
    columns
        As `understand` returns them.

    Returns
    -------
    Table
        The rows that can be used.

    Raises
    ------
    InputError
        The label does not have the values of its task, a label or a group is missing, or the counts are not the
        expected ones.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [30, 41] * 20, "sex": ["f", "m"] * 20, "repaid": [0, 0, 1, 1] * 10})
    >>> entries = {"name": "loans", "file": "", "infer": True, "target": "repaid", "positive": 1, "sensitive": "sex"}
    >>> len(make_table(understand(frame, DatasetDescription.from_mapping(entries))))
    40
    """
    frame, description, dates, _, groups = columns
    target, task = description.target, description.task or Task.BINARY
    labels = frame[target].dropna().unique().tolist() if target in frame else []
    if description.positive is None and task is Task.BINARY and len(labels) == 2:
        shown = " or ".join(sorted(map(str, labels)))
        raise InputError(f"target {target!r} has two values: name the favourable one as positive, {shown}")
    schema = Schema(
        numerical=description.numerical,
        categorical=description.categorical,
        target=target,
        # as the file spells it: 1 in a description may be "1" or 1.0 in a file
        positive=meant(description.positive, labels) if task is Task.BINARY else None,
        sensitive=description.sensitive,
        as_category=description.as_category or {},
        dates={name: dates[name] for name in description.numerical if name in dates},
        task=task,
        groups={group.name: group for group in groups if group.name in (target, *description.sensitive)},
    )
    if description.missing.policy == "drop":
        frame = frame.dropna(subset=[name for name in schema.columns if name in frame.columns])
    table = Table(frame, schema)
    _check_conditions(table)
    _check_counts(table, description)
    return table


def split_table(table: Table, seed: int) -> Split:
    """Split a table at random.

    Parameters
    ----------
    table
        All rows.
    seed
        The same seed gives the same parts.

    Returns
    -------
    Split
        Half of the rows for training, a quarter each for validation and test.

    Raises
    ------
    InputError
        A part would have rows of one class only.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": range(40), "sex": ["f", "m"] * 20, "repaid": [0, 0, 1, 1] * 10})
    >>> split = split_table(Table(frame, Schema(("age",), (), "repaid", 1, ("sex",))), seed=42)
    >>> len(split.train), len(split.validation), len(split.test)
    (20, 10, 10)
    """
    classes = "both classes" if table.schema.task is Task.BINARY else "several labels"
    too_few = InputError(f"{len(table)} rows are too few for training, validation and test rows of {classes}")
    if len(table) < 4:
        raise too_few
    train, rest = train_test_split(table.frame, test_size=0.5, random_state=seed)
    validation, test = train_test_split(rest, test_size=0.5, random_state=seed)
    parts = [Table(frame, table.schema) for frame in (train, validation, test)]
    if not all(len(np.unique(part.y)) > 1 for part in parts):
        raise too_few
    return Split(*parts)


def check_classes(target: str, n: int) -> None:
    """Raise InputError if a label of several classes has one class, or too many to be classes.

    Parameters
    ----------
    target
        The label's column.
    n
        How many values it has.

    Examples
    --------
    >>> check_classes("town", 400)
    Traceback (most recent call last):
    fairtab.errors.InputError: target 'town': expected 2 to 50 classes, got 400
    """
    if not 1 < n <= MOST_CLASSES:
        raise InputError(f"target {target!r}: expected 2 to {MOST_CLASSES} classes, got {n}")


def _check_conditions(table: Table) -> None:
    schema = table.schema
    classes = sorted(map(str, table.frame[schema.target].unique()))
    if schema.task is not Task.BINARY:
        check_classes(schema.target, len(classes))
        return
    if len(classes) != 2:
        # many values are no classes, and values of single rows must not be shown
        shown = f" ({', '.join(classes)})" if len(classes) <= MAX_CLASSES else ""
        raise InputError(
            f"target {schema.target!r}: expected two classes, got {len(classes)}{shown}: make a column of two with "
            "dataset.derive, or choose rows with dataset.rows"
        )
    if not 0 < table.y.sum() < len(table):
        shown = ", ".join(classes)
        raise InputError(f"target {schema.target!r}: expected {schema.positive!r} as one of its classes, got {shown}")


def _check_counts(table: Table, description: DatasetDescription) -> None:
    if not (expected := description.expected):
        return
    if expected.state not in (None, description.state):
        return
    table.schema.check_binary("dataset.expected")
    n_rows, n_positive = len(table), int(table.y.sum())
    if expected.rows not in (None, n_rows) or expected.positive not in (None, n_positive):
        words = {"rows": expected.rows, "of them positive": expected.positive}
        asked = ", ".join(f"{count} {word}" for word, count in words.items() if count is not None)
        raise InputError(f"dataset {description.name!r}: expected {asked}; the source has {n_rows} and {n_positive}")
