"""The folder that a program works in: what it is given, and what it has to leave there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fairtab.errors import InputError, first_line
from fairtab.table import Schema, Table

SYNTHETIC, MODEL = "synthetic.parquet", "model"


def write(folder: Path, train: Table, validation: Table, request: Mapping[str, Any]) -> None:
    """Write what the program is given. In `request`, "joint" is the number of rows of each cell, or None."""
    for name, table in (("train", train), ("validation", validation)):
        table.frame.to_parquet(folder / f"{name}.parquet", index=False)
    # each in one line, so that readers of JSON lines can read it, too
    (folder / "schema.json").write_text(json.dumps(_described(train)))
    (folder / "request.json").write_text(json.dumps({**request, "joint": _cells(request["joint"])}))


def has_model(folder: Path) -> bool:
    """Tell whether there is a file of a fitted model."""
    return any(path.is_file() for path in (folder / MODEL).rglob("*"))


def read(folder: Path, train: Table, n: int, counts: pd.Series | None) -> Table:
    """Read the synthetic table.

    Values come back in the types of the training table, whatever types of the same values the program wrote.

    Parameters
    ----------
    folder
        The program's folder.
    train
        The training table.
    n
        The number of rows that were asked for.
    counts
        The number of rows of each cell that were asked for, None if any will do.

    Raises
    ------
    InputError
        There is no table, or it is not one that was asked for. The message quotes no value of a feature.
    """
    made = _frame(folder / SYNTHETIC)
    expected = list(train.frame.columns)
    if missing := [name for name in expected if name not in made]:
        raise InputError(f"{SYNTHETIC}: missing columns: {', '.join(missing)}")
    if more := [str(name) for name in made if name not in expected]:
        raise InputError(f"{SYNTHETIC}: columns that the training table does not have: {', '.join(more)}")
    if len(made) != n:
        raise InputError(f"{SYNTHETIC}: expected {n} rows, got {len(made)}")
    legal = {}
    for name in expected:
        try:
            convert = _numbers if name in train.schema.numerical else _categories
            legal[name] = convert(made[name], train.frame[name])
        except InputError as error:
            raise InputError(f"{SYNTHETIC}: column {name!r}: {error}") from None
    frame = pd.DataFrame(legal)
    if counts is not None:
        _check_counts(frame, counts)
    return Table(frame, train.schema)


def _described(train: Table) -> dict[str, Any]:
    schema: Schema = train.schema
    kinds = {name: "numerical" if name in schema.numerical else "categorical" for name in train.frame.columns}
    return {
        "columns": [{"name": name, "kind": kind} for name, kind in kinds.items()],
        "target": schema.target,
        "positive": schema.positive,
        "sensitive": list(schema.sensitive),
    }


def _cells(counts: pd.Series | None) -> list[dict[str, Any]] | None:
    if counts is None:
        return None
    cells = counts[counts > 0]
    values = cells.index.to_frame(index=False).to_dict("records")
    return [{"values": cell, "rows": int(n)} for cell, n in zip(values, cells, strict=True)]


def _frame(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise InputError(f"the program wrote no {SYNTHETIC}")
    try:
        table = pq.read_table(path)
        nested = [field.name for field in table.schema if pa.types.is_nested(field.type)]
        frame = table.to_pandas(ignore_metadata=True)  # another pandas may have written types that this one lacks
    except Exception as error:  # noqa: BLE001 - a file may be wrong in any way
        raise InputError(f"{SYNTHETIC} is no Parquet file that can be read: {first_line(error)}") from None
    if nested:
        raise InputError(f"{SYNTHETIC}: expected one value in a cell, got several in columns {', '.join(nested)}")
    if twice := sorted(set(frame.columns[frame.columns.duplicated()])):
        raise InputError(f"{SYNTHETIC}: columns that come twice: {', '.join(twice)}")
    return frame


def _numbers(made: pd.Series, real: pd.Series) -> pd.Series:
    """Give numbers the training column's type. Raises InputError if one is not like those of the training column."""
    if pd.api.types.is_bool_dtype(made) or not pd.api.types.is_numeric_dtype(made):
        if made.notna().any():
            raise InputError(f"expected numbers, got {made.dtype} values")
        made = made.astype(float)  # nothing but missing values has no type of its own
    _check_missing(made, real)
    present = made.dropna()
    low, high = real.min(), real.max()
    if present.dtype.kind == "f":  # a number in single precision may be rounded over the edge
        low, high = (np.array(edge, dtype=present.dtype) for edge in (low, high))
    if n := int((~present.between(low, high)).sum()):
        raise InputError(f"{n} numbers are outside of the training column's range")
    if (real.dropna() % 1 == 0).all() and (n := int((present % 1 != 0).sum())):
        raise InputError(f"expected whole numbers, as in training, got {n} others")
    return made.astype(real.dtype).clip(real.min(), real.max())


def _categories(made: pd.Series, real: pd.Series) -> pd.Series:
    """Give values the training column's type. Raises InputError if one is not of the training column."""
    _check_missing(made, real)
    known = {value: value for value in real.dropna().unique()}
    present = made.notna()
    if n := int((~made[present].isin(list(known))).sum()):
        raise InputError(f"{n} values ({made.dtype}) are none of the training column ({real.dtype})")
    values = made.astype(object).where(present, np.nan)
    values[present] = [known[value] for value in made[present]]
    return values.astype(real.dtype)


def _check_missing(made: pd.Series, real: pd.Series) -> None:
    if made.isna().any() and not real.isna().any():
        raise InputError(f"{int(made.isna().sum())} values are missing, and none is in training")


def _check_counts(frame: pd.DataFrame, counts: pd.Series) -> None:
    """Raise InputError if the cells do not have the rows that were asked for."""
    found = frame.groupby(list(counts.index.names), observed=True).size().reindex(counts.index, fill_value=0)
    wrong = counts.index[found != counts]
    if len(wrong):
        cell = ", ".join(f"{name}={value}" for name, value in zip(counts.index.names, wrong[0], strict=True))
        more = f", and {len(wrong) - 1} other cells are wrong, too" if len(wrong) > 1 else ""
        raise InputError(f"{SYNTHETIC}: expected {counts[wrong[0]]} rows of {cell}, got {found[wrong[0]]}{more}")
