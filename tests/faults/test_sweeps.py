"""What goes wrong in one cell of a sweep stays there, and is said; Ctrl-C stops all of it in good order."""

import json
import os
import signal
import subprocess
import sys

import pytest

from experiments.run.worker import Worker
from experiments.store.run import Run
from tests.experiments.toy import ROOT, overrides, run_py
from tests.faults.methods import faulty


def arguments(toy_file, tmp_path, *faults):
    named = "variant=${method.fault}"
    return ["-m", *overrides(toy_file, tmp_path), *faulty(*faults), named]


def run_of(tmp_path, fault):
    return Run(tmp_path / "runs", "toy", "independent", fault, 0, "native")


@pytest.mark.slow
def test_a_sweep_names_the_cells_that_failed_and_goes_on(toy_file, tmp_path):
    """One is out of memory; one is killed, as the system does to what takes too much. Each is a batch of its own."""
    done = run_py(*arguments(toy_file, tmp_path, "memory", "kill", "none"), "hydra.sweeper.max_batch_size=1")
    assert done.returncode == 1
    assert run_of(tmp_path, "none").recorded()
    memory, kill = (run_of(tmp_path, fault) for fault in ("memory", "kill"))
    assert "The sweep: 1 done, 2 failed" in done.stdout
    assert done.stdout.splitlines()[-3:-1] == [
        f"failed: {memory}: fit failed: MemoryError (more in {memory.error_path})",
        f"failed: {kill}: its process was killed by SIGKILL, often for want of memory",
    ]
    assert "killed by SIGKILL" in kill.error_path.read_text()
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("in_sweep", [True, False])
def test_one_ctrl_c_stops_in_good_order_and_says_what_is_kept(toy_file, tmp_path, in_sweep):
    words = arguments(toy_file, tmp_path, "wait")[not in_sweep :]
    with started(words) as process:
        said = next(line for line in process.stderr if line.startswith("waiting in process"))
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert f"interrupted: {run_of(tmp_path, 'wait')} stopped in stage fit; kept: nothing yet" in rest
    assert rest.endswith("interrupted: finished parts are kept, and the same command goes on from there\n")
    assert "Traceback" not in rest
    assert not alive(int(said.split()[-1]))


@pytest.mark.parametrize("in_sweep", [True, False])
def test_a_second_ctrl_c_stops_at_once(toy_file, tmp_path, in_sweep):
    """Even what does not listen to the first."""
    words = arguments(toy_file, tmp_path, "deaf")[not in_sweep :]
    with started(words) as process:
        next(line for line in process.stderr if line.startswith("waiting in process"))
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.send_signal(signal.SIGINT)
        process.stderr.read()  # to its end: nobody is left who could write
    assert process.returncode == -signal.SIGINT  # 130 to a shell


@pytest.mark.parametrize("is_answered", [True, False])
def test_a_signal_that_a_launcher_answers_does_not_end_the_process_beside(is_answered):
    """Slurm sends it to all processes of a job, before it ends the job or puts it into the queue again."""
    before = signal.signal(signal.SIGUSR2, (lambda *_: None) if is_answered else signal.SIG_DFL)
    try:
        worker = Worker()
    finally:
        signal.signal(signal.SIGUSR2, before)
    request = json.dumps({"config": {}, "logging": {"version": 1}, "begins": ""})
    assert "failed" in worker.ask(request)
    worker.process.send_signal(signal.SIGUSR2)
    answer = worker.ask(request)
    worker.process.kill()
    worker.process.communicate()
    assert (answer is not None) == is_answered


def started(words):
    command = [sys.executable, str(ROOT / "run.py"), *words]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
