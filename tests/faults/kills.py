"""Sweeps of nine cells that are killed again and again: python -m tests.faults.kills <toy table> <folder>.

One process imports everything and computes nothing; the sweeps are forks of it, so that a restart costs no imports. A
kill comes after a random time or just before a random one of the changes a sweep makes to its files.
"""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import yaml
from omegaconf import DictConfig, OmegaConf

import fairtab.goals.search
import fairtab.metrics.evaluate
import fairtab.model
import fairtab.neural.training  # noqa: F401 - Lightning
from tests.experiments.toy import config, run_ceiling, run_cell

N_KILLS = 25
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir")  # and opening to write
GOAL = ["goal.dpr=0.8", "goal.attributes=[sex]", "goal.rounds=1", "goal.best_effort=true"]
SAME = ("metrics.json", "replicates.parquet", "marginals.json", "found.json", "dataset.json", "synthetic.parquet")


def sweep(toy_file: Path) -> list[DictConfig]:
    fairtab, fairtab_goal = config(toy_file, Path("here")), config(toy_file, Path("here"), *GOAL)
    smote, resample, independent = (
        config(toy_file, Path("here"), f"method={name}", small=False) for name in ("smote", "resample", "independent")
    )
    resample_goal = config(toy_file, Path("here"), "method=resample", *GOAL, small=False)
    cells = [(fairtab, {"balance": 0}), (fairtab, {"balance": 5}), (fairtab, {"seed": 1}), (fairtab_goal, {})]
    cells += [(smote, {}), (smote, {"seed": 1}), (resample, {}), (resample_goal, {}), (independent, {})]
    return [OmegaConf.merge(each, changes) for each, changes in cells]


def run(cells: list[DictConfig], folder: Path, die_at: int = 0) -> int:
    """Run the sweep in a fork that kills itself before change number `die_at`. Returns the child's process id."""
    child = os.fork()
    if child:
        return child
    n = 0

    def count(event: str, args: tuple) -> None:
        nonlocal n
        if event in CHANGES or (event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            if not str(args[0]).startswith(str(folder)):
                return
            n += 1
            if n == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    try:
        for cell in cells:
            cell = OmegaConf.merge(cell, {"results_dir": str(folder)})
            run_cell(cell)
            run_ceiling(cell)
        (folder.parent / f"{folder.name}.changes").write_text(str(n))
        os._exit(0)
    except Exception:  # noqa: BLE001 - a fork must not go on with its parent's work
        traceback.print_exc()
        os._exit(1)


def outcome(child: int) -> bool:
    """Tell whether a sweep finished (True) or was killed (False). Any other end is an error."""
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return False
    assert os.waitstatus_to_exitcode(status) == 0, "the sweep failed"
    return True


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in visible(folder) if path.name in SAME}


def visible(folder: Path) -> Iterator[Path]:
    """List files under their final names, without temporary ones."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.endswith(".tmp") for part in path.relative_to(folder).parts):
            yield path


def check_whole(folder: Path) -> None:
    """Check that every file under its final name can be read."""
    read = {
        ".json": lambda path: json.loads(path.read_text()),
        ".yaml": lambda path: len(yaml.safe_load(path.read_text())),
        ".parquet": pd.read_parquet,
        ".csv": pd.read_csv,
    }
    for path in visible(folder):
        if path.suffix in read:
            read[path.suffix](path)


def done(folder: Path) -> dict[str, tuple[int, int]]:
    """Map finished cells to the identity of the file that marks them. It changes if the file is written again."""
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.rglob("metrics.json")}


def main(toy_file: Path, folder: Path) -> None:
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    cells, dice = sweep(toy_file), random.Random(0)
    start = time.perf_counter()
    assert outcome(run(cells, folder / "undisturbed"))
    seconds = time.perf_counter() - start
    expected = contents(folder / "undisturbed")
    n_changes = int((folder / "undisturbed.changes").read_text())
    n_kills, n_sweeps, seen = 0, 1, {}
    while True:
        here = folder / f"killed-{n_sweeps}"
        last, by_time = n_kills == N_KILLS, n_kills % 2
        child = run(cells, here, 0 if last or by_time else dice.randint(1, 2 * n_changes // N_KILLS))
        if by_time and not last:
            time.sleep(dice.uniform(0, 3 * seconds / N_KILLS))
            os.kill(child, signal.SIGKILL)
        ended = outcome(child)
        check_whole(here)
        assert seen.items() <= (seen := done(here)).items(), "a cell was done twice"
        if ended:
            assert contents(here) == expected, "not the same bytes"
            assert not list(here.rglob("*.tmp")), "something temporary is left"
            if last:
                break
            n_sweeps, seen = n_sweeps + 1, {}
        else:
            n_kills += 1
    sys.stdout.write(json.dumps({"kills": n_kills, "sweeps": n_sweeps, "cells": len(seen), "seconds": round(seconds)}))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
