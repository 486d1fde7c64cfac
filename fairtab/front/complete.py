"""Complete rows by a model in a folder."""

from __future__ import annotations

from pathlib import Path

from fairtab import seeds
from fairtab.dates import numbered
from fairtab.front.own import Source, read_frame, spelled
from fairtab.groups import with_groups
from fairtab.model import FairTab
from fairtab.model.completing import complete
from fairtab.table import Table


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
        There is no model in the folder, or a column is none of the training table.

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
    rows = numbered(rows, fitted.codec.schema.dates)
    rows = with_groups(rows, (group for group in fitted.codec.schema.groups.values() if group.column in rows))
    for column in (*fitted.codec.categorical, *fitted.codec.conditions):
        if column.name in rows:
            rows[column.name] = spelled(rows[column.name], column.values.tolist())
    return complete(fitted, rows, seed=seeds.derive(seed, "complete"))
