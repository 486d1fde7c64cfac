"""A sweep on a real Slurm of two nodes comes to the bytes of a local one, whatever happens to its jobs."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cluster import slurm
from tests.experiments.toy import ROOT, overrides, run_py
from tests.faults.methods import faulty

pytest.importorskip("submitit")
pytestmark = pytest.mark.skipif(not slurm.is_installed(), reason="needs root, slurm-wlm, slurmdbd, munge and mariadb")
BYTES = ("metrics.json", "synthetic.parquet", "replicates.parquet", "marginals.json", "dataset.json", "config.yaml")
SLURM = ["hydra/launcher=slurm", "hydra.launcher.mem_gb=1"]


@pytest.fixture(scope="module")
def sweep(toy_file, tmp_path_factory):
    """The words of four cells, and the bytes that they come to in a local sweep."""
    words = ["-m", "seed=0,1,2,3", *faulty("once")]
    results = tmp_path_factory.mktemp("local")
    done = run_py(*words, *overrides(toy_file, results))
    assert done.returncode == 0, done.stderr
    return words, contents(results)


def contents(results: Path) -> dict[str, bytes]:
    paths = [path for path in sorted((results / "runs").rglob("*")) if path.name in BYTES]
    found = {str(path.relative_to(results)): path.read_bytes() for path in paths}
    return {name: text.replace(str(results).encode(), b"") for name, text in found.items()}


def begin(cluster: slurm.Cluster, results: Path, *words: str) -> subprocess.Popen[str]:
    marks = {"FAIRTAB_TEST_MARKS": str(results)}
    command = [sys.executable, str(ROOT / "run.py"), *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT, env={**cluster.environment, **marks}, **pipes)


def wait_for(what, seconds: int = 240):
    """Give the first value that is true."""
    for _ in range(2 * seconds):
        if found := what():
            return found
        time.sleep(0.5)
    raise AssertionError("it did not happen")


def waiting(results: Path) -> set[str]:
    """The seeds, as fits get them, of cells that have waited or still do."""
    return {path.name for path in results.iterdir() if path.name.isdecimal()}


def states(cluster: slurm.Cluster) -> dict[str, str]:
    """The state of each task of the job array, in the order of time."""
    lines = cluster.slurm("squeue", "--noheader", "--array", "--sort=i", "--format=%i %T").splitlines()
    return dict(line.split() for line in lines)


def test_killed_cancelled_requeued_drained_and_without_controller_the_bytes_are_those_of_a_local_sweep(
    cluster, sweep, toy_file, tmp_path
):
    words, expected = sweep
    arguments = [*words, *overrides(toy_file, tmp_path), *SLURM]
    with begin(cluster, tmp_path, *arguments) as head:
        wait_for(lambda: len(waiting(tmp_path)) == 2)  # both nodes are at work
        first, second = [name for name, state in states(cluster).items() if state == "RUNNING"]
        cluster.stop("slurmctld")
        cluster.start_controller()
        assert [name for name, state in states(cluster).items() if state == "RUNNING"] == [first, second]
        cluster.slurm("scontrol", "update", "nodename=two", "state=drain", "reason=test")
        cluster.slurm("scontrol", "requeue", first)
        cluster.slurm("scancel", second)
        wait_for(lambda: len(waiting(tmp_path)) == 3)
        assert cluster.slurm("sinfo", "-h", "-n", "two", "-o", "%T").strip() == "drained"
        cluster.slurm("scontrol", "update", "nodename=two", "state=resume")
        wait_for(lambda: len(waiting(tmp_path)) == 4)
        for name in (name for name, state in states(cluster).items() if state == "RUNNING" and name != first):
            cluster.slurm("scancel", "--signal=KILL", "--full", name)
        said = head.communicate()[1]
    assert head.returncode == 1
    assert "Traceback" not in said
    assert "state: CANCELLED" in said
    assert "when it is empty, repeat the command: python run.py -m" in said
    wait_for(lambda: not states(cluster))
    assert len(list(tmp_path.rglob("independent/**/metrics.json"))) < 4
    with begin(cluster, tmp_path, *arguments) as head:
        told, said = head.communicate()
    assert head.returncode == 0, said
    assert "The sweep: 4 done" in told
    assert contents(tmp_path) == expected


def test_a_job_out_of_time_is_queued_again_and_goes_on(cluster, sweep, toy_file, tmp_path):
    _, expected = sweep
    limits = ["hydra.launcher.timeout_min=1", "hydra.launcher.signal_delay_s=20"]
    arguments = ["-m", "seed=0", *faulty("once"), *overrides(toy_file, tmp_path), *SLURM, *limits]
    with begin(cluster, tmp_path, *arguments) as head:
        told, said = head.communicate()
    assert head.returncode == 0, said
    assert "The sweep: 1 done" in told
    (log,) = (tmp_path / "launcher").rglob("*_log.out")
    assert "this job is timed-out" in log.read_text()
    found = contents(tmp_path)
    assert found == {name: expected[name] for name in found}
    assert os.path.commonpath(found) == "runs/toy"
