"""The benchmark's plan, on a real Slurm and with trouble in between, comes to the tables of a local sweep."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments.methods import benchmark
from tests.cluster import clone, slurm
from tests.cluster.test_slurm import contents, wait_for

pytest.importorskip("submitit")
pytestmark = pytest.mark.skipif(not slurm.is_installed(), reason="needs root, slurm-wlm, slurmdbd, munge and mariadb")
DATASETS = ["adult", "compas"]
CELLS = ["experiment=paper", f"dataset={','.join(DATASETS)}", "seed=0"]
SLURM = ["hydra/launcher=slurm", "hydra.launcher.mem_gb=1"]
COST = "table7."  # seconds and memory are those of the machine
MAKE = ["make", "-k", "-j", "4", "-f", "plan.mk"]


def begin(cluster: slurm.Cluster, checkout: Path, *command: str) -> subprocess.Popen[bytes]:
    """Begin a command in the checkout, as a user does whose environment is active."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**cluster.environment, "PATH": path, "PYTHONPATH": str(checkout)}
    with (checkout / "log").open("a") as log:
        streams = {"stdout": subprocess.PIPE, "stderr": log, "start_new_session": True}
        return subprocess.Popen(command, cwd=checkout, env=environment, **streams)


def call(cluster: slurm.Cluster, checkout: Path, *command: str) -> bytes:
    with begin(cluster, checkout, *command) as process:
        printed = process.communicate()[0]
    assert process.returncode == 0, (checkout / "log").read_text()
    return printed


def plan(cluster: slurm.Cluster, checkout: Path) -> int:
    """Write the plan. Returns the number of its sweeps."""
    text = call(cluster, checkout, "python", "-m", "experiments.plan", *CELLS, *SLURM)
    (checkout / "plan.mk").write_bytes(text)
    return text.count(b"run.py -m")


def running(cluster: slurm.Cluster) -> list[str]:
    """Name the jobs that run. If a crash made Slurm start a job twice, it holds the job: release it, as people do."""
    for line in cluster.slurm("squeue", "--noheader", "--states=PENDING", "--format=%A %r").splitlines():
        if "held" in line:
            cluster.slurm("scontrol", "release", line.split()[0])
    return cluster.slurm("squeue", "--noheader", "--array", "--states=RUNNING", "--format=%A").split()


def strike(cluster: slurm.Cluster, what, state: str) -> None:
    """Do something to a job that runs, until Slurm says that a job has come to this state. A job may end before."""

    def struck() -> bool:
        with contextlib.suppress(subprocess.CalledProcessError, ProcessLookupError):
            for job in running(cluster)[:1]:
                what(job)
                time.sleep(5)
        known = cluster.slurm("sacct", "--allusers", "--allocations", "--duplicates", "--noheader", "--format=State%20")
        return state in known.split()

    wait_for(struck)


def kill(job: str) -> None:
    """Kill a job's programs, as the system does if a node has no memory left. It must have begun them."""
    mine, found = f"SLURM_JOB_ID={job}".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            environment, command = ((process / name).read_bytes().split(b"\0") for name in ("environ", "cmdline"))
            if mine in environment and b"submitit.core._submit" in command:
                found.append(int(process.name))
    if not found:
        raise ProcessLookupError
    for process in found:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def trouble(cluster: slurm.Cluster) -> None:
    """Do to jobs, nodes and controller what happens on a cluster."""
    strike(cluster, kill, "FAILED")
    cluster.stop("slurmctld")
    cluster.start_controller()
    strike(cluster, lambda job: cluster.slurm("scontrol", "requeue", job), "REQUEUED")
    cluster.slurm("scontrol", "update", "nodename=two", "state=drain", "reason=test")
    wait_for(lambda: cluster.slurm("sinfo", "-h", "-n", "two", "-o", "%T").strip() == "drained")
    strike(cluster, lambda job: cluster.slurm("scancel", job), "CANCELLED")
    cluster.slurm("scontrol", "update", "nodename=two", "state=resume")


def tables(cluster: slurm.Cluster, checkout: Path, results: str) -> dict[str, bytes]:
    call(cluster, checkout, "python", "-m", "experiments.reports", "tables", f"--results={results}")
    made = {path.name: path.read_bytes() for path in (checkout / results / "tables").iterdir()}
    return {name: text for name, text in made.items() if not name.startswith(COST)}


def test_the_benchmark_with_trouble_in_between_comes_to_the_tables_of_a_local_sweep(cluster, tmp_path):
    clone.make(tmp_path, DATASETS)
    n_sweeps = plan(cluster, tmp_path)
    with begin(cluster, tmp_path, *MAKE) as head:
        wait_for(lambda: len(list(tmp_path.rglob("real/**/metrics.json"))) == len(DATASETS))  # ceilings come first
        trouble(cluster)
        os.killpg(head.pid, signal.SIGKILL)  # the login node is lost, too
    wait_for(lambda: not running(cluster) and not cluster.slurm("squeue", "--noheader"), seconds=1800)
    assert 0 < plan(cluster, tmp_path) < n_sweeps
    call(cluster, tmp_path, *MAKE)
    assert plan(cluster, tmp_path) == 0
    call(cluster, tmp_path, "python", "run.py", "-m", *CELLS, "results_dir=local")
    made, expected = (contents(tmp_path / results) for results in ("results", "local"))
    assert len([name for name in expected if name.endswith("metrics.json")]) == len(DATASETS) * len(benchmark())
    assert made == expected
    assert tables(cluster, tmp_path, "results") == tables(cluster, tmp_path, "local")
