"""Datasets: one YAML file each in conf/dataset, read into a Split that is the same for every seed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from sklearn.model_selection import train_test_split

from fairtab.errors import InputError
from fairtab.table import Schema, Split, Table

PACKAGE = Path(__file__).parent
SHIPPED = PACKAGE / "data"
# a wheel carries the folder inside the package, a checkout has it beside
CONFIGS = next(path for path in (PACKAGE / "conf", PACKAGE.parent / "conf") if path.is_dir()) / "dataset"


def load_dataset(name: str, **overrides: Any) -> Split:
    """The dataset that conf/dataset/<name>.yaml describes, with entries of that file overridden by keyword.

    Raises
    ------
    InputError
        There is no such dataset, its file is not to be found, or what is in it is not as the description says.
    """
    known = sorted(path.stem for path in CONFIGS.glob("*.yaml"))
    if name not in known:
        raise InputError(f"unknown dataset {name!r}: expected one of {', '.join(known)}")
    return load({**yaml.safe_load((CONFIGS / f"{name}.yaml").read_text()), **overrides})


def load(config: Mapping[str, Any]) -> Split:
    """Read, check and split the dataset of a description: half for training, a quarter each to validate and test."""
    schema = Schema(
        numerical=config["numerical"],
        categorical=config["categorical"],
        target=config["target"],
        positive=config["positive"],
        sensitive=config["sensitive"],
        as_category=config.get("as_category") or {},
    )
    frame = _without_missing(_read(_find(config["file"])), schema, config["missing"])
    table = Table(frame, schema)
    _check_conditions(table)
    _check_counts(table, config["name"], config.get("expected"))
    return _split(table, config["split_seed"])


def data_folder() -> Path:
    """Where tables that are not shipped are looked for: FAIRTAB_DATA, or a folder in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("FAIRTAB_DATA") or cache / "fairtab")


def _find(file: str) -> Path:
    """Shipped with the package, else in the data folder, else a path of the user's own."""
    places = [SHIPPED / file, data_folder() / file, Path(file)]
    for place in places:
        if place.is_file():
            return place
    raise InputError(f"no table {file!r}: looked for {', '.join(map(str, places))}")


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except (ValueError, OSError) as error:  # pyarrow's and pandas' parsing errors are ValueErrors
        raise InputError(f"{path}: expected a Parquet or CSV table ({str(error).splitlines()[0]})") from error


def _without_missing(frame: pd.DataFrame, schema: Schema, missing: Mapping[str, Any]) -> pd.DataFrame:
    if missing.get("marker") is not None:
        frame = frame.mask(frame == missing["marker"])
    if missing["policy"] == "drop":
        known = [name for name in schema.columns if name in frame.columns]
        return frame.dropna(subset=known)
    if missing["policy"] == "keep":
        return frame
    raise InputError(f"unknown missing policy {missing['policy']!r}: expected drop or keep")


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
        shown = ", ".join(classes[:5])
        raise InputError(f"target {schema.target!r}: expected two classes, got {len(classes)} ({shown})")
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
