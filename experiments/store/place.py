"""The paths of a run."""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from experiments.learners import JUDGE
from experiments.methods import REAL
from fairtab.errors import InputError

CONFIG = "config.yaml"
DATASET = "dataset.json"
LOCK = ".lock"
LOSSES = "metrics.csv"  # the name that Lightning's CSVLogger uses


def losses_paths(fit: Path) -> dict[str, Path]:
    """Find the files of losses in the folder of a fit, by training phase.

    A method's only phase has the name "" and logs to `metrics.csv`. Several phases log to `<phase>/metrics.csv`.
    """
    paths = [fit / LOSSES, *sorted(fit.glob(f"*/{LOSSES}"))]
    return {path.parent.relative_to(fit).name: path for path in paths if path.exists() and path.stat().st_size}


def loss_column(name: str, phase: str) -> str:
    """Name a phase's loss so that it differs from those of other phases: "train/loss/autoencoder"."""
    return f"{name}/{phase}" if phase and name not in ("epoch", "step") else name


def ceiling_level(learner: str) -> str:
    """Return the level of a run in which a learner was trained on all real training rows, once."""
    return "native" if learner == JUDGE else f"native-{learner}"


@dataclass(frozen=True)
class Place:
    """The identity of a run, and its paths.

    Parameters
    ----------
    root : Path
        The folder of all runs.
    dataset, method, variant : str
        Their names.
    seed : int
        The seed of the run.
    level : str
        "balance-10" and so on, "goal-dpr-0.8" if a goal decides the joint, or "native" if the method cannot be
        steered. If settings of sampling differ from the default ones, their name follows; so does the name of a learner
        that is not the judge.
    """

    root: Path
    dataset: str
    method: str
    variant: str
    seed: int
    level: str

    def __str__(self) -> str:
        return f"{self.dataset}/{self.method}/{self.variant}/seed-{self.seed}/{self.level}"

    @property
    def identity(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "root"}

    @functools.cached_property  # all other paths begin with it
    def folder(self) -> Path:
        return self.root / str(self)

    @property
    def shared_folder(self) -> Path:
        """The folder that all levels of one fit share."""
        return self.folder.parent

    @property
    def fit_folder(self) -> Path:
        return self.shared_folder / "fit"

    @property
    def diverged_folder(self) -> Path:
        """The folder with the last good weights of a fit whose loss became infinite or undefined."""
        return self.shared_folder / "fit-diverged"

    @property
    def synthetic_path(self) -> Path:
        return self.folder / "synthetic.parquet"

    @property
    def search_folder(self) -> Path:
        """The folder of a search for a goal's joint."""
        return self.folder / "search"

    @property
    def metrics_path(self) -> Path:
        return self.folder / "metrics.json"

    @property
    def replicates_path(self) -> Path:
        return self.folder / "replicates.parquet"

    @property
    def marginals_path(self) -> Path:
        return self.folder / "marginals.json"

    @property
    def dataset_path(self) -> Path:
        return self.root / self.dataset / DATASET

    @property
    def log_path(self) -> Path:
        return self.folder / "run.log"

    @property
    def program_log_path(self) -> Path:
        """The output of the programs that a method calls."""
        return self.folder / "program.log"

    @property
    def error_path(self) -> Path:
        return self.folder / "error.txt"

    @property
    def provenance_path(self) -> Path:
        return self.folder / "provenance.json"

    def ceilings(self, learner: str = JUDGE) -> tuple[Self, Self]:
        """Give the runs of the real table that this one may be compared with: the default variant's, and its own.

        The same learner is trained on the real table.
        """
        own = replace(self, method=REAL, level=ceiling_level(learner))
        return replace(own, variant="default"), own

    def check_place(self) -> None:
        """Raise InputError if a link leads outside `root`."""
        there = [self.folder, *self.shared_folder.rglob("*"), self.dataset_path, self.dataset_path.parent / LOCK]
        root = self.root.resolve()
        if strays := [path for path in there if not path.resolve().is_relative_to(root)]:
            raise InputError(f"{strays[0]} leads outside {self.root}: remove that link, or choose another results_dir")
