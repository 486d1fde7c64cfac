"""The runs of a dataset as one file: what git keeps of them, byte for byte.

`<root>/<dataset>.parquet` has a row for each file: its `path` in `<root>/<dataset>/`, and its `content`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pyarrow as pa
from pyarrow import parquet

from experiments.store import frames
from experiments.store.place import CONFIG
from experiments.store.run import Run
from fairtab import files
from fairtab.errors import InputError

SUFFIX = ".parquet"
SCHEMA = pa.schema([("path", pa.string()), ("content", pa.large_binary())])


def fold(root: Path) -> dict[Path, int]:
    """Write the finished runs of each dataset into its file. What is in the file and not on disk stays in it.

    Parameters
    ----------
    root : Path
        The folder of runs.

    Returns
    -------
    dict
        The number of runs on disk by the file that has them.
    """
    by_dataset: dict[str, list[Run]] = {}
    for run in frames.finished(root):
        by_dataset.setdefault(run.dataset, []).append(run)
    for dataset, runs in by_dataset.items():
        content = dict(_read(root / f"{dataset}{SUFFIX}"))
        for run in runs:
            _drop_other_settings(content, run)
        paths = {path for run in runs for path in _kept(run)}
        content |= {path.relative_to(root / dataset).as_posix(): path.read_bytes() for path in paths}
        rows = [{"path": path, "content": content[path]} for path in sorted(content)]
        with files.replacing(root / f"{dataset}{SUFFIX}") as temporary:
            parquet.write_table(pa.Table.from_pylist(rows, SCHEMA), temporary, compression="zstd")
    return {root / f"{dataset}{SUFFIX}": len(runs) for dataset, runs in by_dataset.items()}


def _drop_other_settings(content: dict[str, bytes], run: Run) -> None:
    """Drop what a file has of the run's fit if the settings of that fit were others: it was made again since."""
    folder, config = run.shared_folder.relative_to(run.root / run.dataset).as_posix(), run.shared_folder / CONFIG
    if config.exists() and content.get(f"{folder}/{CONFIG}") not in (None, config.read_bytes()):
        for path in [path for path in content if path.startswith(f"{folder}/")]:
            del content[path]


def unfold(root: Path) -> tuple[int, list[Path]]:
    """Write the files of all folded runs back to their places. A file that is there already stays as it is.

    Parameters
    ----------
    root : Path
        The folder of runs.

    Returns
    -------
    n : int
        The number of files that were written.
    others : list of Path
        Files that were there with another content.

    Raises
    ------
    InputError
        A folded file names a place outside its dataset's folder.
    """
    n, others = 0, []
    for folded in sorted(root.glob(f"*{SUFFIX}")):
        for name, content in _read(folded):
            path = root / folded.stem / name
            if path.exists():
                others += [path] if path.read_bytes() != content else []
                continue
            with files.replacing(path) as temporary:
                temporary.write_bytes(content)
            n += 1
    return n, others


def _kept(run: Run) -> Iterator[Path]:
    """List what git keeps of a run and of what it shares with others."""
    found = (run.search_folder / name for name in ("found.json", "candidates.csv", "joint.csv"))
    own = (run.folder / CONFIG, run.metrics_path, run.replicates_path, run.marginals_path, run.provenance_path)
    yield from (path for path in (run.shared_folder / CONFIG, run.dataset_path, *own, *found) if path.exists())


def _read(folded: Path) -> Iterator[tuple[str, bytes]]:
    if not folded.exists():
        return
    for batch in parquet.ParquetFile(folded).iter_batches(batch_size=1000):
        for row in batch.to_pylist():
            name = PurePosixPath(row["path"])
            if name.is_absolute() or ".." in name.parts:
                raise InputError(f"{folded}: {name} is outside its dataset's folder")
            yield str(name), row["content"]
