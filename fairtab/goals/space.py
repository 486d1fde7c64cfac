"""The joints that a search can choose from, as points of a small space with named coordinates."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd

from fairtab.errors import InputError
from fairtab.goals.goal import Goal
from fairtab.joint import Joint, at_rate
from fairtab.table import Table

Point = dict[str, float]

RATE = "rate"


class Space:
    """The space of joints for a goal and a training table.

    A point has the share of positive labels, and an offset of the label's log-odds for every value of the goal's
    attributes except the most frequent one (see `Joint.with_odds`).

    Parameters
    ----------
    goal
        What is asked for.
    train
        The training table.

    Attributes
    ----------
    ranges : dict
        The lowest and the highest value of each coordinate.
    start : dict
        The point at which label and groups are independent.
    cells : pd.MultiIndex
        The combinations of sensitive values.
    sizes : np.ndarray
        The share of rows in each cell, the same at all points. [cells]

    Raises
    ------
    InputError
        The training table has one class only, or it does not have an attribute that the goal names.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab import Schema
    >>> frame = pd.DataFrame({"hired": [1, 1, 1, 0], "sex": ["m", "m", "f", "m"]})
    >>> space = Space(Goal(dpr=0.8), Table(frame, Schema((), (), "hired", 1, ("sex",))))
    >>> space.start
    {'offset/sex/f': 0.0, 'rate': 0.75}
    >>> round(space.joint({"offset/sex/f": 1.0, "rate": 0.75}).rate_of(1, "sex", "f"), 2)
    0.87
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
            if {name, "*".join(schema.sensitive)} & set(self.attributes):
                share = self.own.probability.groupby(level=name).sum()
                others = share.index[share.index != share.idxmax()]
                self.offsets |= {f"offset/{name}/{value}": (name, value) for value in others}
        shift = min(goal.label_shift, min(p_y, 1 - p_y) / 2)
        self.ranges = dict.fromkeys(self.offsets, (-goal.max_offset, goal.max_offset))
        self.ranges[RATE] = (p_y - shift, p_y + shift)
        self.start = {**dict.fromkeys(self.offsets, 0.0), RATE: p_y}  # label and groups independent
        start = self.joint(self.start).groups
        self.cells, self.sizes = pd.MultiIndex.from_frame(start.index.to_frame()), start.to_numpy()
        self.has_offset = np.array(
            [self.cells.get_level_values(attribute) == value for attribute, value in self.offsets.values()], dtype=float
        ).reshape(-1, len(self.cells))

    def log_odds(self, point: Mapping[str, float]) -> np.ndarray:
        """Return the log-odds of the positive label in each cell at a point: float [cells]."""
        return at_rate(np.array([point[name] for name in self.offsets]) @ self.has_offset, self.sizes, point[RATE])

    def point(self, coordinates: Sequence[float]) -> Point:
        """Return the point with these coordinates, in the order of `ranges`."""
        return dict(zip(self.ranges, map(float, coordinates), strict=True))

    def joint(self, point: Mapping[str, float]) -> Joint:
        """Return the joint at a point."""
        offsets: dict[str, dict[Hashable, float]] = {}
        for name, (attribute, value) in self.offsets.items():
            offsets.setdefault(attribute, {})[value] = point[name]
        return self.own.with_odds(self.positive, offsets, level=self.level, rate=point[RATE])
