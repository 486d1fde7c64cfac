"""The registry of learners: every YAML file in conf/learner is one. `info` there says what tables show of it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

import yaml

from experiments.configuration import CONF

JUDGE = "catboost"  # trained on every table, unless another learner is asked for
ORACLE = "oracle"
MARKS = "g: has a rule for each group, so it needs a person's group. r: draws labels at random."


@dataclass(frozen=True)
class Learner:
    """A learner as tables and documents show it.

    Parameters
    ----------
    name : str
        As in runs.
    label : str
        The learner's name in tables.
    reference : str
        What the learner is and who published it, in one line.
    kind : {"judge", "fair", "ceiling"}
        A "fair" learner sets out to treat groups alike. A ceiling sees what no learner may see.
    needs_group : bool
        Whether it cannot predict without a person's group, since it has a rule for each.
    randomised : bool
        Whether it draws labels at random.
    """

    name: str
    label: str
    reference: str = ""
    kind: Literal["judge", "fair", "ceiling"] = "fair"
    needs_group: bool = False
    randomised: bool = False

    @property
    def marked(self) -> str:
        """The label with its marks, which `MARKS` explains."""
        marks = [mark for mark, holds in (("g", self.needs_group), ("r", self.randomised)) if holds]
        return f"{self.label} ({', '.join(marks)})" if marks else self.label


@functools.cache
def learners() -> tuple[Learner, ...]:
    """Give all learners in the order of tables: the judge, fair learners by name, ceilings."""
    read = [yaml.safe_load(path.read_text()) for path in sorted((CONF / "learner").glob("*.yaml"))]
    found = [Learner(content["name"], **content["info"]) for content in read]
    return tuple(sorted(found, key=lambda learner: ("judge", "fair", "ceiling").index(learner.kind)))


def learner(name: str) -> Learner:
    """Give a learner by its name. One of no YAML file has its name for a label."""
    return next((known for known in learners() if known.name == name), Learner(name, name))
