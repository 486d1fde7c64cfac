"""The stages of a large sweep: ceilings, then fits, then the other levels of each fit.

All levels share a fit, and all cells of a dataset and a seed share a ceiling. The first process to need one makes it,
and others wait at its lock. In a plan nobody waits: a stage begins when what it shares is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from experiments.methods import REAL
from experiments.run.cell import Cell
from experiments.sweep.needs import Needs, needs
from experiments.sweep.products import products
from experiments.sweep.state import state

MADE = {
    "ceilings": ("evaluate",),
    "fits": ("fit", "search", "sample", "evaluate"),
    "levels": ("search", "sample", "evaluate"),
}
MADE["ready"] = MADE["levels"]  # of fits that are there already: they do not wait for others, which may fail each time
BEFORE: dict[str, tuple[str, ...]] = {
    "ceilings": (),
    "fits": ("ceilings",),
    "ready": ("ceilings",),
    "levels": ("ceilings", "fits"),
}
Asked = tuple[list[str], Cell]  # the words that ask for a cell alone, and the cell


@dataclass(frozen=True)
class Stage:
    """Cells that may be made side by side.

    Parameters
    ----------
    kind : {"ceilings", "fits", "ready", "levels"}
        What is made.
    dataset, method : str
        Of its cells.
    sweeps : list
        The words of each sweep that makes cells of it.
    cells : list of Cell
        The cells.
    needs : Needs or None
        What each cell needs, None if no run of the method was measured.
    """

    kind: str
    dataset: str
    method: str
    sweeps: list[list[str]]
    cells: list[Cell]
    needs: Needs | None

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.dataset}-{self.method}"

    def waits_for(self, others: Iterable[Stage]) -> list[Stage]:
        """Select the stages that must be done before this one."""
        return [
            other
            for other in others
            if other.kind in BEFORE[self.kind] and other.dataset == self.dataset and other.method in (self.method, REAL)
        ]


def plan(found: Sequence[Asked], runs: pd.DataFrame) -> list[Stage]:
    """Put cells that are not done in stages.

    Parameters
    ----------
    found : sequence
        As `cells` gives them.
    runs : pandas.DataFrame
        The runs' frame, by which each stage's needs are known.

    Returns
    -------
    list of Stage
        Each after those that it waits for.
    """
    asked = {cell.run: (words, cell) for words, cell in reversed(found) if state(cell).name != "done"}
    missing = [*reversed(asked.values())]
    by_kind: dict[str, list[Asked]] = {**{kind: [] for kind in BEFORE}, "ceilings": _ceilings(missing)}
    fitted = set()
    for words, cell in missing:
        if cell.run.method != REAL:
            place = cell.run.fit_folder
            kind = "ready" if place.exists() else "levels" if place in fitted else "fits"
            by_kind[kind].append((words, cell))
            fitted.add(place)
    stages = []
    for kind, of_kind in by_kind.items():
        of_method: dict[tuple[str, str], list[Asked]] = {}
        for words, cell in of_kind:
            of_method.setdefault((cell.run.dataset, cell.run.method), []).append((words, cell))
        for (dataset, method), each in of_method.items():
            sweeps = [sweep for same in _alike(each) for sweep in products(same)]
            together = [cell for _, cell in each]
            stages.append(Stage(kind, dataset, method, sweeps, together, needs(together, runs, MADE[kind])))
    return stages


def _ceilings(missing: Sequence[Asked]) -> list[Asked]:
    """Ask for each ceiling that is not there, once."""
    found: dict[object, Asked] = {cell.run: (words, cell) for words, cell in missing if cell.run.method == REAL}
    for words, cell in missing:
        shared, own = cell.ceilings()
        if shared.run not in found and all(state(ceiling).name != "done" for ceiling in (shared, own)):
            found.setdefault(own.run, ([*words, "ceiling=true"], own))
    return [*found.values()]


def _alike(asked: Sequence[Asked]) -> list[list[list[str]]]:
    """Divide words by the names in them, because a sweep has the same for all its cells."""
    by_names: dict[tuple[str, ...], list[list[str]]] = {}
    for words, _ in asked:
        by_names.setdefault(tuple(word.partition("=")[0] for word in words), []).append(words)
    return [*by_names.values()]
