"""A configuration made plain: which run it is, and what decides the run's results."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from experiments.store import Run
from fairtab.balance import check_level
from fairtab.datasets.description import complete
from fairtab.errors import InputError

PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # safe as a folder's name


@dataclass(frozen=True)
class Cell:
    """One cell as configured. `trainer` and `wandb` say where it runs and is watched: no part of its identity."""

    run: Run
    level: float | None  # None where the method cannot be steered
    n_rows: int | None
    sampler: dict[str, Any] | None  # None for a method without options of sampling
    dataset: dict[str, Any]
    target: str  # the method's class
    options: dict[str, Any]  # what its constructor takes beside sampler and trainer
    evaluation: dict[str, Any]
    trainer: dict[str, Any] | None  # None for a method that trains nothing
    wandb: dict[str, Any] | None

    @classmethod
    def of(cls, config: DictConfig) -> Cell:
        """Raises InputError for a value that no cell can have."""
        plain = OmegaConf.to_container(config, resolve=True)
        method = dict(plain["method"])
        name, steerable, target = method.pop("name"), method.pop("steerable"), method.pop("_target_")
        trainer, sampler = method.pop("trainer", None), method.pop("sampler", None)
        method.pop("search", None)  # what experiments.tune tries: no part of any one run
        sampling = _plain_name("sampling", plain["sampling"])
        level = _level(plain["balance"]) if steerable else None
        dataset = complete(plain["dataset"])
        _whole("dataset.split_seed", dataset["split_seed"], minimum=0)
        run = Run(
            root=Path(plain["results_dir"]) / "runs",
            dataset=_plain_name("dataset.name", dataset["name"]),
            method=_plain_name("method.name", name),
            variant=_plain_name("variant", plain["variant"]),
            seed=_whole("seed", plain["seed"], minimum=0),
            level=("native" if level is None else f"balance-{level:g}")
            + ("" if sampling == "default" else f"-{sampling}"),
        )
        return cls(
            run=run,
            level=level,
            n_rows=None if plain["n_rows"] is None else _whole("n_rows", plain["n_rows"], minimum=1),
            sampler=sampler,
            dataset=dataset,
            target=target,
            options=method,
            evaluation=plain["evaluation"],
            trainer=trainer,
            wandb=plain["logger"]["wandb"],
        )

    @property
    def fit_identity(self) -> dict[str, Any]:
        """What decides the fit, beside the seed in its path."""
        # a file of the user's own is known by its checksum: it may move
        dataset = {name: value for name, value in self.dataset.items() if name != "path"}
        return {"dataset": dataset, "method": {"target": self.target, **self.options}}

    @property
    def sample_identity(self) -> dict[str, Any]:
        """What decides the synthetic table, given the fit, beside the level in its path."""
        return {"n_rows": self.n_rows, "sampler": self.sampler}

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


def _level(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"balance: expected a number from 0 to 10, got {value!r}")
    check_level(value)
    return value


def _whole(name: str, value: Any, *, minimum: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise InputError(f"{name}: expected a whole number of at least {minimum}, got {value!r}")
    return value


def _plain_name(name: str, value: Any) -> str:
    if not PLAIN_NAME.fullmatch(str(value)):
        raise InputError(f"{name}: expected letters, digits, dots, dashes and underscores, got {value!r}")
    return str(value)
