"""A cell of a results table: mean and spread over seeds, beside what was published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd


@dataclass(frozen=True)
class Value:
    """A quantity over seeds. `mean` is None where it is not known, `std` where there are fewer than two seeds."""

    mean: float | None = None
    std: float | None = None
    n: int = 0  # seeds in which it is defined
    measured: int = 0  # seeds in which it was measured; it may have come out undefined
    asked: int = 0  # seeds that the benchmark asks for
    published: tuple[float, float | None] | None = None  # mean and spread
    place: int = 0  # 1 the best of its column, 2 the second, 0 neither

    @classmethod
    def over_seeds(
        cls, values: pd.Series, *, measured: int, asked: int, published: tuple[float, float | None] | None = None
    ) -> Value:
        """values: one for each seed, nan where undefined."""
        values = values.dropna().astype(float)
        mean = float(values.mean()) if len(values) else None
        std = float(values.std()) if len(values) > 1 else None
        return cls(mean, std, len(values), measured, asked, published)

    @property
    def difference(self) -> float | None:
        """Ours minus the published mean where it is larger than both spreads; None where not, or one is not known."""
        mean, std = self.published or (None, None)
        if self.mean is None or self.std is None or mean is None or std is None:
            return None
        difference = self.mean - mean
        return difference if abs(difference) > max(self.std, std) else None


def mean_of(values: Sequence[Value]) -> Value:
    """Over datasets; None where one of them lacks its value, and so for what was published."""

    def mean(numbers: list[float | None]) -> float | None:
        known = [number for number in numbers if number is not None]
        return sum(known) / len(known) if known and len(known) == len(numbers) else None

    published = mean([value.published[0] if value.published else None for value in values])
    asked = min(value.asked for value in values)
    return Value(
        mean([value.mean for value in values]),
        n=asked,
        measured=min(value.measured for value in values),
        asked=asked,
        published=None if published is None else (published, None),
    )


def placed(values: Sequence[Value | None], goal: str | float | None, digits: int) -> list[Value | None]:
    """The same with the best and the second marked, as they read: what is equal when rounded shares a place.

    goal: as of a metric in the catalogue. None in place of a value takes no part.
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
