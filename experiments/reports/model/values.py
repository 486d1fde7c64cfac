"""The value in a cell of a results table: mean and spread over seeds, and the published number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd


@dataclass(frozen=True)
class Value:
    """A quantity over seeds. `mean` is None if it is unknown; `std` is None if there are fewer than two seeds."""

    mean: float | None = None
    std: float | None = None
    n: int = 0  # seeds with a defined value
    measured: int = 0  # seeds that were measured, with a defined value or not
    asked: int = 0  # seeds that the benchmark asks for
    full: int = 0  # seeds that a cell has if none is missing: what fewer are compared with
    published: tuple[float, float | None] | None = None  # mean and spread
    place: int = 0  # 1: best of its column, 2: second, 0: neither

    @classmethod
    def over_seeds(
        cls,
        values: pd.Series,
        *,
        measured: int,
        asked: int,
        full: int,
        published: tuple[float, float | None] | None = None,
    ) -> Value:
        """Summarise one value for each seed, nan if it is undefined."""
        values = values.dropna().astype(float)
        mean = float(values.mean()) if len(values) else None
        std = float(values.std()) if len(values) > 1 else None
        return cls(mean, std, len(values), measured, asked, max(full, measured), published)

    @property
    def difference(self) -> float | None:
        """Ours minus the published mean; None if it is not larger than both spreads, or if a number is unknown."""
        mean, std = self.published or (None, None)
        if self.mean is None or self.std is None or mean is None or std is None:
            return None
        difference = self.mean - mean
        return difference if abs(difference) > max(self.std, std) else None


def mean_of(values: Sequence[Value]) -> Value:
    """Average over datasets. The mean is None if a dataset has no value; the same holds for the published mean."""

    def mean(numbers: list[float | None]) -> float | None:
        known = [number for number in numbers if number is not None]
        return sum(known) / len(known) if known and len(known) == len(numbers) else None

    published = mean([value.published[0] if value.published else None for value in values])
    fewest = max(values, key=lambda value: value.full - value.n)  # a dataset may have more seeds than others
    return Value(
        mean([value.mean for value in values]),
        n=fewest.n,
        measured=min(value.measured for value in values),
        asked=min(value.asked for value in values),
        full=fewest.full,
        published=None if published is None else (published, None),
    )


def placed(values: Sequence[Value | None], goal: str | float | None, digits: int) -> list[Value | None]:
    """Mark the best and the second value. Values that are equal after rounding share a place.

    Parameters
    ----------
    values : sequence of Value or None
        The values of a column. None takes no part.
    goal : {"up", "down"}, float or None
        The goal of the metric, as in the catalogue. None marks nothing.
    digits : int
        Decimals that are shown.
    """
    if goal is None:
        return list(values)
    sign = {"up": -1, "down": 1}

    def cost(mean: float) -> float:
        shown = round(mean, digits)
        return sign[goal] * shown if isinstance(goal, str) else round(abs(shown - goal), digits)

    order = sorted({cost(value.mean) for value in values if value is not None and value.mean is not None})[:2]
    places = {cost: i + 1 for i, cost in enumerate(order)}
    return [
        value if value is None or value.mean is None else replace(value, place=places.get(cost(value.mean), 0))
        for value in values
    ]
