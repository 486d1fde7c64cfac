"""A full disk, a read-only folder, no memory: one line says what failed, and the same command goes on afterwards."""

import errno
import logging
import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from baselines.independent import Independent
from experiments.run.failures import StageFailed
from experiments.run.log_file import log_file
from experiments.store import frames
from experiments.store.locks import locked
from experiments.store.run import Run
from fairtab import files
from tests.experiments.toy import config, run_cell, run_py

GOAL = ["goal.dpr=0.8", "goal.attributes=[sex]", "goal.rounds=1", "goal.best_effort=true"]
FULL = r"OSError: \[Errno 28\] No space left on device"


@pytest.fixture
def disk(monkeypatch):
    """Fills up when a file of the name given is to be written, and stays full until `monkeypatch.undo()`."""
    full, real = False, files._flush

    def fill_at(name: str) -> None:
        def flush(path):
            nonlocal full
            full = full or path.name.startswith(f".{name}.")
            if full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            real(path)

        monkeypatch.setattr(files, "_flush", flush)

    return fill_at


@pytest.mark.parametrize(
    ("stage", "name", "kept"),
    [
        ("fit", "fit.json", []),
        ("sample", "synthetic.parquet", ["the fit"]),
        ("evaluate", "replicates.parquet", ["the fit", "the synthetic table"]),
        ("search", "found.json", ["the fit"]),
    ],
)
def test_a_full_disk_fails_the_stage_in_one_line_and_nothing_before_it_is_lost(
    stage, name, kept, disk, toy_file, tmp_path, monkeypatch
):
    words = ["method=resample", *GOAL] if stage == "search" else ["method=independent"]
    cell = config(toy_file, tmp_path, *words, small=False)
    disk(name)
    with pytest.raises(StageFailed, match=rf"^{stage} failed: {FULL}$"):  # and no error.txt, which has no room either
        run_cell(cell)
    run = Run(tmp_path / "runs", "toy", cell.method.name, "default", 0, next(iter(levels(tmp_path))))
    assert run.kept() == kept
    assert frames.frame(run.root).empty
    assert not list(tmp_path.rglob("*.tmp"))  # what was half written gives its room back
    monkeypatch.undo()
    if kept:
        monkeypatch.setattr(Independent, "fit", pytest.fail)
    run_cell(cell)
    assert run.recorded()
    assert len(frames.frame(run.root)) == 1


def levels(folder) -> set[str]:
    return {path.parent.name for path in folder.rglob("run.log")}


def test_what_dead_processes_left_is_swept_and_no_other_file(tmp_path):
    dead = subprocess.Popen(["true"])
    dead.wait()
    here = socket.gethostname()
    kept = [f".fair.csv.{here}-{dead.pid}.tmp", f".fair.{here}-{os.getppid()}.tmp", f".fair.{here}-x.tmp"]
    for name in [*kept, f".fair.{here}-{dead.pid}.tmp"]:
        (tmp_path / name).write_text("")
    files.write_text(tmp_path / "fair", "done")
    assert {path.name for path in tmp_path.iterdir()} == {"fair", *kept}


def test_a_log_on_a_full_disk_is_silent(capfd):
    with log_file(Path("/dev/full")):
        logging.getLogger().warning("no room for this")
    assert "Logging error" not in capfd.readouterr().err


def test_a_folder_that_is_read_only_ends_in_one_line():
    done = run_py("results_dir=/sys/fairtab", "logger=csv", "method=real")  # where nobody can make a folder
    assert done.returncode == 1
    assert done.stderr.startswith("error: [Errno ")
    assert "/sys/fairtab" in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_is_finished_is_shown_without_writing_anything(toy_file, tmp_path, monkeypatch):
    cell = config(toy_file, tmp_path, "method=independent", small=False)
    run = run_cell(cell)
    monkeypatch.setattr(files, "replacing", pytest.fail)
    monkeypatch.setattr(Path, "mkdir", pytest.fail)
    monkeypatch.setattr(Path, "unlink", pytest.fail)
    assert run_cell(cell) == run
    assert frames.row(run)["method"] == "independent"


def test_a_cell_without_memory_says_so_in_one_line(toy_file, tmp_path, monkeypatch):
    def sample(*_, **__):
        raise MemoryError

    monkeypatch.setattr(Independent, "sample", sample)
    with pytest.raises(StageFailed, match=r"^sample failed: MemoryError \(more in .*error\.txt\)$"):
        run_cell(config(toy_file, tmp_path, "method=independent", small=False))


def test_who_waits_for_another_process_says_so(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with locked(tmp_path):
            entered.set()
            leave.wait()

    other = threading.Thread(target=hold)
    other.start()
    entered.wait()
    threading.Timer(0.2, leave.set).start()
    with locked(tmp_path):
        assert leave.is_set()
    other.join()
    assert caplog.messages == [f"another process is at work in {tmp_path}: waiting for it"]
