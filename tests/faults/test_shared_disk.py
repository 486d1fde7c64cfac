"""Two machines on one disk, as far as one machine can be two: each has a host name and mounts of its own."""

import os
import re
import subprocess
import sys

import pytest

from tests.experiments.toy import ROOT, SMALL, overrides

APART = ["unshare", "--mount", "--uts"]


def can_be_two() -> bool:
    return os.geteuid() == 0 and subprocess.run([*APART, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not can_be_two(), reason="needs root and Linux namespaces")
def test_two_machines_that_are_asked_for_one_cell_make_it_once(toy_file, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    machines = []
    for name in ("one", "two"):
        mounted = tmp_path / f"mounted-{name}"
        mounted.mkdir()
        run = [sys.executable, str(ROOT / "run.py"), *overrides(toy_file, mounted), *SMALL]
        script = f'hostname {name} && mount --bind "{disk}" "{mounted}" && exec "$@"'
        command = [*APART, "sh", "-c", script, "sh", *run]
        machines.append(
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        )
    said = [machine.communicate()[1] for machine in machines]
    assert [machine.returncode for machine in machines] == [0, 0], said
    assert sum("fitting fairtab" in text for text in said) == 1
    assert sum(bool(re.search(r"balance-10: waiting for it|balance-10 is done", text)) for text in said) == 1
    assert len(list(disk.rglob("metrics.json"))) == 2  # the cell and its ceiling
    assert not list(disk.rglob("*.tmp"))
