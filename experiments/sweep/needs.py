"""What a job needs, by the runs that were measured."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from experiments.run.cell import Cell
from experiments.sweep import grid

SPARE = 2  # times the longest measured run, because another machine may be slower
START_MINUTES = 5  # imports, and the reading of tables
BESIDE_MB = 500  # the process that waits for the one that computes
GPU = ("gpu", "cuda")


@dataclass(frozen=True)
class Needs:
    """What each job of a stage needs.

    Parameters
    ----------
    cores : int
        Cores.
    memory_gb : int
        Memory, GB.
    gpu : bool
        Whether it needs a GPU.
    minutes : int
        Its time limit, minutes.
    seconds : float
        The longest measured run, seconds.
    mean_seconds : float
        The mean of the measured runs, seconds.
    """

    cores: int
    memory_gb: int
    gpu: bool
    minutes: int
    seconds: float
    mean_seconds: float


def needs(cells: Sequence[Cell], runs: pd.DataFrame, stages: Sequence[str]) -> Needs | None:
    """Say what any one of some cells of a method needs for some of its stages.

    Parameters
    ----------
    cells : sequence of Cell
        The cells.
    runs : pandas.DataFrame
        The runs' frame.
    stages : sequence of str
        The stages that are to be made, such as "fit".

    Returns
    -------
    Needs or None
        By the runs that are most like each cell. None if the method has no runs.
    """
    kinds = alike(cells, runs)
    if any(known.empty for _, known in kinds):
        return None
    taken = [(n, seconds(known, stages)) for n, known in kinds]
    longest = max(each.max() for _, each in taken)
    known = pd.concat([known for _, known in kinds])
    cpu = _of(known, "cpu_seconds", stages).sum(axis=1) / seconds(known, stages).clip(lower=1)
    peak = _of(known, "peak_memory_mb", stages).max(axis=1).max()
    return Needs(
        cores=max(1, round(cpu.max())),
        memory_gb=math.ceil((0 if math.isnan(peak) else peak) * 1.25 / 1000 + BESIDE_MB / 1000),
        gpu=any((cell.trainer or {}).get("accelerator") in GPU for cell in cells),
        minutes=math.ceil(SPARE * longest / 60) + START_MINUTES,
        seconds=float(longest),
        mean_seconds=float(sum(n * each.mean() for n, each in taken) / len(cells)),
    )


def alike(cells: Sequence[Cell], runs: pd.DataFrame) -> list[tuple[int, pd.DataFrame]]:
    """Divide cells of one method by what they cost, and select the measured runs that are most like them.

    Parameters
    ----------
    cells : sequence of Cell
        The cells.
    runs : pandas.DataFrame
        The runs' frame.

    Returns
    -------
    list
        For each kind of cells, how many there are, and the runs that are like them: of the method; as far as there are
        such, also of the dataset, the variant, the learner; with a goal or without; of as many rows. No runs if the
        method has none.
    """
    return [(n, _alike(kind, runs)) for kind, n in Counter(map(_kind, cells)).items()]


def seconds(known: pd.DataFrame, stages: Sequence[str]) -> pd.Series:
    """Return the seconds that each of some runs took for some stages."""
    return _of(known, "seconds", stages).sum(axis=1)


def _kind(cell: Cell) -> tuple[Any, ...]:
    """Tell what decides how much a cell costs: the columns of `_kinds`, the one that decides most comes first."""
    run = cell.run
    return run.method, run.dataset, run.variant, cell.learner, cell.goal is not None, cell.n_rows or "1x"


def _kinds(runs: pd.DataFrame) -> list[pd.Series]:
    rows = grid.multiple(runs).astype(str) + "x"
    has_goal = runs["level"].str.match(grid.GOAL)
    return [*(runs[name] for name in ("method", "dataset", "variant", "learner")), has_goal, rows]


def _alike(kind: tuple[Any, ...], runs: pd.DataFrame) -> pd.DataFrame:
    if runs.empty:
        return runs
    method, *others = (column.eq(value) for column, value in zip(_kinds(runs), kind, strict=True))
    like = method
    for other in others:
        like = like & other if (like & other).any() else like
    return runs[like]


def _of(known: pd.DataFrame, kind: str, stages: Sequence[str]) -> pd.DataFrame:
    return known.reindex(columns=[f"{kind}/{stage}" for stage in stages]).astype(float)
