"""DataFrames with some columns replaced."""

from collections.abc import Mapping
from typing import Any

import pandas as pd


def with_columns(frame: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a copy of a frame with these columns, whatever they are called.

    `DataFrame.assign` takes names as keywords, and ends in a TypeError for a column called `self`.

    Parameters
    ----------
    frame
        The frame. It stays as it is.
    columns
        The columns by name: those of these names are replaced where they stand, others come at the end.

    Examples
    --------
    >>> with_columns(pd.DataFrame({"self": [1], "age": [20]}), {"self": [2], "sex": ["f"]}).to_dict("list")
    {'self': [2], 'age': [20], 'sex': ['f']}
    """
    changed = frame.copy()
    for name, values in columns.items():
        changed[name] = values
    return changed
