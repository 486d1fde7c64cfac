"""A configuration made plain: which run it is, and what decides the run's results."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from experiments import methods
from experiments.configuration import check_moved
from experiments.learners import JUDGE
from experiments.store.run import Run, judged_by
from experiments.sweep.grid import DEFAULT, GROUPS, NOT_PLAIN
from experiments.variants import PUBLISHED, check_variant
from fairtab.datasets.description import DatasetDescription
from fairtab.errors import InputError, check_choice
from fairtab.goals.goal import Goal
from fairtab.levels import check_level
from fairtab.metrics.catalogue import ATTACKS, PRIVACY, UNIFORM
from fairtab.privacy.ledger import Budget
from fairtab.settings import Privacy

UNLESS_OWN = ("sample", "model")  # options of who watches that null leaves to what the table is
UNNAMED = ("default", JUDGE)  # what a run's place does not say: the usual sampling, and the usual learner
# how the names of metrics begin that a run has only if it was asked for them, by the name that asks for them
FAMILIES = {"uniform_sensitive": (UNIFORM,), "attacks": ATTACKS}
MULTIPLE = re.compile(r"[1-9][0-9]*x")
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # safe as a folder's name


@dataclass(frozen=True)
class Cell:
    """One cell as configured.

    `trainer`, `timeout_s` and `trackers` say where it runs, for how long at most, and who watches: no part of its
    identity.
    """

    run: Run
    level: float | None  # None where the method cannot be steered, or a goal decides the joint
    goal: Goal | None
    n_rounds: int  # of the search for what the goal needs
    best_effort: bool  # whether a goal that cannot be met is good enough: no part of the identity
    n_rows: int | str | None  # of the synthetic table; "4x" is four times as many as training rows
    cap: bool  # whether rows that sit too close to training rows too often are drawn again
    sampler: dict[str, Any] | None  # None for a method without options of sampling
    dataset: DatasetDescription
    target: str  # the method's class
    options: dict[str, Any]  # what its constructor takes beside sampler and trainer
    evaluation: dict[str, Any]  # with the learner that is trained on the table, if it is not the judge
    uniform_sensitive: bool  # whether to score that, too: it only adds metrics, so it is no part of the identity
    attacks: bool  # whether to attack the table, too: likewise
    trainer: dict[str, Any] | None  # None for a method that trains nothing
    timeout_s: float | None  # of a program that the method calls
    trackers: dict[str, dict[str, Any]]  # by name, their options

    @classmethod
    def from_config(cls, config: DictConfig, *, checked: bool = True) -> Cell:
        """Raises InputError for a value that no cell can have. `checked` is as of `experiments.sweep.cells.cells`."""
        check_moved(config)
        if checked:
            check_variant(config, PUBLISHED in methods.variants_of(config.method.name))
        plain: Any = OmegaConf.to_container(config, resolve=True)
        method = dict(plain["method"])
        name, steerable, target = method.pop("name"), method.pop("steerable"), method.pop("_target_")
        trainer, sampler = method.pop("trainer", None), method.pop("sampler", None)
        timeout_s = _seconds("method.timeout_s", method.pop("timeout_s", None))
        method.pop("tuning", None)  # what experiments.tune tries: no part of any one run
        sampling = _plain_name("sampling", plain["sampling"])
        goal, n_rounds, best_effort = _goal(plain["goal"])
        if goal and not steerable:
            raise InputError(f"method {name} cannot be steered to a joint, so it can serve no goal")
        level = _level(plain["balance"]) if steerable and not goal else None
        dataset = DatasetDescription.from_mapping(plain["dataset"])
        evaluation = dict(plain["evaluation"])
        more = {name: _flag(f"evaluation.{name}", evaluation.pop(name)) for name in ("uniform_sensitive", "attacks")}
        variant = plain["variant"]
        cap = _flag("cap", plain["cap"])
        if private := _privacy(plain["privacy"], name, cap=cap):
            method["privacy"] = private
            variant = f"epsilon-{private['epsilon']:g}" if variant == DEFAULT else variant
        if learner := _learner(plain["learner"]):
            evaluation["learner"] = learner
        names = [sampling, _plain_name("learner.name", plain["learner"]["name"])]
        run = Run(
            root=Path(plain["results_dir"]) / "runs",
            dataset=_plain_name("dataset.name", dataset.name),
            method=_plain_name("method.name", name),
            variant=_plain_name("variant", variant),
            seed=_whole("seed", plain["seed"], minimum=0),
            level="-".join([_level_name(level, goal), *(name for name in names if name not in UNNAMED)]),
        )
        cell = cls(
            run=run,
            level=level,
            goal=goal,
            n_rounds=n_rounds,
            best_effort=best_effort,
            n_rows=_rows(plain["n_rows"]),
            cap=cap,
            sampler=sampler,
            dataset=dataset,
            target=target,
            options=method,
            evaluation=evaluation,
            **more,
            trainer=trainer,
            timeout_s=timeout_s,
            trackers={
                name: _shown(asked, is_own=dataset.is_own_table or bool(private))
                for name, asked in plain.get("logger", {}).items()  # logger=[] leaves no entry
                if asked
            },
        )
        return cell.ceilings()[1] if _flag("ceiling", plain["ceiling"]) else cell

    @property
    def is_own_table(self) -> bool:
        """Whether the table is the user's, of which no row's value is to be shown, and not a published one."""
        return self.dataset.is_own_table

    @property
    def is_private(self) -> bool:
        """Whether the fit is differentially private."""
        return "privacy" in self.options

    @property
    def learner(self) -> str:
        """The name of what is trained on the table."""
        return judged_by(self.evaluation)

    def at_level(self, level: Any) -> Cell:
        """Give the cell at another level; itself if it has none. Raises InputError if the level cannot be."""
        if self.level is None:
            return self
        name = _level_name(_level(level), None) + self.run.level.removeprefix(_level_name(self.level, None))
        return replace(self, level=level, run=replace(self.run, level=name))

    def ceilings(self) -> tuple[Cell, Cell]:
        """Give the cells of the real table that this one may be compared with: the default variant's, and its own.

        The same learner is trained on the real table.
        """
        target = methods.node(methods.find()[methods.REAL])["_target_"]
        nothing: Any = dict.fromkeys(("level", "goal", "n_rows", "sampler", "trainer", "timeout_s"))
        shared, own = (
            replace(self, run=run, target=target, options={}, trackers={}, cap=False, **nothing)
            for run in self.run.ceilings(self.learner)
        )
        return shared, own

    @property
    def fit_identity(self) -> dict[str, Any]:
        """What decides the fit, beside the seed in its path."""
        return {"dataset": self.dataset.to_dict(), "method": {"target": self.target, **self.options}}

    @property
    def sample_identity(self) -> dict[str, Any]:
        """What decides the synthetic table, given the fit, beside the level in its path."""
        goal = {"goal": {**asdict(self.goal), "rounds": self.n_rounds}} if self.goal else {}
        cap = {"cap": True} if self.cap else {}  # what is off is no part: runs are older than it
        return {"n_rows": self.n_rows, "sampler": self.sampler, **cap, **goal}

    def count_rows(self, n_train: int) -> int:
        """How many rows the synthetic table has, given how many training rows there are."""
        if isinstance(self.n_rows, str):
            return int(self.n_rows.removesuffix("x")) * n_train
        return n_train if self.n_rows is None else self.n_rows

    def check_met(self) -> None:
        """Raise InputError if the run's table is the nearest to a goal that was not met, and this will not do."""
        found = self.run.found() if self.goal and not self.best_effort else None
        if found and not found["met"] and self.run.recorded():
            raise InputError(
                f"{self.run.folder}: its table is the nearest, and does not reach {found['asked']}: "
                "ask for less, or take it with goal.best_effort=true"
            )

    def is_scored(self, result: dict[str, Any] | None) -> bool:
        """Whether a run's result has every metric that is asked for."""
        return result is not None and not self.lacks(result)

    def lacks(self, result: dict[str, Any]) -> str:
        """What a run's result has no scores of, in words; "" where it has all that is asked for."""
        if not set(PRIVACY) <= set(result["metrics"]):
            return "privacy"  # scored before these were part of every run
        if self.uniform_sensitive and "uniform_sensitive" not in families(result):
            return "sensitive columns overwritten"
        return "attacks" if self.attacks and "attacks" not in families(result) else ""

    def to_dict(self) -> dict[str, Any]:
        """The whole configuration, for those who watch."""
        place = {"seed": self.run.seed, "level": self.run.level, "variant": self.run.variant}
        return {
            **place,
            **self.fit_identity,
            **self.sample_identity,
            "evaluation": self.evaluation,
            "trainer": self.trainer,
        }


def families(result: dict[str, Any]) -> list[str]:
    """Name the families of metrics that a run has only if it was asked for them: those of `FAMILIES`."""
    return [name for name in FAMILIES if any(metric.startswith(FAMILIES[name]) for metric in result["metrics"])]


def _shown(options: dict[str, Any], *, is_own: bool) -> dict[str, Any]:
    """What who watches is shown; of a table of the user's own neither rows nor the model, unless asked for."""
    return {name: not is_own if name in UNLESS_OWN and value is None else value for name, value in options.items()}


def _goal(options: dict[str, Any]) -> tuple[Goal | None, int, bool]:
    """The goal, None where neither bounds nor weights make one; how many rounds; whether the nearest will do."""
    options = dict(options)
    n_rounds = _whole("goal.rounds", options.pop("rounds"), minimum=1)
    best_effort = _flag("goal.best_effort", options.pop("best_effort"))
    if options["weights"] is None:
        del options["weights"]
    goal = Goal(**options)  # checked even where it is none: a typing error is not to be found later
    if goal.bounds or "weights" in options:
        return goal, n_rounds, best_effort
    if ignored := [name for name, value in options.items() if value != getattr(Goal(), name)]:
        raise InputError(f"goal.{ignored[0]}: there is no goal: give a bound such as goal.dpr=0.8, or take goal=score")
    return None, n_rounds, best_effort


def _privacy(options: dict[str, Any], method: str, *, cap: bool) -> dict[str, Any] | None:
    """The settings of a private fit, None where the fit is not private: then they are no part of the identity."""
    if options["epsilon"] is None:
        untouched = {**asdict(Privacy(epsilon=1)), "epsilon": None, "seeded": True}  # as conf/config.yaml has them
        for name, value in options.items():
            check_choice("setting of privacy", name, untouched)
            if (value or None) != (untouched[name] or None):  # [] and () are the same: nothing
                raise InputError(f"privacy.{name}: the fit is not private: give privacy.epsilon, for example 3")
        return None
    if not methods.is_private(method):
        raise InputError(f"privacy.epsilon: method {method} has no private fit")
    if cap:
        raise InputError("privacy.epsilon: a cap compares rows with real ones: leave it out")
    Budget(options["epsilon"], options["delta"])  # a typing error is not to be found by the fit
    return options


def _learner(options: dict[str, Any]) -> dict[str, Any] | None:
    """What decides how a table is judged, None for the judge as it is."""
    target, kept = options["_target_"], {name: options[name] for name in options if name not in ("info", "_target_")}
    return None if options["name"] == JUDGE else {**kept, "target": target}


def _level_name(level: float | None, goal: Goal | None) -> str:
    """What stands for the joint in a run's place: its level, or its goal in short (more of it is in config.yaml)."""
    if goal is None:
        return "native" if level is None else f"balance-{level:g}"
    words = ["goal", *(["score"] if len(goal.weights) > 1 else [])]
    words += [f"{name}-{bound:g}" for name, bound in goal.bounds.items()]
    words += [f"{GROUPS}-{goal.level:g}"] if goal.level else []
    attributes = [goal.attributes] if isinstance(goal.attributes, str) else goal.attributes or []
    return NOT_PLAIN.sub("_", "-".join([*words, *attributes]))


def _level(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"balance: expected a number from 0 to 10, got {value!r}")
    check_level(value)
    return value


def _whole(name: str, value: Any, *, minimum: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise InputError(f"{name}: expected a whole number of at least {minimum}, got {value!r}")
    return value


def _rows(value: Any) -> int | str | None:
    if value is None or (isinstance(value, str) and MULTIPLE.fullmatch(value)):
        return value
    if isinstance(value, str):
        raise InputError(
            f"n_rows: expected a number of rows, or 4x for four times as many as for training, got {value!r}"
        )
    return _whole("n_rows", value, minimum=1)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{name}: expected true or false, got {value!r}")
    return value


def _seconds(name: str, value: Any) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not value > 0):
        raise InputError(f"{name}: expected seconds, got {value!r}")
    return value


def _plain_name(name: str, value: Any) -> str:
    if not PLAIN_NAME.fullmatch(str(value)):
        raise InputError(f"{name}: expected letters, digits, dots, dashes and underscores, got {value!r}")
    return str(value)
