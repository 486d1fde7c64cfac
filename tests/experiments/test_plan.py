"""A plan makes ceilings, then fits, then levels, and nobody waits for another's lock."""

import os
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from experiments.plan import cost, launched, main, makefile, recipe
from experiments.store import frames
from experiments.sweep.cells import cells
from experiments.sweep.needs import Needs, needs
from experiments.sweep.plan import plan
from experiments.sweep.products import products
from tests.experiments.toy import ROOT, overrides, run_ceiling, run_cell
from tests.experiments.toy import config as toy_config

RESAMPLED = {"method": "resample", "dataset": "toy", "variant": "default", "learner": "catboost", "level": "balance-0"}
GRID = ["method=resample,smote", "seed=0,1", "balance=0,5,10"]  # smote has one level


@pytest.fixture
def words(toy_file, tmp_path):
    return [*GRID, *overrides(toy_file, tmp_path)]


def sketch(stages):
    return {stage.name: [[cell.run.level for cell in stage.cells], len(stage.sweeps)] for stage in stages}


def test_cells_are_joined_into_sweeps_that_ask_for_nothing_else():
    grid = [[f"a={a}", f"b={b}", "c"] for a in (1, 2) for b in (1, 2, 3)]
    assert products(grid) == [["a=1,2", "b=1,2,3", "c"]]
    assert products(grid[:-1]) == [["a=1", "b=1,2,3", "c"], ["a=2", "b=1,2", "c"]]
    assert products([]) == []


def test_ceilings_come_first_then_fits_then_levels(words):
    stages = plan(cells(words), pd.DataFrame())
    assert sketch(stages) == {
        "ceilings-toy-real": [["native"] * 2, 1],
        "fits-toy-resample": [["balance-0"] * 2, 1],
        "fits-toy-smote": [["native"] * 2, 1],
        "levels-toy-resample": [["balance-5"] * 2 + ["balance-10"] * 2, 1],
    }
    before = {stage.name: [other.name for other in stage.waits_for(stages)] for stage in stages}
    assert before["ceilings-toy-real"] == []
    assert before["fits-toy-smote"] == ["ceilings-toy-real"]
    assert before["levels-toy-resample"] == ["ceilings-toy-real", "fits-toy-resample"]


def test_what_is_done_is_left_out(words, toy_file, tmp_path):
    done = toy_config(toy_file, tmp_path, "method=resample", "balance=0", small=False)
    run_cell(done)
    run_ceiling(done)
    stages = plan(cells([*words, "method=resample"]), pd.DataFrame())
    assert sketch(stages) == {
        "ceilings-toy-real": [["native"], 1],  # of seed 1
        "fits-toy-resample": [["balance-0"], 1],
        "ready-toy-resample": [["balance-5", "balance-10"], 1],  # of seed 0: if the fit of seed 1 fails, they are made
        "levels-toy-resample": [["balance-5", "balance-10"], 1],
    }
    assert [other.kind for other in stages[2].waits_for(stages)] == ["ceilings"]


def test_an_asked_for_ceiling_is_planned_once(words):
    stages = plan(cells([*words, "method=real,smote"]), pd.DataFrame())
    assert [stage.name for stage in stages] == ["ceilings-toy-real", "fits-toy-smote"]
    assert not any("ceiling=true" in word for word in stages[0].sweeps[0])


def test_needs_are_those_of_the_longest_measured_run_with_something_to_spare(words):
    ((_, cell), *_) = cells(words)
    measured = {"seconds/fit": [100.0, 220.0], "seconds/sample": [20.0, 20.0], "peak_memory_mb/fit": [2800, 900]}
    cpu = {"cpu_seconds/fit": [100.0, 440.0], "cpu_seconds/sample": [20.0, 40.0]}
    runs = pd.DataFrame({**RESAMPLED, "dataset": ["toy", "toy"], **measured, **cpu})
    assert needs([cell], runs, ["fit", "sample"]) == Needs(
        cores=2, memory_gb=4, gpu=False, minutes=8 + 5, seconds=240.0, mean_seconds=180.0
    )
    assert needs([cell], runs.assign(method="other"), ["fit"]) is None
    others = {"dataset": "other", "variant": "long", "learner": "reweighing", "level": "goal-score"}
    for column, other in [*others.items(), ("level", "balance-0-rows-4x")]:  # the runs that are most like it count
        slower = runs.assign(**{column: other, "seconds/fit": 9e9})
        assert needs([cell], pd.concat([runs, slower], ignore_index=True), ["fit"]).seconds == 220.0
    assert needs([cell], runs.assign(**others), ["fit"]).seconds == 220.0
    elsewhere = runs.assign(dataset="large", **{"seconds/fit": 9e9})  # of the variant, on another dataset
    longer = pd.concat([elsewhere, runs.assign(variant="long")], ignore_index=True)
    assert needs([cell], longer, ["fit"]).seconds == 220.0


def test_a_stage_needs_what_its_longest_cell_needs(words):
    short, long = (cells([*words, "method=resample", f"variant={name}"])[0][1] for name in ("short", "long"))
    runs = pd.DataFrame({**RESAMPLED, "variant": ["short", "long"], "seconds/fit": [60.0, 600.0]})
    needed = needs([short, short, long], runs, ["fit"])
    assert (needed.seconds, needed.mean_seconds, needed.minutes) == (600.0, 240.0, 25)


def test_a_failed_sweep_does_not_stop_the_others_of_its_stage(tmp_path):
    (tmp_path / "Makefile").write_text(f"all:\n{recipe(['false', 'echo $HOME > made'])}\n")
    assert subprocess.run(["make"], cwd=tmp_path, capture_output=True, check=False).returncode
    assert (tmp_path / "made").read_text().strip() == os.environ["HOME"]
    assert recipe(["echo $HOME"]) == "\techo $$HOME"


def test_a_queue_is_told_what_a_job_needs_unless_a_person_has_said_it():
    measured = Needs(cores=2, memory_gb=4, gpu=True, minutes=13, seconds=240.0, mean_seconds=180.0)
    told = launched(measured, ["hydra/launcher=slurm", "hydra.launcher.mem_gb=9"])
    expected = ["timeout_min=13", "cpus_per_task=2", "gpus_per_node=1"]
    assert told == [f"hydra.launcher.{word}" for word in expected]
    assert launched(measured, ["hydra/launcher=joblib"]) == []
    assert launched(None, ["hydra/launcher=slurm"]) == []


def test_the_cost_is_that_of_all_cells_and_the_shortest_time_that_of_the_longest_chain(words):
    runs = pd.DataFrame({**RESAMPLED, "method": ["real", "resample", "smote"]})
    runs = runs.assign(**{"seconds/fit": [0, 3600, 7200], "seconds/sample": [0, 360, 0], "seconds/evaluate": 1800})
    runs = runs.assign(**{name.replace("seconds", "cpu_seconds"): runs[name] for name in runs if "/" in name})
    # two ceilings, two fits of each method, four levels of resample
    total = 2 * 0.5 + 2 * (1 + 0.1 + 0.5) + 2 * (2 + 0.5) + 4 * (0.1 + 0.5)
    longest = 0.5 + max(1.6 + 0.6, 2.5)
    said = f"10 cells, 10 of them measured: {total:.1f} hours one after another, at least {longest:.1f} hours on any"
    assert cost(plan(cells(words), runs)).startswith(said)
    assert cost([]).startswith("0 cells")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_carries_the_plan_out_and_nobody_waits(words, tmp_path):
    stages = plan(cells([*words, "method=resample"]), pd.DataFrame())
    joblib = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    text = makefile(stages, joblib).replace("\tpython ", f"\t{sys.executable} ")
    (tmp_path / "plan.mk").write_text(text)
    done = subprocess.run(["make", "-f", tmp_path / "plan.mk"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not re.search(r"seed-\d\S*: waiting for it", done.stderr)
    runs = frames.frame(tmp_path / "runs")
    assert sorted(runs["level"]) == sorted(["native", "balance-0", "balance-5", "balance-10"] * 2)
    assert plan(cells([*words, "method=resample"]), runs) == []


def test_what_cannot_be_planned_is_said_in_one_line():
    with pytest.raises(SystemExit, match=r"^error: .*nope"):
        main(["method=nope"])
