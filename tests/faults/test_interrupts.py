"""Ctrl-C within a cell: a file that is being written is finished, and lost work is named."""

import logging
import signal
import subprocess
import sys

import pytest

from baselines.independent import Independent
from experiments.run import interrupts
from experiments.store.run import Run
from fairtab.diffusion.process import Diffusion
from tests.experiments.toy import ROOT, config, run_cell


@pytest.fixture(autouse=True)
def listening():
    before = signal.getsignal(signal.SIGINT)
    interrupts.listen()
    yield
    signal.signal(signal.SIGINT, before)


def ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


def test_outside_of_writing_it_is_heeded_at_once():
    with pytest.raises(KeyboardInterrupt):
        ctrl_c()


def test_inside_of_writing_it_waits_for_the_end():
    written = []

    def write():
        with interrupts.finishing():
            ctrl_c()
            written.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        write()
    assert written


def test_a_second_one_ends_the_process_even_in_writing():
    code = """
import signal
from experiments.run import interrupts
interrupts.listen()
with interrupts.finishing():
    signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGINT
    assert done.stderr == "interrupted: finishing what is being written; once more stops at once\n"


@pytest.mark.parametrize(
    ("name", "stage", "kept"),
    [("fit", "fit", "nothing yet"), ("save", "fit", "the fit"), ("sample", "sample", "the fit")],
)
def test_a_cell_says_what_it_leaves_and_goes_on_from_there(name, stage, kept, toy_file, tmp_path, monkeypatch, caplog):
    """A fit that is being saved at this moment is saved; it may have taken hours."""
    real = getattr(Independent, name)

    def interrupted(*args, **options):
        ctrl_c()
        return real(*args, **options)

    cell = config(toy_file, tmp_path, "method=independent", small=False)
    run = Run(tmp_path / "runs", "toy", "independent", "default", 0, "native")
    monkeypatch.setattr(Independent, name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_cell(cell)
    assert f"interrupted: {run} stopped in stage {stage}; kept: {kept}" in caplog.messages
    assert not list(tmp_path.rglob("*.tmp"))
    assert not run.error_path.exists()  # it is no failure
    monkeypatch.undo()
    monkeypatch.setattr(Independent, "fit", pytest.fail if run.fit_record() else Independent.fit)
    run_cell(cell)
    assert run.recorded()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_neural_fit_that_is_interrupted_is_not_taken_for_fitted(number, toy_file, tmp_path, monkeypatch, caplog):
    """Lightning itself would end the process, with its own exit status."""
    caplog.set_level(logging.WARNING)
    real = Diffusion.loss

    def loss(self, *batch):
        signal.raise_signal(number)
        return real(self, *batch)

    monkeypatch.setattr(Diffusion, "loss", loss)
    with pytest.raises(KeyboardInterrupt):
        run_cell(config(toy_file, tmp_path))
    run = Run(tmp_path / "runs", "toy", "fairtab", "default", 0, "balance-10")
    assert f"interrupted: {run} stopped in stage fit; kept: nothing yet" in caplog.messages
    assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL  # a second one ends the process
    assert not run.fit_folder.exists()
