"""All that a private fit knows of its rows but for what the network learns: their values, their joint, their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from fairtab.column import Column
from fairtab.errors import InputError
from fairtab.frames import with_columns
from fairtab.grouping import MAX_CODES
from fairtab.joint import Joint, cell_counts
from fairtab.privacy import histogram
from fairtab.privacy.columns import COARSE, FINE, cells, column_of, snapped, typed
from fairtab.privacy.ledger import FOR_RENYI, Budget, Entry, Ledger
from fairtab.settings import Privacy
from fairtab.table import Table


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of the rows of a training table, and the rows with known values alone.

    Parameters
    ----------
    ledger
        What it cost.
    joint
        The distribution of label and sensitive attributes.
    n_rows
        About how many rows there are.
    columns
        The columns by name, with noisy counts.
    table
        The rows, of which nothing but what the ledger has may be told.

    Examples
    --------
    >>> from dataclasses import fields
    >>> [field.name for field in fields(Known)]
    ['ledger', 'joint', 'n_rows', 'columns', 'table']
    """

    ledger: Ledger
    joint: Joint
    n_rows: int
    columns: Mapping[str, Column]
    table: Table


def look(train: Table, settings: Privacy, rng: np.random.Generator) -> Known:
    """Look at a training table once, and charge for it.

    The names, roles and types of columns are public, and so are the values of the label and of the sensitive columns.
    Everything else is counted with noise: each cell of label and groups, and the values of each column. Of a numerical
    column those rows whose value is not frequent are counted again, in cells of a fine grid and then of a coarse one.

    Parameters
    ----------
    train
        The training table.
    settings
        The budget, and public bounds of columns.
    rng
        The source of the noise.

    Raises
    ------
    InputError
        The table has columns that a private fit does not cover, or no value of a column is frequent enough.

    Examples
    --------
    >>> from fairtab import load_dataset
    >>> train = load_dataset("compas").train
    >>> known = look(train, Privacy(epsilon=3), np.random.default_rng(0))
    >>> abs(known.n_rows - len(train)) < 500, 1 < known.ledger.epsilon < 1.06
    (True, True)
    """
    _check(train, settings)
    schema, ledger = train.schema, Ledger(Budget(settings.epsilon, settings.delta))
    n_selected = 3 * len(schema.numerical) + len(schema.categorical)  # of a number: values, fine and coarse cells
    noise = ledger.noise_for(sample_rate=1.0, steps=1 + n_selected, share=settings.share)
    delta = (1 - FOR_RENYI) * settings.delta / n_selected

    def charge(what: str, delta: float = 0.0) -> None:
        ledger.charge(Entry(what, noise, delta=delta))

    charge("joint and number of rows")
    counts = histogram.noisy(_counts(train, settings.values), noise, rng)
    n_rows, p = max(1, round(counts.sum())), histogram.onto_simplex(counts)
    columns = {}
    for name in schema.features:
        values = train.frame[name]
        present = typed(values, fractional=name in settings.fractional)
        charge(f"values of {name}", delta)
        counted = histogram.frequent(values, noise, delta, rng)
        if name in schema.numerical:
            others = present[~present.isin(counted.index)]
            for digits, what in ((FINE, "cells"), (COARSE, "coarse cells")):
                charge(f"{what} of {name}", delta)
                cell = cells(others, settings.bounds.get(name), digits)
                found = histogram.frequent(cell, noise, delta, rng)
                counted, others = pd.concat([counted, found]), others[~cell.isin(found.index)]
        columns[name] = column_of(name, counted, str(present.dtype))
        if name in schema.categorical and len(columns[name].values) > MAX_CODES:  # the codec would count rows of each
            raise InputError(f"privacy: {name!r} has more than {MAX_CODES} frequent values: leave it out")
    for name in schema.conditions:
        columns[name] = column_of(name, p.groupby(level=name).sum() * n_rows, str(p.index.unique(name).dtype))
    return Known(ledger, Joint(p), n_rows, columns, snapped(train, columns))


def _counts(train: Table, values: Mapping[str, Sequence[Any]]) -> pd.Series:
    """Count the rows in each combination of the values that label and sensitive columns can have."""
    rows = with_columns(train.frame, {name: typed(train.frame[name]) for name in train.schema.conditions})
    counts = cell_counts(Table(rows, train.schema))
    known = [
        typed(pd.Series(values[name])).drop_duplicates().sort_values().tolist() if name in values else level.tolist()
        for name, level in zip(counts.index.names, counts.index.levels, strict=True)
    ]
    for name, can_be, level in zip(counts.index.names, known, counts.index.levels, strict=True):
        if not set(level) <= set(can_be):
            raise InputError(f"privacy.values.{name}: the table has other values")
    return counts.reindex(pd.MultiIndex.from_product(known, names=counts.index.names), fill_value=0)


def _check(train: Table, settings: Privacy) -> None:
    schema = train.schema
    if not schema.features:
        raise InputError("expected columns to model besides the target and the sensitive ones, got none")
    if unknown := set(settings.values) - set(schema.conditions):
        raise InputError(f"privacy.values: no label or sensitive column: {', '.join(sorted(unknown))}")
    if unknown := set(settings.fractional) - set(schema.features):
        raise InputError(f"privacy.fractional: no column to model: {', '.join(sorted(unknown))}")
    if uncovered := [*schema.dates, *schema.groups]:
        raise InputError(f"privacy: no private fit of dates and of groups of numbers yet: {', '.join(uncovered)}")
    for name in settings.bounds:
        if name not in schema.numerical:
            raise InputError(f"privacy.bounds: {name!r} is no numerical column")
