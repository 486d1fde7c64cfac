"""Complete rows by a model in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fairtab import seeds
from fairtab.dates import numbered
from fairtab.errors import InputError
from fairtab.front.own import Source, read_frame, spelled
from fairtab.groups import with_groups
from fairtab.model import FairTab
from fairtab.model.completing import complete
from fairtab.rules.predicate import Predicate
from fairtab.table import Table

TRIES = 50  # of a row whose number is of another group than it has


def complete_rows(model: str | Path, known: Source, *, seed: int = 0) -> Table:
    """Draw what is missing in rows: columns that are absent, and empty cells.

    Parameters
    ----------
    model
        A folder of a model.
    known
        A CSV or Parquet file, or a DataFrame, with some columns of the training table.
    seed
        The same seed gives the same rows.

    Returns
    -------
    Table
        The rows, with known values as they are (`fairtab.complete`).

    Raises
    ------
    InputError
        There is no model in the folder, a column is none of the training table, or the model draws no number of a group
        that a row has.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab import Schema
    >>> frame = pd.DataFrame({"age": [30, 40] * 20, "sex": ["f", "m"] * 20, "paid": [0, 0, 1, 1] * 10})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> FairTab(epochs=1, min_steps=1).fit(table, table, seed=0).save("model")
    >>> complete_rows("model", pd.DataFrame({"sex": ["f", "f"], "paid": [1, 0]})).frame["sex"].tolist()
    ['f', 'f']
    """
    fitted, rows = FairTab.load(Path(model)), read_frame(known)
    schema = fitted.codec.schema
    rows = numbered(rows, schema.dates)
    rows = with_groups(rows, (group for group in schema.groups.values() if group.column in rows), again=True)
    for column in (*fitted.codec.categorical, *fitted.codec.conditions):
        if column.name in rows:
            rows[column.name] = spelled(rows[column.name], column.values.tolist())
    return _obeying(fitted, rows, schema.rules, seeds.derive(seed, "complete"))


def _obeying(fitted: FairTab, known: pd.DataFrame, rules: Sequence[str], seed: int) -> Table:
    """Complete rows, and again those whose numbers are of another group."""
    made = complete(fitted, known, seed=seed)
    conditions, frame = [*map(Predicate, rules)], made.frame.copy()
    for n_tries in range(TRIES):
        broken = np.zeros(len(frame), dtype=bool)
        for condition in conditions:
            broken |= condition.false(frame)
        if not broken.any():
            return Table(frame, made.schema)
        again = complete(fitted, known[broken], seed=seeds.derive(seed, "again", n_tries)).frame
        frame.loc[broken] = again.set_axis(frame.index[broken])
    raise InputError(
        f"{int(broken.sum())} rows: the model drew no number of the group that they have ({', '.join(rules)}): give "
        "the number, or leave the group open"
    )
