"""Which cells the benchmark asks for, and which runs are of its protocol."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import yaml

from experiments.configuration import CONF
from experiments.methods import benchmark

BENCHMARK = "paper"  # the experiment that the paper's tables are made of
SCORE_GOAL = "goal-score"  # what the levels of runs begin with that SCORE was the goal of
LEVELS = ("balance-10", "native")  # the paper's protocol: uniform groups where a method can be steered to them


@dataclass(frozen=True)
class Grid:
    """Every dataset with every method and every seed."""

    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    seeds: tuple[int, ...]


def paper_grid() -> Grid:
    """Read what conf/experiment/paper.yaml sweeps over: the grid of the benchmark."""
    params = yaml.safe_load((CONF / "experiment" / f"{BENCHMARK}.yaml").read_text())["hydra"]["sweeper"]["params"]
    datasets, seeds = (tuple(params[name].split(",")) for name in ("dataset", "seed"))
    return Grid(datasets, tuple(benchmark()), tuple(map(int, seeds)))


def spanned(runs: pd.DataFrame) -> Grid:
    """What the runs of a frame are of, as a grid."""
    return Grid(*(tuple(sorted(set(runs[name]))) for name in ("dataset", "method", "seed")))


def for_score(runs: pd.DataFrame) -> pd.DataFrame:
    """Of the runs' frame, those of default variants that had SCORE as their goal."""
    return runs[runs["variant"].eq("default") & runs["level"].str.startswith(SCORE_GOAL)]


def protocol(runs: pd.DataFrame) -> pd.DataFrame:
    """Of the runs' frame, those that the paper's tables speak of: default variants at level 10, or with no level."""
    if runs.empty:
        return runs
    return runs[(runs["variant"] == "default") & runs["level"].isin(LEVELS)]
