"""A run that is stopped takes the program that it called with it."""

import signal
from pathlib import Path

import pytest

from experiments.store.run import Run
from tests.experiments.toy import overrides
from tests.faults.test_sweeps import started
from tests.programs.ends import is_gone


def words(toy_file: Path, tmp_path: Path) -> list[str]:
    """A program that says who it is, writes half a table, and waits."""
    names_itself = f"echo $$ > {tmp_path}/writing; mv {tmp_path}/writing {tmp_path}/pid"
    script = f"echo half > $0/synthetic.parquet; {names_itself}; sleep 600"
    given = overrides(toy_file, tmp_path / "results")
    return [*given, "method=command", f"method.command=[sh,-c,'{script}']", f"hydra.run.dir={tmp_path / 'launcher'}"]


def pid_in(folder: Path, process) -> int:
    """Wait for the program to say who it is."""
    while not (folder / "pid").exists():
        assert process.poll() is None, process.stderr.read()
    return int((folder / "pid").read_text())


@pytest.mark.slow
@pytest.mark.parametrize("in_sweep", [False, True])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_the_program_ends_with_its_run(toy_file, tmp_path, number, in_sweep):
    run = Run(tmp_path / "results" / "runs", "toy", "command", "default", 0, "native")
    with started(["-m"] * in_sweep + words(toy_file, tmp_path)) as process:
        program = pid_in(tmp_path, process)
        process.send_signal(number)
        said = process.stderr.read()
    assert is_gone(program)
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    if number == signal.SIGINT:
        assert f"interrupted: {run} stopped in stage sample; kept: the fit" in said
    assert not run.synthetic_path.exists()
    assert not list(tmp_path.rglob("*.tmp"))
