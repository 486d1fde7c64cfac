"""Recognise dates and numbers in columns of text, to explain why a column is not numerical."""

from __future__ import annotations

import pandas as pd

NUMBER = r"[-+]?\d+(?:\.\d+)?"
GROUPED = rf"{NUMBER}|[-+]?\d{{1,3}}(?:[,.' \u00a0\u202f]\d{{3}})+(?:[.,]\d+)?|[-+]?\d+,\d+"
DATE = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))(?:[ T].*)?"
LOOKS = {  # of numbers: by description, the pattern of every value
    "numbers with a currency sign": rf"[-+]?[$€£¥₹] ?(?:{GROUPED})|(?:{GROUPED}) ?[$€£¥₹]",
    "numbers with a percent sign": rf"(?:{GROUPED}) ?%",
    "numbers with separators": GROUPED,
}
CODE = r"[-+]?0\d|\+"  # begins codes and telephone numbers


def look_of(column: pd.Series) -> str | None:
    """Say what the values of a column of text look like.

    Parameters
    ----------
    column
        A column of text.

    Returns
    -------
    str or None
        A description in words; None for words, codes, and numbers.

    Examples
    --------
    >>> look_of(pd.Series(["$1,200", "$80"]))
    'numbers with a currency sign'
    """
    if pd.api.types.is_numeric_dtype(column) or column.isna().all():
        return None
    counts = column.value_counts()
    text = counts.index.to_series().astype(str)
    if text.str.fullmatch(DATE).all():
        return "dates"
    if text.str.match(CODE).any():
        return None
    if look := next((look for look, pattern in LOOKS.items() if text.str.fullmatch(pattern).all()), None):
        return look
    n_numbers, n_present = int(counts[text.str.fullmatch(NUMBER).to_numpy()].sum()), int(counts.sum())
    return f"numbers in {n_numbers} of {n_present} rows" if n_numbers > n_present / 2 else None
