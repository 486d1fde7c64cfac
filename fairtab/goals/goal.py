"""What a user asks of a classifier trained on the synthetic table, and how far measured values are from it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Literal

from fairtab.errors import InputError, check_choice
from fairtab.joint import MAX_LEVEL, check_level

QUANTITIES = ("auc", "dpr", "eor")
GROUPS = {"natural": 0, "uniform": MAX_LEVEL}
PAPER_WEIGHTS = {"auc": 0.5, "dpr": 0.25, "eor": 0.25}  # of SCORE (Sec. 5.4.4)


@dataclass(frozen=True, kw_only=True)
class Goal:
    """Meet the bounds, and maximise a weighted sum among what meets them.

    Parameters
    ----------
    auc, dpr, eor : bounds from below, None for none. DPR and EOR keep theirs for each attribute
    weights : of auc, dpr and eor in what is maximised, DPR and EOR averaged over attributes; AUC alone by default
    attributes : sensitive attributes that the goal is about, or "intersection"; None for each of the table's
    groups : sizes of the groups: "natural", "uniform", or a level between (0 to 10)
    label_shift : how far the share of positive labels may leave the training table's
    selection_shift : how far the share predicted positive may leave that of a classifier trained on the real table.
        Else everybody is predicted positive, which makes DPR and EOR 1 and is no fairness
    max_offset : how far the label's log-odds may be moved for one value of an attribute
    """

    auc: float | None = None
    dpr: float | None = None
    eor: float | None = None
    weights: Mapping[str, float] = field(default_factory=lambda: {"auc": 1.0})
    attributes: Sequence[str] | Literal["intersection"] | None = None
    groups: float | str = "natural"
    label_shift: float = 0.01
    selection_shift: float = 0.05
    max_offset: float = 1.5

    def __post_init__(self) -> None:
        for name in QUANTITIES:
            if (bound := getattr(self, name)) is not None and not _is_number(bound, 0, 1):
                raise InputError(f"goal.{name}: expected a number from 0 to 1, got {bound!r}")
        if unknown := [name for name in self.weights if name not in QUANTITIES]:
            raise InputError(f"goal.weights: expected some of {', '.join(QUANTITIES)}, got {', '.join(unknown)}")
        if not all(_is_number(w, 0, math.inf) for w in self.weights.values()) or not any(self.weights.values()):
            raise InputError(f"goal.weights: expected numbers of at least 0 and one above, got {dict(self.weights)}")
        for name in ("label_shift", "selection_shift", "max_offset"):
            if not _is_number(getattr(self, name), 0, math.inf):
                raise InputError(f"goal.{name}: expected a number of at least 0, got {getattr(self, name)!r}")
        if isinstance(self.groups, str):
            check_choice("goal.groups", self.groups, [*GROUPS, "a level from 0 to 10"])
        check_level(self.level)

    @property
    def level(self) -> float:
        """The sizes of the groups as a level of Eq. 8."""
        return GROUPS[self.groups] if isinstance(self.groups, str) else self.groups

    @property
    def bounds(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in QUANTITIES if getattr(self, name) is not None}

    def resolve_attributes(self, sensitive: Sequence[str]) -> tuple[str, ...]:
        """The attributes that the goal is about, as results name them ("sex*race"), for a table that has `sensitive`.

        Raises InputError for one that the table has not.
        """
        if self.attributes is None:
            return tuple(sensitive)
        if self.attributes == "intersection":
            return ("*".join(sensitive),)
        names = [self.attributes] if isinstance(self.attributes, str) else list(self.attributes)
        if not names:
            raise InputError("goal.attributes: expected at least one attribute, got none")
        for name in names:
            check_choice("attribute in goal.attributes", name, [*sensitive, "intersection"])
        return tuple(dict.fromkeys("*".join(sensitive) if name == "intersection" else name for name in names))

    def value(self, metrics: Mapping[str, float], attributes: Sequence[str]) -> float:
        """What is maximised. A ratio that is undefined counts as 0."""
        return sum(
            weight * fmean(defined(metrics[name]) for name in result_names(quantity, attributes))
            for quantity, weight in self.weights.items()
        )

    def shortfall(self, metrics: Mapping[str, float], attributes: Sequence[str]) -> float:
        """By how much the bounds are missed, summed over them; 0 where all are met."""
        return sum(
            max(0.0, bound - defined(metrics[name]))
            for quantity, bound in self.bounds.items()
            for name in result_names(quantity, attributes)
        )

    def __str__(self) -> str:
        bounds = [f"{name.upper()} at least {bound:g}" for name, bound in self.bounds.items()]
        most = " + ".join(
            ("" if weight == 1 else f"{weight:g} ") + name.upper() for name, weight in self.weights.items() if weight
        )
        return ", ".join([*bounds, f"then the most of {most}" if bounds else f"the most of {most}"])


def result_names(quantity: str, attributes: Sequence[str]) -> list[str]:
    """What results call AUC, or DPR or EOR of each attribute."""
    return ["utility/auc"] if quantity == "auc" else [f"fairness/{quantity}/{name}" for name in attributes]


def defined(value: float | None) -> float:
    """An undefined ratio is as good as none."""
    return 0.0 if value is None or math.isnan(value) else value


def _is_number(value: object, low: float, high: float) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and low <= value <= high
