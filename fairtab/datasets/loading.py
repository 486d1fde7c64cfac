"""Load a dataset: read the table, check it against its description, and split it."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from sklearn.model_selection import train_test_split

from fairtab.datasets import sources
from fairtab.datasets.date_columns import as_numbers_or_text, find_dates
from fairtab.datasets.description import DatasetDescription
from fairtab.datasets.inference import infer
from fairtab.datasets.injection import inject_missing
from fairtab.datasets.preparation import meant, prepare
from fairtab.errors import InputError, check_choice
from fairtab.table import Schema, Split, Table

MAX_CLASSES = 5  # an error names the classes of a target if there are no more than these
PACKAGE = Path(__file__).parents[1]
# a wheel has the folder inside the package, a checkout has it beside the package
CONFIGS = next(path for path in (PACKAGE / "conf", PACKAGE.parent / "conf") if path.is_dir()) / "dataset"


def load_dataset(name: str, **overrides: Any) -> Split:
    """Load the dataset that `conf/dataset/<name>.yaml` describes.

    Parameters
    ----------
    name
        The name of the file without its ending: adult, bank, compas, compas_openml, german, or table for a file of
        your own.
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
    table = sources.obtain(description, functools.partial(_table, description=description))
    if description.inject:
        table = inject_missing(table, description.inject, seed=description.split_seed)
    return _split(table, description.split_seed)


def _table(frame: pd.DataFrame, description: DatasetDescription) -> Table:
    """Make the described table from the frame that was read. Raises InputError if it does not fit."""
    missing = description.missing
    frame = prepare(
        frame if missing.marker is None else frame.mask(frame == missing.marker),
        columns=description.columns,
        spelling=description.spelling,
        rows=description.rows,
        derive=description.derive,
    )
    dates = find_dates(frame, description)
    frame = as_numbers_or_text(frame, dates)
    if description.infer:
        frame, description = infer(frame, description, dates)
    target = description.target
    schema = Schema(
        numerical=description.numerical,
        categorical=description.categorical,
        target=target,
        # as the file spells it: 1 in a description may be "1" or 1.0 in a file
        positive=meant(description.positive, frame[target].dropna().unique().tolist() if target in frame else ()),
        sensitive=description.sensitive,
        as_category=description.as_category or {},
        dates={name: dates[name] for name in description.numerical if name in dates},
    )
    if missing.policy == "drop":
        frame = frame.dropna(subset=[name for name in schema.columns if name in frame.columns])
    table = Table(frame, schema)
    _check_conditions(table)
    _check_counts(table, description)
    return table


def _split(table: Table, seed: int) -> Split:
    too_few = InputError(f"{len(table)} rows are too few for training, validation and test rows of both classes")
    if len(table) < 4:
        raise too_few
    train, rest = train_test_split(table.frame, test_size=0.5, random_state=seed)
    validation, test = train_test_split(rest, test_size=0.5, random_state=seed)
    parts = [Table(frame, table.schema) for frame in (train, validation, test)]
    if not all(0 < part.y.sum() < len(part) for part in parts):
        raise too_few
    return Split(*parts)


def _check_conditions(table: Table) -> None:
    schema = table.schema
    for name in schema.conditions:
        if n_missing := int(table.frame[name].isna().sum()):
            raise InputError(f"column {name!r}: expected a value in every row, {n_missing} are missing")
    classes = sorted(map(str, table.frame[schema.target].unique()))
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
    expected, n_rows, n_positive = description.expected, len(table), int(table.y.sum())
    if expected and (expected.rows, expected.positive) != (n_rows, n_positive):
        raise InputError(
            f"dataset {description.name!r}: expected {expected.rows} rows, {expected.positive} of them positive; "
            f"the source has {n_rows} and {n_positive}"
        )
