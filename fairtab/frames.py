"""Columns of DataFrames: found, replaced, and several as one."""

import unicodedata
from collections.abc import Iterable, Mapping
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


def crossed(columns: pd.DataFrame) -> pd.Series:
    """Name the values that each row has in all columns together.

    Other values have another name: a value with a comma or a quotation mark is quoted, as in a CSV file.

    Parameters
    ----------
    columns
        One column or more.

    Examples
    --------
    >>> crossed(pd.DataFrame({"sex": ["F", "M"], "race": ["x", "y, z"]})).tolist()
    ['F, x', 'M, "y, z"']
    """
    first, *others = (_quoted(columns[name].astype(str)) for name in columns)
    return first.str.cat(others, sep=", ") if others else first


def _quoted(text: pd.Series) -> pd.Series:
    is_odd = text.str.contains('[,"]')
    return text.mask(is_odd, '"' + text.str.replace('"', '""') + '"')


def as_spelled(names: Iterable[Any], frame: pd.DataFrame) -> list[str]:
    """Return names as the table spells them: an accent is one character in one file and two in another.

    Examples
    --------
    >>> as_spelled(["Gen\u00e8ve"], pd.DataFrame({"Gene\u0300ve": []})) == ["Gene\u0300ve"]
    True
    """
    spelled = {unicodedata.normalize("NFC", name): name for name in frame.columns}
    asked = ((str(name), unicodedata.normalize("NFC", str(name))) for name in names)
    return [name if name in frame.columns else spelled.get(normal, name) for name, normal in asked]
