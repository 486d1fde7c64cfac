"""The cells of a sweep are the same one after another and side by side."""

import json

import pytest

from fairtab.threads import share
from tests.experiments.toy import SMALL, overrides, run_py

SWEEP = ["seed=0,1", "balance=0,11"]  # of which half cannot be


@pytest.fixture(scope="module")
def sweeps(toy_file, tmp_path_factory):
    """Map each launcher to the output of a sweep and its results folder. Workers divide the cores."""
    done = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("OMP_NUM_THREADS")
        for launcher, workers in (("basic", []), ("joblib", ["hydra.launcher.n_jobs=2"])):
            results = tmp_path_factory.mktemp(launcher)
            arguments = [f"hydra/launcher={launcher}", *workers, *overrides(toy_file, results), *SMALL, *SWEEP]
            done[launcher] = run_py("-m", *arguments), results
    return done


@pytest.mark.slow
def test_side_by_side_or_one_after_another_the_bytes_are_the_same(sweeps):
    parts = ("metrics.json", "synthetic.parquet", "weights.safetensors", "model.json", "replicates.parquet")
    found = [
        {str(path.relative_to(results)): path.read_bytes() for name in parts for path in results.rglob(name)}
        for _, results in sweeps.values()
    ]
    assert len([name for name in found[0] if name.endswith("metrics.json")]) == 4  # two cells, two ceilings
    assert found[0] == found[1]


def test_failed_cells_are_named_and_decide_the_exit_status_under_either(sweeps):
    for launcher, (done, results) in sweeps.items():
        assert done.returncode == 1, launcher
        assert done.stderr.count("error: expected a balancing level from 0 to 10, got 11") == 2, launcher
        assert "Traceback" not in done.stderr, launcher
        assert len(list(results.rglob("balance-0/metrics.json"))) == 2, launcher


def test_lines_of_workers_say_whose_they_are(sweeps):
    assert "\nfitting fairtab to 200 rows" in sweeps["basic"][0].stderr
    lines = {line for line in sweeps["joblib"][0].stderr.splitlines() if "fitting fairtab" in line}
    assert lines == {"#0 fitting fairtab to 200 rows", "#2 fitting fairtab to 200 rows"}


def test_workers_share_the_cores(sweeps, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS")
    for launcher, workers in (("basic", 1), ("joblib", 2)):
        provenance = next(sweeps[launcher][1].rglob("balance-0/provenance.json"))
        assert json.loads(provenance.read_text())["environment"]["threads"] == max(1, share() // workers)


@pytest.mark.parametrize(("given", "threads"), [("3", 3), ("2,1", 2)])
def test_the_share_is_what_openmp_was_told(monkeypatch, given, threads):
    monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert share() == threads
