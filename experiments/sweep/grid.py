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
GROUPS = "groups"  # the word for a goal's own group sizes in its level
# how the level of a goal begins
GOAL = rf"^(?P<goal>goal(?:-score)?(?:-(?:auc|dpr|eor|{GROUPS})-[\d.]+)*)(?P<about>.*)$"
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


def for_score(runs: pd.DataFrame, attribute: str, times: int = 1) -> pd.DataFrame:
    """Select the runs of the default variant whose goal was SCORE, with so many times the training rows.

    runs, attribute: as of `goals`.
    """
    runs = runs[runs["variant"].eq(DEFAULT)]
    chosen = judged(runs[is_for_score(runs, attribute)], times)
    assert not chosen.duplicated(["dataset", "method", "seed"]).any(), "two runs of one seed"
    return chosen


def is_for_score(runs: pd.DataFrame, attribute: str) -> pd.Series:
    """Tell which runs had SCORE as their goal, without bounds. runs, attribute: as of `goals`."""
    return goals(runs, attribute).eq(SCORE_GOAL)


def goals(runs: pd.DataFrame, about: str) -> pd.Series:
    """Name the goal of each run, as levels do.

    It is nan if there was none, or if the goal was about something else, or if the sampling had a name. If a goal has
    runs for these attributes alone and runs for all attributes, the latter have nan: they are not other seeds.

    Parameters
    ----------
    runs : pandas.DataFrame
        Rows of the runs' frame, of one dataset.
    about : str
        An attribute, or several with commas between them.
    """
    parts = runs["level"].str.replace(TIMES, "", regex=True).str.extract(GOAL)
    own = [f"-{NOT_PLAIN.sub('_', about.replace(', ', '-'))}", *(["-intersection"] if "*" in about else [])]
    is_own = parts["about"].isin(own)
    is_of_all = parts["about"].eq("") & ~parts["goal"].isin(parts["goal"][is_own])
    return parts["goal"].where(is_own | is_of_all)


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
        The variant to show. A method that has nothing to tune, and no runs of the variant, is shown as it is.

    Returns
    -------
    pandas.DataFrame
        The runs at level 10; those of no level if a method cannot be steered.
    """
    if runs.empty:
        return runs
    with_variant = {*tunable(), *runs.loc[runs["variant"].eq(variant), "method"]}
    shown = runs["method"].isin(with_variant).map({True: variant, False: DEFAULT})
    return runs[(runs["variant"] == shown) & runs["level"].isin(LEVELS)]
