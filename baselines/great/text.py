"""Rows as text and back: "age is 39, job is nurse" (Borisov et al., ICLR 2023, Sec. 3.1)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from fairtab.column import Column

IS, COMMA, END = " is ", ", ", "<|end|>"
MISSING = "%missing"  # equals no value: a percent sign in a value is written %25


class RowText:
    """The sentences "<name> is <value>" of a table, and the reading of rows. Any order of a row's sentences is right.

    Parameters
    ----------
    columns
        The columns of a row.
    numerical
        Names of the columns with numbers. They can have numbers between those of training.

    Attributes
    ----------
    sentences : list of str
        A sentence for each code of each column, column by column.
    """

    def __init__(self, columns: Sequence[Column], numerical: Collection[str]) -> None:
        self.words = {written(column.name): Words(column, column.name in numerical) for column in columns}
        self.sentences = [f"{name}{IS}{value}" for name, words in self.words.items() for value in words.codes]

    def read(self, text: str) -> list[int] | None:
        """Return the codes of the row that the text says, or None if the text is malformed.

        A text has to say every column exactly once, each with a value that the column can have.
        """
        row: dict[str, int] = {}
        for sentence in text.split(COMMA):
            name, _, value = sentence.partition(IS)
            code = self.words[name].read(value) if name in self.words and name not in row else None
            if code is None:
                return None
            row[name] = code
        return [row[name] for name in self.words] if len(row) == len(self.words) else None


class Words:
    """What the values of a column are in text.

    Parameters
    ----------
    column
        The column.
    ordered
        Whether its values are numbers.
    """

    def __init__(self, column: Column, ordered: bool) -> None:
        self.codes = {written(value): code for code, value in enumerate(column.values.tolist())}
        self.n_missing = int(pd.isna(column.values).sum())
        self.numbers = column.values[self.n_missing :].astype(float) if ordered else np.empty(0)

    def read(self, text: str) -> int | None:
        """Return the code of a value, or None if the column cannot have it.

        A number that training does not have gets the code of the next larger one, as in `Codec.encode`.
        """
        if (code := self.codes.get(text)) is not None or not len(self.numbers):
            return code
        try:
            number = float(text)
        except ValueError:
            return None
        if not self.numbers[0] <= number <= self.numbers[-1]:
            return None
        return self.n_missing + int(np.searchsorted(self.numbers, number))


def written(value: Any) -> str:
    """The text of a name or a value. If it would read like a separator or the end, it is escaped as in a URL."""
    if pd.isna(value):
        return MISSING
    text = str(value).removesuffix(".0") if isinstance(value, float) else str(value)
    misread = any(mark in f" {text} " for mark in (IS, COMMA, END, "%"))
    return quote(text, safe="") if misread else text
