"""Runs of a program: its place, its log, and what makes it another one."""

import json
import shlex
from pathlib import Path

import pytest

from experiments.run.failures import StageFailed
from experiments.store.run import Run
from fairtab.errors import InputError
from tests.experiments.toy import config, overrides, run_cell, run_py


@pytest.fixture
def script(tmp_path) -> Path:
    path = tmp_path / "my.sh"
    path.write_text('echo hello; cp "$1/train.parquet" "$1/synthetic.parquet"\n')
    return path


def words(*command: object) -> str:
    return f"method.command=[{','.join(json.dumps(str(word)) for word in command)}]"


def of(toy_file: Path, tmp_path: Path, *more: str):
    return config(toy_file, tmp_path / "results", "method=command", *more, small=False)


def run_at(tmp_path: Path, name: str = "command") -> Run:
    return Run(tmp_path / "results" / "runs", "toy", name, "default", 0, "native")


def test_a_run_keeps_the_programs_log_and_a_name_gives_it_a_place(toy_file, tmp_path, script):
    run = run_cell(of(toy_file, tmp_path, "method.name=mine", words("sh", script)))
    assert run == run_at(tmp_path, "mine")
    log = run.program_log_path.read_text()
    assert log.startswith(f"$ sh {shlex.quote(str(script))} /")
    assert log.endswith("\nhello\n")
    assert run.provenance()["stages"]["sample"]["cpu_seconds"] > 0
    assert len(run.config()["method"]["sha256"]) == 1


def test_a_program_that_was_changed_needs_another_name(toy_file, tmp_path, script):
    run_cell(of(toy_file, tmp_path, words("sh", script), "method.timeout_s=60"))
    run_cell(of(toy_file, tmp_path, words("sh", script), "method.timeout_s=61"))  # no part of what it is
    script.write_text(script.read_text() + "# better\n")
    with pytest.raises(InputError, match=r"method\.sha256 was .*variant=NAME"):
        run_cell(of(toy_file, tmp_path, words("sh", script)))


def test_a_failure_names_the_log_and_leaves_nothing_half_written(toy_file, tmp_path, script):
    script.write_text('echo out of luck; echo half > "$1/synthetic.parquet"; exit 4\n')
    run = run_at(tmp_path)
    with pytest.raises(StageFailed, match="sample failed: sh ended with exit status 4") as caught:
        run_cell(of(toy_file, tmp_path, words("sh", script)))
    assert str(run.program_log_path) in str(caught.value)
    assert run.program_log_path.read_text().endswith("out of luck\n")
    assert not run.synthetic_path.exists()
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_name_is_needed_for_the_program(toy_file, tmp_path):
    with pytest.raises(StageFailed, match=r"fit failed: method\.command: expected a program and its arguments"):
        run_cell(of(toy_file, tmp_path))


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "true"])
def test_a_limit_is_a_number_of_seconds(toy_file, tmp_path, seconds):
    with pytest.raises(InputError, match=r"method\.timeout_s: expected seconds, got"):
        run_cell(of(toy_file, tmp_path, f"method.timeout_s={seconds}"))


@pytest.mark.slow
def test_a_sweep_in_two_processes_calls_it(toy_file, tmp_path, script):
    launcher = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2", f"hydra.sweep.dir={tmp_path / 'launcher'}"]
    given = overrides(toy_file, tmp_path / "results")
    done = run_py("-m", *given, *launcher, "method=command", words("sh", script), "seed=0,1")
    assert done.returncode == 0, done.stderr
    assert "The sweep: 2 done" in done.stdout
