"""Any program as a method: it reads tables in a folder, and writes one there. See docs/programs.md."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pandas as pd

from baselines.command import exchange
from baselines.shared.rows import TrainingRows, read_rows
from fairtab import programs, saving
from fairtab.errors import InputError
from fairtab.joint import Joint, requested
from fairtab.table import Table

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".peers"  # environments of programs that come with the benchmark
VALIDATION = "validation.parquet"


@dataclass(kw_only=True, eq=False)
class Command(TrainingRows):
    """A program that is called with a folder: the tables are in it, and the program writes the synthetic one there.

    Parameters
    ----------
    command
        The program and its arguments. The folder is one more argument. "{root}" stands for the root of the repository.
    fit_command
        The same for the fit: what the program writes to `model/` in its folder is there again when it samples. None:
        the program fits and samples in one go.
    follows_joint
        Whether the program makes as many rows of each label and group as it is asked for.
    options
        What the program is told besides.
    sha256
        Checksums of the program's files. They are part of a run's identity, and nothing else.
    """

    command: Sequence[str] | None = None
    fit_command: Sequence[str] | None = None
    follows_joint: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    sha256: Sequence[str] | None = None

    @property
    def steerable(self) -> bool:
        return self.follows_joint

    def learn(self, train: Table, validation: Table, *, seed: int) -> None:
        """Let the program fit. Raises InputError if there is no program, or if it fails."""
        for command in (self.command, self.fit_command or self.command):
            programs.check(_words(command))
        self.validation = validation
        self.model: Path | None = None
        if self.fit_command:
            with self._called(self.fit_command, train, rows=None, seed=seed, joint=None) as folder:
                if not exchange.has_model(folder):
                    raise InputError(f"expected a fitted model in {exchange.MODEL}/, found no file there")
                self.model = _kept_as_long_as(self, folder / exchange.MODEL)

    def draw(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None) -> Table:
        """Let the program draw rows. Raises InputError if it fails, or if its table is not one that was asked for."""
        counts = requested(joint, self.joint).counts(n) if self.steerable else None
        with self._called(_words(self.command), self.train, rows=n, seed=seed, joint=counts) as folder:
            return exchange.read(folder, self.train, n, counts)

    def save(self, folder: Path) -> None:
        super().save(folder)
        self.validation.frame.to_parquet(Path(folder) / VALIDATION, index=False)
        if self.model:
            shutil.copytree(self.model, Path(folder) / exchange.MODEL, dirs_exist_ok=True)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a folder that `save` wrote. The program's model stays there, and is copied for each call."""
        folder = Path(folder)
        method = super().load(folder)
        with saving.reading(folder):
            method.validation = Table(read_rows(folder / VALIDATION), method.train.schema)
            if method.fit_command and not exchange.has_model(folder):
                raise InputError(f"{folder}: expected a saved model, got a folder without {exchange.MODEL}/")
            method.model = folder / exchange.MODEL if method.fit_command else None
        return method

    @contextlib.contextmanager
    def _called(self, command: Sequence[str], train: Table, **request: Any) -> Iterator[Path]:
        """Call the program, and yield its folder. Errors inside the block name the program's log."""
        with tempfile.TemporaryDirectory(prefix="fairtab-", ignore_cleanup_errors=True) as name, self._log() as log:
            folder = Path(name).resolve()
            exchange.write(folder, train, self.validation, {**request, "options": dict(self.options)})
            if self.model:
                shutil.copytree(self.model, folder / exchange.MODEL)
            programs.run([*_words(command), str(folder)], log, timeout_s=self.timeout_s)
            yield folder

    @contextlib.contextmanager
    def _log(self) -> Iterator[Path]:
        path = self.log_path
        if path is None:
            with tempfile.NamedTemporaryFile(prefix="fairtab-", suffix=".log", delete=False) as file:
                path = Path(file.name)
        try:
            yield path
        except InputError as error:
            raise InputError(f"{error} (the program's log: {path})") from None
        if self.log_path is None:
            path.unlink()


def _words(command: Sequence[str] | None) -> list[str]:
    """The words of a command, ready to call. Raises InputError if there is none."""
    if not command or isinstance(command, str):
        raise InputError(f"method.command: expected a program and its arguments, as in [python,my.py], got {command}")
    words = [str(word).replace("{root}", str(ROOT)) for word in command]
    if (program := Path(words[0])).is_relative_to(PEERS) and not program.exists():
        raise InputError(f"its environment is not set up: make peer NAME={program.relative_to(PEERS).parts[0]}")
    return words


def _kept_as_long_as(owner: object, model: Path) -> Path:
    """Move a model to a folder that is removed with its owner."""
    keep = Path(tempfile.mkdtemp(prefix="fairtab-"))
    weakref.finalize(owner, shutil.rmtree, keep, ignore_errors=True)
    return Path(shutil.move(model, keep / exchange.MODEL))
