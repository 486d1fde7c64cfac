"""Runs on disk: the directory is the database, and this module alone knows its paths.

    <root>/<dataset>/dataset.json
    <root>/<dataset>/<method>/<variant>/seed-<seed>/
        config.yaml, fit/ (or fit-diverged/)
        <level>/config.yaml, synthetic.parquet, metrics.json, replicates.parquet, marginals.json, provenance.json,
                run.log
        <goal>/the same, and search/study.db, found.json, candidates.csv, joint.csv, frontier.png, frontier.svg

`metrics.json` under its name is the only meaning of "done" for whoever reads; a cell that is asked for is made again if
its table is gone, as in a clone, where git has metrics and no tables. An artefact is used again only if the
configuration that made it is the one asked for and its bytes are those that were written; else it is made again, or
refused.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import math
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from experiments import files
from fairtab.errors import InputError

if TYPE_CHECKING:
    from fairtab.synthesizer import Synthesizer

CONFIG = "config.yaml"
DATASET = "dataset.json"
LOCK = ".lock"
LOSSES = "metrics.csv"  # as Lightning's CSVLogger calls it
log = logging.getLogger(__name__)
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, where it was built, for hundreds of runs


@dataclass(frozen=True)
class Run:
    """One cell of the benchmark.

    `level` is "balance-10" and so on, "goal-dpr-0.8" where a goal decides the joint, or "native" where a method cannot
    be steered; settings of sampling that differ from the default ones go behind it by their name.
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

    @property
    def folder(self) -> Path:
        return self.root / str(self)

    @property
    def shared_folder(self) -> Path:
        """What the levels of one fit have in common."""
        return self.folder.parent

    @property
    def fit_folder(self) -> Path:
        return self.shared_folder / "fit"

    @property
    def diverged_folder(self) -> Path:
        """The last good weights of a fit that failed since its loss became infinite or undefined."""
        return self.shared_folder / "fit-diverged"

    @property
    def synthetic_path(self) -> Path:
        return self.folder / "synthetic.parquet"

    @property
    def search_folder(self) -> Path:
        """What a search for a goal's joint measured and chose."""
        return self.folder / "search"

    @property
    def study_path(self) -> Path:
        return self.search_folder / "study.db"

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
    def error_path(self) -> Path:
        return self.folder / "error.txt"

    @property
    def provenance_path(self) -> Path:
        return self.folder / "provenance.json"

    def check_place(self) -> None:
        """Raises InputError where a link would have the run written outside `root`."""
        there = [self.folder, *self.shared_folder.rglob("*"), self.dataset_path, self.dataset_path.parent / LOCK]
        root = self.root.resolve()
        if strays := [path for path in there if not path.resolve().is_relative_to(root)]:
            raise InputError(f"{strays[0]} leads outside {self.root}: remove that link, or choose another results_dir")

    def check(self, fit: Mapping[str, Any], sample: Mapping[str, Any]) -> None:
        """Raises InputError where this place holds a fit or a sample of another configuration.

        A configuration of which nothing was made, since its run failed or was interrupted, stands in nobody's way.
        """
        if _has_any(self.shared_folder, "fit/fit.json", "*/metrics.json", "*/synthetic.parquet"):
            _check(self.shared_folder / CONFIG, fit, "variant")
        if _has_any(self.folder, "metrics.json", "synthetic.parquet"):
            _check(self.folder / CONFIG, sample, "sampling")

    def claim(self, fit: Mapping[str, Any], sample: Mapping[str, Any]) -> None:
        """Make this the place of a fit and a sample. Raises InputError as `check` does."""
        with locked(self.shared_folder):
            self.check(fit, sample)
            for path, identity in ((self.shared_folder / CONFIG, fit), (self.folder / CONFIG, sample)):
                text = yaml.safe_dump(dict(identity), sort_keys=False)
                if not path.exists() or path.read_text() != text:  # left by a try that came to nothing
                    files.write_text(path, text)

    def result(self, evaluation: Mapping[str, Any]) -> dict[str, Any] | None:
        """What `metrics.json` says, None while the cell is not done.

        Raises
        ------
        InputError
            It was evaluated in another way than `evaluation`.
        """
        result = self.recorded()
        if result and (changes := differences(result["evaluation"], evaluation)):
            raise InputError(
                f"{self.folder} was evaluated in another way ({_first(changes)}): name this one with variant=NAME"
            )
        return result

    def recorded(self) -> dict[str, Any] | None:
        """What `metrics.json` says, however it was evaluated; None where the cell is not done, or the file damaged."""
        result = files.read_json(self.metrics_path)
        return result if result and {"metrics", "evaluation"} <= result.keys() else None

    def finish(self, result: Mapping[str, Any]) -> None:
        """Write `metrics.json`, after which the cell is done. Numbers that are not finite become null."""
        metrics = {name: value if math.isfinite(value) else None for name, value in result["metrics"].items()}
        files.write_json(self.metrics_path, {**result, "metrics": metrics})
        self.error_path.unlink(missing_ok=True)

    def kept(self) -> list[str]:
        """In words, what is here already of a cell that is not done."""
        found = {
            "the fit": self.fit_record() is not None,
            "what the search measured": self.study_path.exists(),
            "the synthetic table": self.has_synthetic(),
        }
        return [name for name, is_here in found.items() if is_here]

    def fail(self, stage: str, reason: str) -> bool:
        """Write error.txt. False where that cannot be written either."""
        try:
            files.write_text(self.error_path, f"stage: {stage}\n\n{reason}\n")
        except OSError:  # a full disk, most likely the failure itself
            return False
        return True

    def config(self) -> dict[str, Any]:
        """What made the run: of the fit, and of the sample."""
        paths = (folder / CONFIG for folder in (self.shared_folder, self.folder))
        return {name: value for path in paths if path.exists() for name, value in _read_config(path).items()}

    def losses(self) -> pd.DataFrame | None:
        """What the fit logged, by epoch and step; None where nothing was, or it is not here, as in a clone."""
        path = self.fit_folder / LOSSES
        return pd.read_csv(path) if path.exists() and path.stat().st_size else None

    def marginals(self) -> dict[str, Any] | None:
        """Counts of the synthetic table: `columns` by name, each with `values` or `edges`, and `counts`; None where the
        run kept none."""
        return files.read_json(self.marginals_path)

    def fit_record(self) -> dict[str, Any] | None:
        """What the fit cost and on what, None where there is no fit or it is not, byte for byte, what was written."""
        record = files.read_json(self.fit_folder / "fit.json")
        if record is None or not {"made", "sha256"} <= record.keys():
            return None
        whole = all(files.sha256(self.fit_folder / name) == sha for name, sha in record["sha256"].items())
        return record["made"] if whole else None

    @contextlib.contextmanager
    def writing_fit(self, record: dict[str, Any]) -> Iterator[Path]:
        """An empty folder to write the fit into, kept under `fit_folder` where the block ends without error.

        `record`, what `fit_record` will give, is read at the end of the block, so that it can be filled inside.
        """
        with files.replacing(self.fit_folder) as folder:
            folder.mkdir()
            yield folder
            sums = {path.name: files.sha256(path) for path in sorted(folder.iterdir())}
            files.write_json(folder / "fit.json", {"made": record, "sha256": sums})
        files.remove(self.diverged_folder)

    def keep_diverged(self, losses: Path, synthesizer: Synthesizer) -> None:
        """Keep what a fit that diverged has left, and the losses in the folder that it logged to."""
        with files.replacing(self.diverged_folder) as folder:
            synthesizer.save(folder)
            if (losses / LOSSES).exists():
                shutil.copy(losses / LOSSES, folder)

    def row(self) -> dict[str, Any]:
        """A finished run as a row of `frame`."""
        provenance = self.provenance()
        stages = provenance.get("stages", {})
        made = {name: provenance.get(name) for name in ("n_parameters", "n_epochs")}
        cost = {f"{name}/{stage}": value for stage, spent in stages.items() for name, value in spent.items()}
        result = self.recorded()
        assert result is not None, f"{self} is not finished"
        device = _device(provenance.get("fitted_on"))
        return {**self.identity, **_goal_columns(result.get("goal")), **result["metrics"], **cost, **made, **device}

    def provenance(self) -> dict[str, Any]:
        """What is known of how the cell was made: seconds and peak memory of each stage, versions, commit."""
        return files.read_json(self.provenance_path) or {}

    def write_provenance(self, provenance: Mapping[str, Any]) -> None:
        files.write_json(self.provenance_path, provenance)

    def has_synthetic(self) -> bool:
        """Whether the synthetic table is here, byte for byte as it was written."""
        made = self.provenance().get("synthetic_sha256")
        return made is not None and made == files.sha256(self.synthetic_path)

    def write_synthetic(self, frame: pd.DataFrame, provenance: Mapping[str, Any]) -> None:
        with files.replacing(self.synthetic_path) as path:
            frame.to_parquet(path, index=False)
        self.write_provenance({**provenance, "synthetic_sha256": files.sha256(self.synthetic_path)})

    def write_search(self, candidates: pd.DataFrame, joint: pd.DataFrame, record: Mapping[str, Any]) -> None:
        """Keep what a search measured and chose, and `record`, which `found` will give."""
        for name, frame in (("candidates", candidates), ("joint", joint)):
            files.write_text(self.search_folder / f"{name}.csv", frame.to_csv(index=False, float_format="%.10g"))
        files.write_json(self.search_folder / "found.json", record)

    def found(self) -> dict[str, Any] | None:
        return files.read_json(self.search_folder / "found.json")

    def candidates(self) -> pd.DataFrame | None:
        """The joints that a search measured, one row each; None where there was no search."""
        path = self.search_folder / "candidates.csv"
        return pd.read_csv(path) if path.exists() else None

    def write_replicates(self, replicates: pd.DataFrame) -> None:
        """Keep metrics of bootstrap draws of the test rows: what claims about differences between runs rest on."""
        with files.replacing(self.replicates_path) as path:
            replicates.astype("float32").to_parquet(path, index=False)

    def replicates(self) -> pd.DataFrame:
        """Metrics of bootstrap draws of the test rows, the same draws for every run of a dataset. [draws, metrics]"""
        return pd.read_parquet(self.replicates_path)

    def write_marginals(self, marginals: Mapping[str, Any]) -> None:
        files.write_json(self.marginals_path, marginals)

    def write_dataset(self, facts: Mapping[str, Any]) -> None:
        """Keep what tables and figures say of the real table, once for all its runs.

        The default variant's word is the dataset's: another variant writes only where there is none.
        """
        with locked(self.dataset_path.parent):
            known = files.read_json(self.dataset_path)
            if known is None or (self.variant == "default" and known != facts):
                files.write_json(self.dataset_path, facts)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes out of a folder inside the block: they wait. A process that dies lets go of its lock."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("another process is at work in %s: waiting for it", folder)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def frame(root: Path) -> pd.DataFrame:
    """All finished runs under `root`, one row each: what it is, its metrics by name, its stages' cost.

    Cost stands in columns such as "seconds/fit" and "peak_memory_mb/sample", what was fitted in `n_parameters`,
    `n_epochs` and `device`. Of a run that had a goal, `goal` has it in words, `goal/attributes` what it is about, and
    "validation/utility/auc" and so on what was reached where it was searched.
    """
    return pd.DataFrame([run.row() for run in finished(root)])


def candidates(root: Path) -> pd.DataFrame:
    """All joints that searches of finished runs under `root` measured, one row each: the run, the joint, its metrics on
    validation rows."""
    searched = [(run, tried) for run in finished(root) if (tried := run.candidates()) is not None]
    frames = [tried.assign(**run.identity) for run, tried in searched]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def replicates(root: Path) -> pd.DataFrame:
    """The bootstrap replicates of all finished runs under `root` that kept them, one row for each draw: the run, the
    number of the `draw`, its metrics. A dataset's runs are scored on the same draws."""
    kept = [run for run in finished(root) if run.replicates_path.exists()]
    frames = [run.replicates().rename_axis("draw").reset_index().assign(**run.identity) for run in kept]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def datasets(root: Path) -> dict[str, dict[str, Any]]:
    """By name, what runs under `root` noted of each real table; its `marginals` are as those of a run."""
    found = {path.parent.name: files.read_json(path) for path in sorted(root.glob(f"*/{DATASET}"))}
    return {name: facts for name, facts in found.items() if facts is not None}


def differences(a: Any, b: Any, name: str = "") -> list[str]:
    """In words, where two configurations differ."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        keys = [*a, *(key for key in b if key not in a)]
        return [d for key in keys for d in differences(a.get(key), b.get(key), f"{name}.{key}" if name else str(key))]
    return [] if a == b else [f"{name} was {a}, now {b}"]


def _has_any(folder: Path, *patterns: str) -> bool:
    return any(next(folder.glob(pattern), None) is not None for pattern in patterns)


def _check(path: Path, identity: Mapping[str, Any], name: str) -> None:
    if path.exists() and (changes := differences(_read_config(path), identity)):
        raise InputError(
            f"{path.parent} holds results of another configuration ({_first(changes)}): name this one with {name}=NAME"
        )


def _read_config(path: Path) -> dict[str, Any]:
    try:
        config = yaml.load(path.read_text(), Loader=LOADER)
    except (yaml.YAMLError, UnicodeDecodeError):
        config = None
    if not isinstance(config, dict):
        raise InputError(f"{path} is damaged, so nobody knows what made {path.parent}: remove that, or restore this")
    return config


def _first(changes: list[str]) -> str:
    return "; ".join(changes[:3]) + ("; ..." if len(changes) > 3 else "")


def finished(root: Path) -> list[Run]:
    """All finished runs under `root`, in order of their paths, numbers in them by their value."""
    runs = []
    for path in sorted(root.glob("*/*/*/seed-*/*/metrics.json"), key=lambda path: natural(str(path))):
        dataset, method, variant, seed, level, _ = path.relative_to(root).parts
        run = Run(root, dataset, method, variant, int(seed.removeprefix("seed-")), level)
        if run.recorded() is None:
            log.warning("%s is damaged and left out: ask for the cell again", path)
        else:
            runs.append(run)
    return runs


def natural(name: str) -> list[tuple[int, int | str]]:
    """To sort names by: balance-2 comes before balance-10."""
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", name) if part]


def _device(fitted_on: Mapping[str, Any] | None) -> dict[str, str]:
    """What a fit ran on, in words."""
    if not fitted_on:
        return {}
    on_gpu = (fitted_on.get("trainer") or {}).get("accelerator") in ("gpu", "cuda")
    processor = f"{fitted_on['processor']}, {fitted_on['cores']} cores"
    return {"device": (fitted_on.get("gpu") or "GPU") if on_gpu else processor}


def _goal_columns(goal: Mapping[str, Any] | None) -> dict[str, Any]:
    if goal is None:
        return {}
    validation = {f"validation/{name}": value for name, value in goal["validation"].items()}
    return {"goal": goal["asked"], "goal/attributes": ", ".join(goal["attributes"]), **validation}
