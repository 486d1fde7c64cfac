"""A goal: what a user asks of a classifier that is trained on the synthetic table."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Literal

from fairtab.errors import InputError, check_choice
from fairtab.levels import MAX_LEVEL, check_level

Metrics = dict[str, float]

QUANTITIES = ("auc", "dpr", "eor")
GROUPS = {"natural": 0, "uniform": MAX_LEVEL}


@dataclass(frozen=True, kw_only=True)
class Goal:
    """Lower bounds for AUC, DPR and EOR, and a weighted sum of them that is maximised among what meets the bounds.

    DPR is the demographic parity ratio, EOR the equalized odds ratio; 1 is equal treatment.

    Parameters
    ----------
    auc, dpr, eor
        The lower bounds, None for no bound. Those of DPR and EOR hold for each attribute.
    weights
        The weights of auc, dpr and eor in the sum. DPR and EOR are averaged over the attributes. By default the sum is
        the AUC; `fairtab.metrics.score.WEIGHTS` are the paper's.
    attributes
        The sensitive attributes that the goal is about, or "intersection" for all of them crossed. None stands for each
        sensitive attribute of the table.
    groups
        The sizes of the groups: "natural" as in the training table, "uniform", or a level between (0 to 10).
    label_shift
        How far the share of positive labels may be from that of the training table.
    selection_shift
        How far the share that the classifier predicts positive may be from that of a classifier trained on the real
        table. Without this limit a search would find a classifier that predicts everybody positive: its DPR and EOR
        are 1, but it is not fair.
    max_offset
        How far the label's log-odds may be moved for one value of an attribute.

    Raises
    ------
    InputError
        A value is of the wrong type or outside its range.

    Examples
    --------
    The four-fifths rule for the attribute sex, at the highest AUC:

    >>> goal = Goal(dpr=0.8, attributes=["sex"])
    >>> print(goal)
    DPR at least 0.8, then the most of AUC
    >>> round(goal.shortfall({"utility/auc": 0.9, "fairness/dpr/sex": 0.7}, ["sex"]), 6)
    0.1
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
            raise InputError(
                f"goal.weights: expected numbers of at least 0, one of them larger than 0, got {dict(self.weights)}"
            )
        for name in ("label_shift", "selection_shift", "max_offset"):
            if not _is_number(getattr(self, name), 0, sys.float_info.max):
                raise InputError(f"goal.{name}: expected a finite number of at least 0, got {getattr(self, name)!r}")
        if isinstance(self.groups, str):
            check_choice("goal.groups", self.groups, [*GROUPS, "a level from 0 to 10"])
        check_level(self.level)

    @property
    def level(self) -> float:
        """The sizes of the groups as a level of Eq. 8."""
        return GROUPS[self.groups] if isinstance(self.groups, str) else self.groups

    @property
    def bounds(self) -> dict[str, float]:
        """The lower bounds that were given, by name."""
        return {name: getattr(self, name) for name in QUANTITIES if getattr(self, name) is not None}

    def resolve_attributes(self, sensitive: Sequence[str]) -> tuple[str, ...]:
        """Return the attributes that the goal is about, for a table with the sensitive columns `sensitive`.

        They have the names that results use, for example "sex" or "sex*race".

        Raises
        ------
        InputError
            The goal names no attribute, or one that the table does not have.
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
        """Return the weighted sum that is maximised. A ratio that is undefined counts as 0."""
        return sum(
            weight * fmean(defined(metrics[name]) for name in result_names(quantity, attributes))
            for quantity, weight in self.weights.items()
        )

    def shortfall(self, metrics: Mapping[str, float], attributes: Sequence[str]) -> float:
        """Return by how much the bounds are missed, summed over them; 0 if all are met."""
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
        groups = [f"with groups at level {self.level:g} of 10"] if self.level else []
        return ", ".join([*bounds, f"then the most of {most}" if bounds else f"the most of {most}", *groups])


def result_names(quantity: str, attributes: Sequence[str]) -> list[str]:
    """Return the names of a quantity in results: one for AUC, one for each attribute for DPR and EOR.

    Examples
    --------
    >>> result_names("dpr", ["sex", "race"])
    ['fairness/dpr/sex', 'fairness/dpr/race']
    """
    return ["utility/auc"] if quantity == "auc" else [f"fairness/{quantity}/{name}" for name in attributes]


def defined(value: float | None) -> float:
    """Return the value, or 0 if it is undefined (None or nan).

    Examples
    --------
    >>> defined(0.5), defined(None), defined(math.nan)
    (0.5, 0.0, 0.0)
    """
    return 0.0 if value is None or math.isnan(value) else value


def _is_number(value: object, low: float, high: float) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and low <= value <= high
