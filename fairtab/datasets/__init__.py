"""Datasets: one YAML file each in conf/dataset, read into a Split that is the same for every seed."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from sklearn.model_selection import train_test_split

from fairtab.datasets import sources
from fairtab.datasets.description import complete
from fairtab.datasets.inference import infer
from fairtab.datasets.preparation import meant, prepare
from fairtab.errors import InputError, check_choice
from fairtab.table import Schema, Split, Table

MAX_CLASSES = 5  # of a target that are named where there should be two
PACKAGE = Path(__file__).parents[1]
# a wheel carries the folder inside the package, a checkout has it beside
CONFIGS = next(path for path in (PACKAGE / "conf", PACKAGE.parent / "conf") if path.is_dir()) / "dataset"


def load_dataset(name: str, **overrides: Any) -> Split:
    """The dataset that conf/dataset/<name>.yaml describes, with entries of that file overridden by keyword.

    Raises
    ------
    InputError
        There is no such dataset, its file is not to be found, or what is in it is not as the description says.
    """
    check_choice("dataset", name, sorted(path.stem for path in CONFIGS.glob("*.yaml")))
    return load({**yaml.safe_load((CONFIGS / f"{name}.yaml").read_text()), **overrides})


def load(config: Mapping[str, Any]) -> Split:
    """Read, check and split the dataset of a description: half for training, a quarter each to validate and test."""
    description = complete(config)
    table = sources.obtain(description, functools.partial(_table, description=description))
    return _split(table, description["split_seed"])


def _table(frame: pd.DataFrame, description: Mapping[str, Any]) -> Table:
    """Make of a table as it came the one described, or raise InputError."""
    marker = description["missing"].get("marker")
    frame = prepare(frame if marker is None else frame.mask(frame == marker), description)
    if description.get("infer"):
        frame, description = infer(frame, description)
    schema = Schema(
        numerical=description["numerical"],
        categorical=description["categorical"],
        target=description["target"],
        positive=_positive(frame, description),
        sensitive=description["sensitive"],
        as_category=description.get("as_category") or {},
    )
    table = Table(_without_missing(frame, schema, description["missing"]["policy"]), schema)
    _check_conditions(table)
    _check_counts(table, description["name"], description.get("expected"))
    return table


def _positive(frame: pd.DataFrame, description: Mapping[str, Any]) -> Any:
    """The positive value as the target spells it: 1 in a description may be "1" or 1.0 in a file."""
    target = description["target"]
    return meant(description["positive"], frame[target].dropna().unique().tolist() if target in frame else ())


def _without_missing(frame: pd.DataFrame, schema: Schema, policy: str) -> pd.DataFrame:
    if policy == "drop":
        known = [name for name in schema.columns if name in frame.columns]
        return frame.dropna(subset=known)
    if policy == "keep":
        return frame
    raise InputError(f"unknown missing policy {policy!r}: expected drop or keep")


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
        # many values are no classes but rows' own, which are not to be shown
        shown = f" ({', '.join(classes)})" if len(classes) <= MAX_CLASSES else ""
        raise InputError(
            f"target {schema.target!r}: expected two classes, got {len(classes)}{shown}: make a column of two with "
            "dataset.derive, or choose rows with dataset.rows"
        )
    if not 0 < table.y.sum() < len(table):
        shown = ", ".join(classes)
        raise InputError(f"target {schema.target!r}: expected {schema.positive!r} as one of its classes, got {shown}")


def _check_counts(table: Table, name: str, expected: Mapping[str, int] | None) -> None:
    found = {"rows": len(table), "positive": int(table.y.sum())}
    if expected and dict(expected) != found:
        raise InputError(
            f"dataset {name!r}: expected {expected['rows']} rows, {expected['positive']} of them positive; "
            f"the source has {found['rows']} and {found['positive']}"
        )
