"""The columns of a results table, and the text of its cells."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.columns import DASH, fewer, with_spread
from experiments.reports.model.values import Value


@dataclass(frozen=True)
class Column:
    """A column of a results table."""

    metric: str  # in words
    dataset: str = ""
    digits: int = 3
    goal: str | float | None = None

    @property
    def label(self) -> str:
        """Metric and dataset."""
        return " ".join(word for word in (self.metric, self.dataset) if word)


def number(value: Value | str, column: Column) -> str:
    """Write mean ± spread; a dash if nothing was measured yet; "undefined" if no seed has a defined value."""
    if isinstance(value, str):
        return value
    if value.mean is None:
        if value.measured:
            return "undefined"
        return DASH if value.asked else ""  # only the paper has this method, so no run is missing
    return with_spread(value.mean, value.std, column.digits) + fewer(value.n, value.full)


def beside(value: Value | str, column: Column) -> str:
    """Write the published mean in brackets, and our difference to it if it is larger than both spreads."""
    if isinstance(value, str) or value.published is None:
        return ""
    difference = "" if value.difference is None else f", {value.difference:+,.{column.digits}f}"
    space = " " if number(value, column) else ""
    return f"{space}[{value.published[0]:,.{column.digits}f}{difference}]"


def place_of(value: Value | str) -> int:
    """Give the place of a value in its column, 0 for words."""
    return 0 if isinstance(value, str) else value.place
