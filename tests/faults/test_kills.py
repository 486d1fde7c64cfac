"""Kill -9 at any moment: finished work stays, and the rest is made again with the same bytes."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments.store.run import Run
from tests.conftest import toy_frame
from tests.experiments.toy import ROOT, overrides, run_py
from tests.faults.methods import faulty


@pytest.mark.slow
def test_a_sweep_killed_25_times_ends_like_one_never_killed(tmp_path):
    toy_frame(150).to_parquet(tmp_path / "toy.parquet")
    command = [sys.executable, "-m", "tests.faults.kills", str(tmp_path / "toy.parquet"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kills"] == 25
    assert told["cells"] == 11  # nine, and the ceilings of both seeds


def test_a_sweep_of_run_py_is_killed_and_restarted(toy_file, tmp_path):
    arguments = ["-m", *overrides(toy_file, tmp_path), *faulty("none", "wait"), "variant=${method.fault}"]
    command = [sys.executable, str(ROOT / "run.py"), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as sweep:
        worker = next(int(line.split()[-1]) for line in sweep.stderr if line.startswith("waiting in process"))
        sweep.kill()
    assert sweep.returncode == -signal.SIGKILL
    for _ in range(100):  # what works beside a sweep goes with it
        if not Path(f"/proc/{worker}").exists():
            break
        time.sleep(0.1)
    else:
        pytest.fail("the worker is still there")
    first, second = (Run(tmp_path / "runs", "toy", "independent", name, 0, "native") for name in ("none", "wait"))
    before = first.metrics_path.stat().st_mtime_ns
    assert second.recorded() is None
    again = run_py(*arguments, FAIRTAB_TEST_WAIT="0")
    assert again.returncode == 0, again.stderr
    assert first.metrics_path.stat().st_mtime_ns == before
    assert second.metrics_path.read_bytes() == first.metrics_path.read_bytes()
    assert not list(tmp_path.rglob("*.tmp"))
