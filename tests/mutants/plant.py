"""Plant deliberate faults, one at a time, and check that the tests that guard the line fail.

    make faults                       every fault
    make faults ARGS="guidance -j 2"  the faults of files with this word in their path, two at a time

The faults are in the TOML files of this folder: a `file`, its `old` line, the `new` line, and the tests that must go
`red`. Each of these tests must fail in at least one of its cases. A fault is planted in a copy of the checkout, never
in the checkout itself. The exit status is 1 if a test does not fail, if a line is not there, or, when all faults are
planted, if a guarded test has no fault.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COPIED = ("fairtab", "baselines", "experiments", "conf", "tests", "pyproject.toml")
GUARDED = (
    "tests/diffusion",
    "tests/goals",
    "tests/test_joint.py",
    "tests/test_codec.py",
    "tests/metrics",
    "tests/learners",
)
# Imported once, before the forks: a fault then costs its tests and little else.
HEAVY = (
    "catboost",
    "fairlearn.metrics",
    "hypothesis.extra.pandas",
    "optuna",
    "pytorch_lightning",
    "scipy.stats",
    "sdmetrics.reports",
    "sklearn.compose",
)


@dataclass(frozen=True)
class Fault:
    file: str
    old: str
    new: str
    red: tuple[str, ...]  # pytest's names of tests, without or with their parameters

    def __str__(self) -> str:
        return f"{self.file}: {self.old.strip()} -> {self.new.strip() or '(gone)'}"

    def plant(self, root: Path) -> bool:
        """Replace the line. Returns False if it is not there exactly once."""
        path = root / self.file
        text = path.read_text()
        path.write_text(text.replace(self.old, self.new))
        return text.count(self.old) == 1


@dataclass
class Watch:
    """A pytest plugin that collects the names of tests, and of failed tests."""

    collected: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.collected += [item.nodeid for item in items]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)


def faults() -> list[Fault]:
    return [
        Fault(entry["file"], entry["old"], entry["new"], tuple(f"{content['folder']}/{name}" for name in entry["red"]))
        for content in map(tomllib.loads, (path.read_text() for path in sorted(HERE.glob("*.toml"))))
        for entry in content["fault"]
    ]


def survived(fault: Fault) -> str:
    """Say why the fault is not caught; "" if it is."""
    with tempfile.TemporaryDirectory() as folder:
        copy(Path(folder))
        if not fault.plant(Path(folder)):
            return "the line is not there once"
        watch = watched(Path(folder), fault.red)
    if missing := [name for name in fault.red if not among(name, watch.collected)]:
        return f"cannot be collected: {', '.join(missing)}"
    green = [name for name in fault.red if not among(name, watch.failed)]
    return f"green: {', '.join(green)}" if green else ""


def collected() -> list[str]:
    """List the guarded tests, without parameters."""
    with tempfile.TemporaryDirectory() as folder:
        copy(Path(folder))
        return list(dict.fromkeys(name.split("[")[0] for name in watched(Path(folder), GUARDED, "--co").collected))


def copy(folder: Path) -> None:
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("mutants"))
        else:
            shutil.copy(ROOT / name, folder / name)


def watched(folder: Path, names: Iterable[str], *options: str) -> Watch:
    """Run tests of a checkout in this process. The process has then imported this checkout and cannot be used again."""
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    with Path(os.devnull).open("w") as nothing:
        for stream in (1, 2):
            os.dup2(nothing.fileno(), stream)
    watch = Watch()
    pytest.main([*names, *options, "-p", "no:cacheprovider", "--assert=plain"], plugins=[watch])
    os.chdir(ROOT)
    return watch


def among(name: str, nodes: Iterable[str]) -> bool:
    return any(node == name or node.startswith(f"{name}[") for node in nodes)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("word", nargs="?", default="")
    parser.add_argument("-j", "--jobs", type=int, default=1)
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # the tests need none, and some take seconds
    sys.dont_write_bytecode = True
    for name in HEAVY:
        importlib.import_module(name)
    chosen = [fault for fault in faults() if arguments.word in fault.file]
    console = Console(soft_wrap=True, highlight=False, markup=False)
    table = Table("fault", "tests", "s", "")
    n_survived = 0
    fork = multiprocessing.get_context("fork")
    with fork.Pool(arguments.jobs, maxtasksperchild=1) as pool:
        for fault, (why, seconds) in zip(chosen, pool.imap(timed, chosen), strict=True):
            table.add_row(str(fault), str(len(fault.red)), f"{seconds:.0f}", why or "red")
            n_survived += bool(why)
            if why:
                console.print(f"SURVIVED {fault}\n    {why}")
        names = [] if arguments.word else pool.apply(collected)
    console.print(table)
    named = [name.split("[")[0] for fault in chosen for name in fault.red]
    unnamed = [name for name in names if name not in named]
    for name in unnamed:
        console.print(f"no fault is for {name}")
    console.print(f"{len(chosen)} faults, {n_survived} survived; {len(unnamed)} guarded tests have no fault")
    return int(bool(n_survived or unnamed or not chosen))


def timed(fault: Fault) -> tuple[str, float]:
    start = time.process_time()
    return survived(fault), time.process_time() - start


if __name__ == "__main__":
    sys.exit(main())
