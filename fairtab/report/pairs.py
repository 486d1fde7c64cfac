"""The rows of both tables by two columns at once, for pictures of the pairs that differ most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from fairtab.marginals import MISSING, OTHER, as_text, bin_names, date_names
from fairtab.table import Table

MOST = 10  # bins or values of a column: more cells than these cannot be told apart


def crossed(
    pair: tuple[str, str], real: Table, synthetic: Table, bins: Mapping[str, Mapping[str, Any]], *, min_rows: int
) -> dict[str, Any]:
    """Count the rows of two tables in each combination of the values of two columns.

    Parameters
    ----------
    pair
        Two columns.
    real, synthetic
        The tables.
    bins
        As `fairtab.marginals.bins` makes them.
    min_rows
        A combination that fewer real rows have counts as 0 in the real table, so that no single row is shown.

    Returns
    -------
    dict
        `values`: for each column its values or bins in words, at most ten and those of other and missing values.
        `real` and `synthetic`: shares of the rows, by value of the first and of the second column.

    Examples
    --------
    >>> from fairtab.marginals import bins
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"sex": ["f", "m", "f", "m"], "paid": [1, 0, 1, 1]})
    >>> table = Table(frame, Schema((), (), "paid", 1, ("sex",)))
    >>> crossed(("sex", "paid"), table, table, bins(table), min_rows=2)
    {'values': [['f', 'm'], ['0', '1']], 'real': [[0.0, 0.5], [0.0, 0.0]], 'synthetic': [[0.0, 0.5], [0.25, 0.25]]}
    """
    named = [_named(name, real, synthetic, bins[name]) for name in pair]
    values = [found["real"].cat.categories.tolist() for found in named]

    def counted(which: str) -> np.ndarray:
        first, second = (found[which].cat.codes.to_numpy() for found in named)
        counts = np.bincount(first * len(values[1]) + second, minlength=len(values[0]) * len(values[1]))
        return counts.reshape(len(values[0]), len(values[1]))

    of_real, of_synthetic = counted("real"), counted("synthetic")
    shown = np.where(of_real < min_rows, 0, of_real)
    return {
        "values": values,
        "real": (shown / len(real)).tolist(),
        "synthetic": (of_synthetic / len(synthetic)).tolist(),
    }


def _named(name: str, real: Table, synthetic: Table, given: Mapping[str, Any]) -> dict[str, pd.Series]:
    """Return the value or bin of each row in words, as categories that both tables share, without empty ones."""
    tables, form = {"real": real, "synthetic": synthetic}, real.schema.dates.get(name)
    if "edges" in given:
        edges = np.array(given["edges"])[:: len(given["edges"]) // MOST]
        order = bin_names(edges, form, digits=6)
        place = {
            which: np.searchsorted(edges[1:-1], table.frame[name].astype(float), side="right")
            for which, table in tables.items()
        }
        text = {which: pd.Series(np.array(order, dtype=object)[codes]) for which, codes in place.items()}
    else:
        text = {which: as_text(table.frame[name]) for which, table in tables.items()}
        frequent = text["real"][text["real"].isin(given["values"])].value_counts().index[:MOST]
        order = [value for value in given["values"] if value in frequent]
        text = {which: column.where(column.isin(order), OTHER) for which, column in text.items()}
        if form:
            dates = dict(zip(order, date_names(order, form), strict=True))
            order, text = [*dates.values()], {which: column.replace(dates) for which, column in text.items()}
    text = {which: column.mask(tables[which].frame[name].isna(), MISSING) for which, column in text.items()}
    found = {value for column in text.values() for value in column.unique()}
    kept = [value for value in dict.fromkeys([*order, OTHER, MISSING]) if value in found]
    return {which: column.astype(pd.CategoricalDtype(kept)) for which, column in text.items()}
