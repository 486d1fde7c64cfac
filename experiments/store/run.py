"""What is there of a run, and whether it may be used."""

from __future__ import annotations

import contextlib
import math
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from experiments.learners import JUDGE
from experiments.store.identity import OtherConfiguration, check_same, differences, read_config
from experiments.store.locks import locked
from experiments.store.place import CONFIG, Place, loss_column, losses_paths
from experiments.variants import PUBLISHED, TUNED
from fairtab import files

if TYPE_CHECKING:  # pandas takes longer to load than a thousand runs to check
    import pandas as pd

    from fairtab.synthesizer import Synthesizer


class Run(Place):
    """One cell of the benchmark: reads, writes and checks what is in its place."""

    def check(self, fit: Mapping[str, Any], sample: Mapping[str, Any]) -> None:
        """Raise OtherConfiguration if this place holds a fit or a sample of another configuration.

        A run that failed or was interrupted before it made anything does not count.
        """
        is_made = self.metrics_path.exists() or self.synthetic_path.exists()
        if is_made or _has_any(self.shared_folder, "fit/fit.json", "*/metrics.json", "*/synthetic.parquet"):
            check_same(self.shared_folder / CONFIG, fit, "" if self.variant in (PUBLISHED, TUNED) else "variant")
        if is_made:
            check_same(self.folder / CONFIG, sample, "sampling")

    def claim(self, fit: Mapping[str, Any], sample: Mapping[str, Any]) -> None:
        """Make this the place of a fit and a sample. Raises InputError as `check` does.

        The caller has the lock of `shared_folder`. If there is no fit yet, another process may claim the place when the
        lock is free.
        """
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
            name = "learner.name" if all(change.startswith("learner.") for change in changes) else "variant"
            raise OtherConfiguration(self.folder, "was evaluated in another way", changes, name)
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
        return {name: value for path in self._config_paths() for name, value in read_config(path).items()}

    def settings(self) -> tuple[str, ...]:
        """The same as text. Other text may mean the same: an entry that is null may be left out."""
        return tuple(path.read_text() for path in self._config_paths())

    def _config_paths(self) -> list[Path]:
        return [path for folder in (self.shared_folder, self.folder) if (path := folder / CONFIG).exists()]

    def losses(self) -> pd.DataFrame | None:
        """What the fit logged, by epoch and step; None if it logged nothing, or if the fit is not here, as in a clone.

        If the fit has several phases, the name of each column of losses ends in the phase's name.
        """
        import pandas as pd

        logged = []
        for phase, path in losses_paths(self.fit_folder).items():
            frame = pd.read_csv(path)
            logged.append(frame.set_axis([loss_column(name, phase) for name in frame.columns], axis=1))
        return pd.concat(logged, ignore_index=True) if logged else None

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
            written = sorted(path for path in folder.rglob("*") if path.is_file())
            sums = {path.relative_to(folder).as_posix(): files.sha256(path) for path in written}
            files.write_json(folder / "fit.json", {"made": record, "sha256": sums})
        files.remove(self.diverged_folder)

    def keep_diverged(self, losses: Path, synthesizer: Synthesizer) -> None:
        """Keep what a fit that diverged has left, and the losses in the folder that it logged to."""
        with files.replacing(self.diverged_folder) as folder:
            synthesizer.save(folder)
            for path in losses_paths(losses).values():
                copy = folder / path.relative_to(losses)
                copy.parent.mkdir(exist_ok=True)
                shutil.copy(path, copy)

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
        self.metrics_path.unlink(missing_ok=True)  # those of an earlier table would be taken for this one's
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
        """The joints that a search looked at, one row each; None where there was no search."""
        import pandas as pd

        path = self.search_folder / "candidates.csv"
        return pd.read_csv(path) if path.exists() else None

    def write_replicates(self, replicates: pd.DataFrame) -> None:
        """Keep metrics of bootstrap draws of the test rows: what claims about differences between runs rest on."""
        with files.replacing(self.replicates_path) as path:
            replicates.astype("float32").to_parquet(path, index=False)

    def replicates(self) -> pd.DataFrame:
        """Metrics of bootstrap draws of the test rows, the same draws for every run of a dataset. [draws, metrics]"""
        import pandas as pd

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


def judged_by(evaluation: Mapping[str, Any]) -> str:
    """Name what was trained on the table, by the entry `evaluation` of a result."""
    return str(evaluation.get("learner", {}).get("name", JUDGE))


def _has_any(folder: Path, *patterns: str) -> bool:
    return any(next(folder.glob(pattern), None) is not None for pattern in patterns)
