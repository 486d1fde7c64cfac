"""What a job needs, by the runs that were measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from experiments.run.cell import Cell

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


def needs(cell: Cell, runs: pd.DataFrame, stages: Sequence[str]) -> Needs | None:
    """Say what a cell needs for some of its stages.

    Parameters
    ----------
    cell : Cell
        The cell.
    runs : pandas.DataFrame
        The runs' frame.
    stages : sequence of str
        The stages that are to be made, such as "fit".

    Returns
    -------
    Needs or None
        By the method's runs of the variant on the dataset, if there are such runs; else by its other runs. None if it
        has none.
    """
    known = alike(cell, runs)
    if known.empty:
        return None
    seconds, cpu = (_of(known, kind, stages).sum(axis=1) for kind in ("seconds", "cpu_seconds"))
    peak = _of(known, "peak_memory_mb", stages).max(axis=1).max()
    return Needs(
        cores=max(1, round((cpu / seconds.clip(lower=1)).max())),
        memory_gb=math.ceil((0 if math.isnan(peak) else peak) * 1.25 / 1000 + BESIDE_MB / 1000),
        gpu=(cell.trainer or {}).get("accelerator") in GPU,
        minutes=math.ceil(SPARE * seconds.max() / 60) + START_MINUTES,
        seconds=float(seconds.max()),
        mean_seconds=float(seconds.mean()),
    )


def alike(cell: Cell, runs: pd.DataFrame) -> pd.DataFrame:
    """Select the measured runs that are most like a cell.

    Parameters
    ----------
    cell : Cell
        The cell.
    runs : pandas.DataFrame
        The runs' frame.

    Returns
    -------
    pandas.DataFrame
        The method's runs of the variant on the dataset; if there are none, those on the dataset, or those of the
        variant, or all.
    """
    if runs.empty:
        return runs
    known = runs[runs["method"].eq(cell.run.method)]
    of_dataset, of_variant = known["dataset"].eq(cell.run.dataset), known["variant"].eq(cell.run.variant)
    for same in (of_dataset & of_variant, of_dataset, of_variant):
        if same.any():
            return known[same]
    return known


def seconds(cell: Cell, runs: pd.DataFrame, stages: Sequence[str]) -> list[float]:
    """List the seconds that the runs most like a cell took for some of its stages. Arguments as of `needs`."""
    known = alike(cell, runs)
    return [] if known.empty else _of(known, "seconds", stages).sum(axis=1).tolist()


def _of(known: pd.DataFrame, kind: str, stages: Sequence[str]) -> pd.DataFrame:
    return known.reindex(columns=[f"{kind}/{stage}" for stage in stages]).astype(float)
