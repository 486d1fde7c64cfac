"""Make values of a table missing on purpose, to measure what missing values cost."""

from __future__ import annotations

import numpy as np

from fairtab import seeds
from fairtab.datasets.description import RANDOM, InjectedMissing
from fairtab.errors import check_choice
from fairtab.frames import with_columns
from fairtab.table import Table


def inject_missing(table: Table, injected: InjectedMissing, *, seed: int) -> Table:
    """Make values of features missing, each by itself; labels and sensitive attributes stay.

    Parameters
    ----------
    table
        The table.
    injected
        How many, and where.
    seed
        The same seed makes the same values missing.

    Returns
    -------
    Table
        A copy.

    Raises
    ------
    InputError
        `injected` names a column that is not sensitive.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(100), "sex": ["f", "m"] * 50, "y": [0, 0, 1, 1] * 25})
    >>> table = Table(frame, Schema(("age",), (), "y", 1, ("sex",)))
    >>> bool(5 < inject_missing(table, InjectedMissing(rate=0.2), seed=0).frame["age"].isna().sum() < 40)
    True
    """
    rate = np.full(len(table), injected.rate)
    if injected.by != RANDOM:
        check_choice("inject.by", injected.by, (RANDOM, *table.schema.sensitive))
        groups = table.frame[injected.by]
        rate = np.where(groups == groups.value_counts().index[0], rate, 2 * rate)
    columns = {}
    kept = {table.schema.outcome, *table.schema.sensitive_numbers}  # what labels and groups are made of
    for name in (name for name in table.schema.features if name not in kept):
        is_lost = seeds.numpy_generator(seed, "missing", name).random(len(table)) < rate
        columns[name] = table.frame[name].mask(is_lost)
    return Table(with_columns(table.frame, columns), table.schema)
