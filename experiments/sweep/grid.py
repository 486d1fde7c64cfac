"""The cells that the benchmark asks for, and the runs that belong to its protocol."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from experiments.configuration import CONF
from experiments.learners import JUDGE
from experiments.methods import benchmark, tunable

if TYPE_CHECKING:
    import pandas as pd

BENCHMARK = "paper"  # the experiment behind the paper's tables
SCORE_GOAL = "goal-score"  # the level of a run whose goal was SCORE; behind it stand attributes, if it was about some
DEFAULT = "default"  # the variant of a method's settings as they are
TIMES = r"-rows-(\d+)x$"  # how the level of a run ends whose table has a multiple of the training rows
NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]")  # is written as _ in the name of a level
LEVELS = ("balance-10", "native")  # the paper's protocol: uniform groups if a method can be steered


@dataclass(frozen=True)
class Grid:
    """Datasets, methods and seeds, each combined with each."""

    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    seeds: tuple[int, ...]


def paper_grid() -> Grid:
    """Read the grid of the benchmark: datasets and seeds from conf/experiment/paper.yaml, methods from the registry."""
    params = yaml.safe_load((CONF / "experiment" / f"{BENCHMARK}.yaml").read_text())["hydra"]["sweeper"]["params"]
    datasets, seeds = (tuple(params[name].split(",")) for name in ("dataset", "seed"))
    return Grid(datasets, tuple(benchmark()), tuple(map(int, seeds)))


def spanned(runs: pd.DataFrame) -> Grid:
    """Give the smallest grid that has all runs of a frame."""
    return Grid(*(tuple(sorted(set(runs[name]))) for name in ("dataset", "method", "seed")))


def for_score(runs: pd.DataFrame, times: int = 1) -> pd.DataFrame:
    """Select the runs of the default variant whose goal was SCORE, with so many times the training rows."""
    runs = judged(runs, times)
    return runs[runs["variant"].eq(DEFAULT) & is_for_score(runs)]


def is_for_score(runs: pd.DataFrame) -> pd.Series:
    """Tell which runs had SCORE as their goal: of each attribute or of one, without bounds, and sampled as usual."""
    stem = "fairness/dpr/"
    attributes = [name.removeprefix(stem) for name in runs.columns if name.startswith(stem) and "*" not in name]
    names = [SCORE_GOAL, *(f"{SCORE_GOAL}-{NOT_PLAIN.sub('_', name)}" for name in attributes)]
    return runs["level"].str.replace(TIMES, "", regex=True).isin(names)


def with_score_goal(runs: pd.DataFrame) -> pd.DataFrame:
    """Select the runs of the paper's protocol, and those of the default variant whose goal was SCORE."""
    import pandas as pd

    return pd.concat([protocol(runs), for_score(runs)])


def judged(runs: pd.DataFrame, times: int = 1) -> pd.DataFrame:
    """Select the runs whose table the judge was trained on, and no other learner, from the runs' frame.

    The table has `times` as many rows as the training table.
    """
    return runs[runs["learner"].eq(JUDGE) & multiple(runs).eq(times)]


def multiple(runs: pd.DataFrame) -> pd.Series:
    """Give the rows of each run's table as a multiple of the training rows (experiment=rows)."""
    return runs["level"].str.extract(TIMES, expand=False).fillna("1").astype(int)


def protocol(runs: pd.DataFrame, variant: str = DEFAULT) -> pd.DataFrame:
    """Select the runs that the paper's tables show, from the runs' frame.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame.
    variant : str
        The variant to show. A method that has nothing to tune is always shown as it is.

    Returns
    -------
    pandas.DataFrame
        The runs at level 10; those of no level if a method cannot be steered.
    """
    if runs.empty:
        return runs
    shown = runs["method"].isin(tunable()).map({True: variant, False: DEFAULT})
    return runs[(runs["variant"] == shown) & runs["level"].isin(LEVELS)]
