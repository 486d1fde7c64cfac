"""The joints that a search considers, as points of a small space with names."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from scipy.special import logit

from fairtab.errors import InputError
from fairtab.goals.goal import Goal
from fairtab.joint import Joint
from fairtab.table import Table

RATE = "rate"


class Space:
    """Offsets of the label's log-odds for every value of the goal's attributes but the most frequent one, and the share
    of positive labels (`Joint.with_odds`).

    Raises InputError where the training table has one class only, or not an attribute that the goal names.
    """

    def __init__(self, goal: Goal, train: Table) -> None:
        schema = train.schema
        self.level, self.own, self.positive = goal.level, Joint.from_table(train), schema.positive
        self.attributes = goal.resolve_attributes(schema.sensitive)
        p_y = float(train.y.mean())
        if not 0 < p_y < 1:
            raise InputError(f"target {schema.target!r}: a goal needs two classes, the training table has one")
        self.offsets: dict[str, tuple[str, Hashable]] = {}
        for name in schema.sensitive:
            if any(name in attribute.split("*") for attribute in self.attributes):
                share = self.own.probability.groupby(level=name).sum()
                others = share.index[share.index != share.idxmax()]
                self.offsets |= {f"offset/{name}/{value}": (name, value) for value in others}
        shift = min(goal.label_shift, min(p_y, 1 - p_y) / 2)
        self.ranges = dict.fromkeys(self.offsets, (-goal.max_offset, goal.max_offset))
        self.ranges[RATE] = (p_y - shift, p_y + shift)
        self.start = {**dict.fromkeys(self.offsets, 0.0), RATE: p_y}  # label and groups independent

    def log_odds(self, point: Mapping[str, float]) -> list[float]:
        """The point with all its numbers in one unit."""
        return [*(point[name] for name in self.offsets), float(logit(point[RATE]))]

    def joint(self, point: Mapping[str, float]) -> Joint:
        offsets: dict[str, dict[Hashable, float]] = {}
        for name, (attribute, value) in self.offsets.items():
            offsets.setdefault(attribute, {})[value] = point[name]
        return self.own.with_odds(self.positive, offsets, level=self.level, rate=point[RATE])
