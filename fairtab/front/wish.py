"""What a user wishes of a fair table: a goal, or a level."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from fairtab.errors import InputError
from fairtab.front.own import names
from fairtab.goals.goal import Goal
from fairtab.levels import MAX_LEVEL, check_level
from fairtab.metrics.score import WEIGHTS
from fairtab.table import Schema
from fairtab.task import Task


@dataclass(frozen=True)
class Wish:
    """A goal that a search serves, or a level of Eq. 8 that needs no search. Exactly one of both is given.

    Parameters
    ----------
    goal
        What a classifier that learns from the table is to reach.
    level
        0: groups as in the real table; 10: groups of equal size for each label.

    Examples
    --------
    >>> print(Wish(goal=None, level=10))
    groups at level 10 of 10
    """

    goal: Goal | None
    level: float | None

    def __str__(self) -> str:
        return str(self.goal) if self.goal else f"groups at level {self.level:g} of 10"


def wish_for(
    *,
    dpr: float | None = None,
    eor: float | None = None,
    auc: float | None = None,
    score: bool = False,
    level: float | None = None,
    attributes: str | Iterable[str] | None = None,
    equal_groups: bool = False,
    schema: Schema | None = None,
) -> Wish:
    """Read the options of `make`. Without any, the wish is the highest SCORE, or level 10 if the label is not binary.

    Parameters
    ----------
    dpr, eor, auc
        Lower bounds for the demographic parity ratio, the equalized odds ratio and the AUC.
    score
        Whether to look for the highest SCORE = 0.5 AUC + 0.25 DPR + 0.25 EOR, among what meets the bounds.
    level
        A level in place of a goal.
    attributes
        The sensitive attributes that the goal is about, or "intersection". By default each of them.
    equal_groups
        Whether the groups of a goal's table are of equal size, so that a classifier has as many rows of small ones.
        It can help if the real table has few of them. By default they are as large as in the real table.
    schema
        Of the table, if it is known.

    Raises
    ------
    InputError
        Both a level and a goal are given, a number is outside its range, or the label is not binary and a goal is
        given.

    Examples
    --------
    >>> print(wish_for(dpr=0.8))
    DPR at least 0.8, then the most of AUC
    """
    bounds = {dpr, eor, auc}
    about = attributes if attributes is None or attributes == "intersection" else names(attributes)
    is_goal = score or equal_groups or about is not None or bounds != {None}
    if level is not None:
        if is_goal:
            raise InputError("expected a level or a goal (dpr, eor, auc, score, attributes, equal_groups), got both")
        check_level(level)
        return Wish(goal=None, level=level)
    if schema and schema.task is not Task.BINARY:
        if is_goal:
            schema.check_binary("a goal (dpr, eor, auc, score)")
        return Wish(goal=None, level=MAX_LEVEL)
    weights = dict(WEIGHTS) if score or bounds == {None} else {"auc": 1.0}
    groups: Literal["natural", "uniform"] = "uniform" if equal_groups else "natural"
    return Wish(Goal(auc=auc, dpr=dpr, eor=eor, weights=weights, attributes=about, groups=groups), level=None)
