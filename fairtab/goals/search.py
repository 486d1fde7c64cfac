"""The search for the joint that a goal needs, after one fit.

A classifier is trained on a table that the fitted method samples. A surface (`Surface`) says, by arithmetic, what a
classifier trained at any other joint would reach on validation rows, whose luck training rows tell
(`fairtab.goals.unseen`). The best joint of this surface is sampled next, so that each round makes the surface more
exact where it matters. No function here takes a test table.

After a private fit, the rows that the fit draws take the place of real ones: they cost nothing of its budget.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from scipy.optimize import differential_evolution
from scipy.stats import qmc

from fairtab import seeds
from fairtab.errors import InputError, check_setting
from fairtab.goals.goal import Goal, Metrics
from fairtab.goals.space import Point, Space
from fairtab.goals.surface import SELECTED, Surface
from fairtab.goals.unseen import out_of_fold
from fairtab.joint import Joint
from fairtab.learners.classifier import Model
from fairtab.metrics.judgement import predict
from fairtab.progress import progress
from fairtab.synthesizer import Synthesizer
from fairtab.table import Table

log = logging.getLogger(__name__)
QUICK = {"iterations": 200, "one_hot_max_size": 64}  # CatBoost in a quarter of the time, with the same results
N_ROUNDS = 6
REAL, DRAWN = "validation and training rows", "synthetic rows"  # what a search measures on
GENERATIONS, POPULATION = 30, 10  # of differential evolution on the surface; POPULATION for each coordinate
MOST = 100  # in all: more coordinates get more generations instead
N_SHOWN = 128  # further joints that the surface is asked for, so that a person sees what is possible


@dataclass(frozen=True)
class SearchResult:
    """The result of a search: a joint, and what it reaches.

    Attributes
    ----------
    joint : Joint
        The joint that was chosen.
    met : bool
        Whether it meets the goal's bounds by more than one standard error, and keeps the selection rate.
    reached : dict
        The metrics that it is expected to reach on the rows of the search.
    candidates : pd.DataFrame
        The joints of all rounds, others from everywhere in the space, and the chosen one, one row each: the point, its
        expected metrics, `n_tables` (how many tables with this joint had a classifier trained), `merit` (what it was
        ranked by), `met`, and `chosen`.
    selection_rate : float
        The share that a classifier trained on the real table predicts positive; after a private fit, one trained on
        rows that the fit drew.
    measured_on : str
        The rows of the search in words: "validation and training rows", or "synthetic rows" after a private fit.
    uncompared : tuple of str
        Attributes of which fewer than two groups have rows enough. Their ratios count as 0.

    Examples
    --------
    >>> joint = Joint(pd.Series([0.5, 0.5], index=pd.MultiIndex.from_product([[0, 1], ["f"]], names=["y", "sex"])))
    >>> SearchResult(joint, met=True, reached={}, candidates=pd.DataFrame(), selection_rate=0.5).met
    True
    """

    joint: Joint
    met: bool
    reached: Metrics
    candidates: pd.DataFrame
    selection_rate: float
    measured_on: str = REAL
    uncompared: tuple[str, ...] = ()

    def missed(self, goal: Goal) -> str:
        """Say that a goal was not met, and what the nearest joint reaches.

        Parameters
        ----------
        goal
            What was asked for.

        Returns
        -------
        str
            A sentence without its stop.

        Examples
        --------
        >>> joint = Joint(pd.Series([1.0], index=pd.MultiIndex.from_tuples([(1, "f")], names=["y", "sex"])))
        >>> found = SearchResult(joint, False, {"utility/auc": 0.8, "fairness/dpr/sex": 0.7}, pd.DataFrame(), 0.5)
        >>> found.missed(Goal(dpr=0.8)).split(" on ")[0].split(". ")[1]
        'The nearest reaches auc 0.800, dpr sex 0.700'
        """
        shown = (name for name in self.reached if name == "utility/auc" or name.startswith("fairness/"))
        values = ", ".join(f"{name.split('/', 1)[1].replace('/', ' ')} {self.reached[name]:.3f}" for name in shown)
        selected = self.reached.get(SELECTED, self.selection_rate)
        moved = (
            f". It selects {selected:.1%} of the rows, and the real table {self.selection_rate:.1%}: a goal may change "
            f"this by {goal.selection_shift:.1%} at most"
            if abs(selected - self.selection_rate) > goal.selection_shift
            else ""
        )
        few = "".join(
            f". {name}: fewer than two groups have rows enough of both labels, so their ratios count as 0"
            for name in self.uncompared
        )
        return (
            f"no joint was found that meets the goal ({goal}). The nearest reaches {values} on {self.measured_on}, "
            f"and a bound has to hold less one standard error{moved}{few}"
        )


def search_joint(
    synthesizer: Synthesizer,
    train: Table,
    validation: Table,
    goal: Goal,
    *,
    seed: int,
    n: int | None = None,
    n_rounds: int = N_ROUNDS,
    classifier: Model | None = None,
    min_group_rows: int = 15,
) -> SearchResult:
    """Search for the joint with which a classifier trained on the synthetic table meets a goal.

    The first round samples the joint at which label and groups are independent. Each further round samples the joint
    that is best by all rounds before it. A joint is ranked by what it is expected to reach, less one standard error.

    Parameters
    ----------
    synthesizer
        A fitted method that can be steered to a joint.
    train, validation
        The tables it was fitted with. Classifiers of synthetic tables are measured on `validation`, and those of the
        real table on both (`fairtab.goals.unseen`). If the fit is private, neither table is read.
    goal
        What is asked for.
    seed
        Where the random numbers start.
    n
        The number of rows of a table, by default as many as `train` has.
    n_rounds
        How many tables are sampled. A classifier is trained on each.
    classifier, min_group_rows
        As in `fairtab.metrics.evaluate`. The default classifier is CatBoost with few trees (`QUICK`).

    Returns
    -------
    SearchResult
        The joint that was chosen. If no joint meets the goal, it is the nearest one, and `met` is False.

    Raises
    ------
    InputError
        The label does not have two values, the synthesizer cannot be steered, or the goal names an attribute that the
        table does not have.

    Examples
    --------
    >>> from baselines.resample import Resample  # any method that can be steered to a joint
    >>> from fairtab import Schema
    >>> from sklearn.dummy import DummyClassifier
    >>> frame = pd.DataFrame({"hired": [1, 1, 1, 0, 0, 0], "sex": ["m", "m", "f", "m", "f", "f"]})
    >>> train = Table(pd.concat([frame] * 5), Schema((), (), "hired", 1, ("sex",)))
    >>> model = Resample().fit(train, train, seed=0)
    >>> options = {"n_rounds": 2, "classifier": lambda seed: DummyClassifier(), "min_group_rows": 0}
    >>> found = search_joint(model, train, train, Goal(), seed=0, **options)
    >>> found.met, int(found.candidates["n_tables"].sum())
    (True, 2)
    """
    train.schema.check_binary("a goal")
    check_setting("n_rounds", n_rounds, n_rounds >= 1, "at least 1")
    if not synthesizer.steerable:
        raise InputError("a goal needs a method that can be steered to a joint: this one cannot")

    is_private = synthesizer.ledger is not None
    if is_private:
        train, validation = _drawn(synthesizer, seed)
    measured_on = DRAWN if is_private else REAL

    log.info("searching for the joint of the goal (%s): %d rounds, on %s", goal, n_rounds, measured_on)

    def probability(table: Table, number: int) -> np.ndarray:
        """Train a classifier on a table, and predict the rows of the search."""
        judged, _ = predict(
            table, table, validation, seed=seeds.derive(seed, "judge", number), classifier=classifier or QUICK
        )
        return judged.probability

    space = Space(goal, train)
    unseen = out_of_fold(train, validation, classifier or QUICK, seed=seed)
    surface = Surface(space, validation, min_group_rows=min_group_rows, seed=seed, unseen=unseen)
    ranking = _Ranking(surface, goal)
    point, sampled = space.start, []
    with progress("searching", n_rounds) as advance:
        for i in range(n_rounds):
            table_seed = seeds.derive(seed, "table", i)
            table = synthesizer.sample(n or len(train), seed=table_seed, joint=space.joint(point))
            surface.add(point, probability(table, i))
            sampled.append(point)
            point = ranking.best(point, seed=seeds.derive(seed, "propose", i))
            advance(1, f"best {ranking.judged(point)[1]:.3f}")
    reached, merit = ranking.judged(point)
    return SearchResult(
        joint=space.joint(point),
        met=bool(merit >= 0),
        reached=reached,
        candidates=_candidates(ranking, sampled, point, seed),
        selection_rate=surface.selection_rate,
        measured_on=measured_on,
        uncompared=tuple(name for name, groups in surface.members.items() if len(groups) < 2),
    )


def _drawn(synthesizer: Synthesizer, seed: int) -> tuple[Table, Table]:
    """Draw training and validation rows from a private fit, at the joint that it knows."""
    n = cast(int, synthesizer.n_rows)
    train, validation = (synthesizer.sample(n, seed=seeds.derive(seed, "drawn", i)) for i in range(2))
    return train, validation


@dataclass(frozen=True)
class _Ranking:
    """The order of joints: by the goal's value if the bounds are met, else by how little they are missed."""

    surface: Surface
    goal: Goal

    def judged(self, point: Point) -> tuple[Metrics, float]:
        """Return what a joint is expected to reach, and its merit.

        The merit is at least 0 if all bounds are met by one standard error, else less than 0 by how much they are
        missed. The selection rate has an upper and a lower bound, so its error is not taken off.
        """
        expected, error = self.surface.expected(point)
        less = {name: max(0.0, value - error[name]) for name, value in expected.items()}
        attributes = self.surface.space.attributes
        drift = abs(expected[SELECTED] - self.surface.selection_rate) - self.goal.selection_shift
        missed = self.goal.shortfall(less, attributes) + max(0.0, drift)
        return expected, -missed if missed else self.goal.value(less, attributes)

    def best(self, start: Point, *, seed: int) -> Point:
        """Return the best joint of the surface, found by differential evolution (Storn and Price 1997).

        Of many groups, evolution finds the neighbourhood, and a quasi-Newton method (L-BFGS-B) goes on from there.
        """
        space = self.surface.space
        many = len(space.ranges) * POPULATION > MOST  # so many that these generations stay far from the best
        found = differential_evolution(
            lambda at: -self.judged(space.point(at))[1],
            [*space.ranges.values()],
            x0=[start[name] for name in space.ranges],
            maxiter=GENERATIONS * (10 if many else 1),
            popsize=max(1, min(POPULATION, MOST // len(space.ranges))),
            polish=many,
            rng=seeds.numpy_generator(seed, "evolution"),
        )
        return space.point(found.x)


def _candidates(ranking: _Ranking, sampled: list[Point], chosen: Point, seed: int) -> pd.DataFrame:
    """List joints with what they are expected to reach (`SearchResult.candidates`)."""
    space = ranking.surface.space
    low, high = np.transpose([*space.ranges.values()])
    cube = qmc.LatinHypercube(len(low), rng=seeds.numpy_generator(seed, "shown")).random(N_SHOWN)
    points = [*sampled, *map(space.point, low + cube * (high - low)), chosen]
    expected, merit = zip(*map(ranking.judged, points), strict=True)
    rows = pd.DataFrame([{**point, **reached} for point, reached in zip(points, expected, strict=True)])
    place = np.arange(len(points))
    return rows.assign(
        n_tables=(place < len(sampled)).astype(int),
        merit=merit,
        met=np.array(merit) >= 0,
        chosen=place == len(points) - 1,
    )
