"""Every way to be fairer: a learner on a table, with its runs. And the oracle, by which all of them are measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from experiments import methods
from experiments.columns import number
from experiments.learners import JUDGE, ORACLE, learner, learners
from experiments.reports.model.shown import counted
from experiments.store.place import ceiling_level
from experiments.sweep import grid

LEVELS = (0, 5, 10)  # of the recommended method
TO_ORACLE = "to oracle"  # the heading of `to_oracle`


@dataclass(frozen=True, eq=False)
class Way:
    """A way to be fairer.

    Parameters
    ----------
    words : str
        What it is called in tables and figures.
    kind : {"real", "learner", "oracle", "generator", "ours", "both"}
        What makes the classifier fairer: nothing, a learner on real rows, an oracle on real rows, a synthetic table, a
        table of the recommended method, or a learner on a synthetic table.
    runs : pandas.DataFrame
        Its runs, one row for each seed.
    """

    words: str
    kind: Literal["real", "learner", "oracle", "generator", "ours", "both"]
    runs: pd.DataFrame

    @property
    def counted(self) -> str:
        """The words, and how many seeds there are if the benchmark asks for another number."""
        return counted(self.words, len(self.runs))


def ways(runs: pd.DataFrame, attribute: str) -> list[Way]:
    """List the ways that a dataset has runs of. The floor is left out.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame, of one dataset.
    attribute : str
        The sensitive attribute that goals are about.
    """
    runs = runs[runs["variant"].eq(grid.DEFAULT)]
    judged = grid.judged(runs)
    found = [*on_real_rows(runs), *_synthetic(judged), *_ours(judged, attribute), *_both(runs)]
    return [way for way in found if len(way.runs)]


def on_real_rows(runs: pd.DataFrame) -> list[Way]:
    """List the learners on the real table: the judge, fair learners, the oracle."""
    label = methods.label(methods.REAL)
    found = []
    for known in learners():
        words = label if known.name == JUDGE else f"{label}, {known.marked}"
        kind: Literal["real", "learner", "oracle"]
        kind = "real" if known.name == JUDGE else "oracle" if known.name == ORACLE else "learner"
        found.append(Way(words, kind, _on_real_rows(runs, known.name)))
    return [way for way in found if len(way.runs)]


def to_oracle(runs: pd.DataFrame, score: float, attribute: str, facts: Mapping[str, Any]) -> str:
    """Write how much of SCORE is missing to the oracle's mean on the real table; a dash if no run has it.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame, of one dataset.
    score : float
        The SCORE to compare, for `attribute`.
    attribute : str
        The attribute.
    facts : mapping
        The facts of the dataset. The oracle moves the groups of its first sensitive attribute.
    """
    oracle = _on_real_rows(runs[runs["variant"].eq(grid.DEFAULT)], ORACLE)
    known = len(oracle) and attribute == facts["sensitive"][0]
    return number(float(oracle[f"score/{attribute}"].mean()) - score if known else math.nan)


def _on_real_rows(runs: pd.DataFrame, name: str) -> pd.DataFrame:
    """Select the runs of a learner on the real training rows: all of them, once."""
    return runs[runs["method"].eq(methods.REAL) & runs["learner"].eq(name) & runs["level"].eq(ceiling_level(name))]


def with_distance(columns: Sequence[str], cells: Sequence[str], distance: str) -> list[str]:
    """Put the distance to the oracle, or its heading, behind the cell of SCORE.

    Parameters
    ----------
    columns, cells : sequence of str
        The names of columns, among them "score/{a}", and a cell for each.
    distance : str
        As of `to_oracle`, or `TO_ORACLE`.
    """
    place = columns.index("score/{a}") + 1
    return [*cells[:place], distance, *cells[place:]]


def _synthetic(runs: pd.DataFrame) -> list[Way]:
    shown = grid.protocol(runs)
    return [
        Way(method.label, "generator", shown[shown["method"].eq(method.name)])
        for method in methods.rows(shown["method"])
        if method.kind != "floor" and method.name not in (methods.REAL, methods.RECOMMENDED)
    ]


def _ours(runs: pd.DataFrame, attribute: str) -> list[Way]:
    ours, label = runs[runs["method"].eq(methods.RECOMMENDED)], methods.label(methods.RECOMMENDED)
    found = [Way(f"{label}, level {level}", "ours", ours[ours["level"].eq(f"balance-{level}")]) for level in LEVELS]
    if "goal" in ours:
        for (level, asked), seeds in ours.groupby([grid.goals(ours, attribute), "goal"]):
            plain, _, size = level.partition(f"-{grid.GROUPS}-")
            words = "goal=score" if plain == grid.SCORE_GOAL else asked.partition(",")[0]
            words += f", groups at level {size}" if size else ""
            found.append(Way(f"{label}, {words}", "ours", seeds))
    return found


def _both(runs: pd.DataFrame) -> list[Way]:
    """List fair learners on synthetic tables."""
    fair = {known.name for known in learners() if known.kind == "fair"}
    chosen = runs[runs["method"].ne(methods.REAL) & runs["learner"].isin(fair)]
    return [
        Way(f"{methods.label(method)}, {_table(level, name)}{learner(name).marked}", "both", seeds)
        for (method, level, name), seeds in chosen.groupby(["method", "level", "learner"])
    ]


def _table(level: str, name: str) -> str:
    """Write which of a method's tables a learner had."""
    table = level.removesuffix(f"-{name}")
    return "" if table == "native" else f"{table.replace('balance-', 'level ')}, "
