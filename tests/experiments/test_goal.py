"""Goals in the pipeline: from the command line to the joint, the search on disk, and the output."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from experiments.figures import frontier
from experiments.run import pipeline
from experiments.run.cell import Cell
from experiments.run.failures import StageFailed
from experiments.store import frames
from experiments.sweep.state import state
from fairtab.errors import InputError
from fairtab.joint import Joint
from fairtab.metrics.score import WEIGHTS
from fairtab.table import Split, Table
from tests.experiments.toy import config, run_cell, run_py

GOAL = ["method=resample", "goal.rounds=2", "goal.attributes=[sex]", "goal.dpr=0.01"]


def resample(toy_file, results, *more: str):
    """The toy configuration with method resample, which needs no fit."""
    return config(toy_file, results, *GOAL, *more, small=False)


@pytest.fixture(scope="module")
def finished(toy_file, tmp_path_factory):
    return run_cell(resample(toy_file, tmp_path_factory.mktemp("goal")))


def test_the_place_of_a_run_names_its_goal(toy_file, tmp_path):
    def level(*overrides: str) -> str:
        return Cell.from_config(config(toy_file, tmp_path, *overrides)).run.level

    assert level() == "balance-10"
    assert level("goal.dpr=0.8") == "goal-dpr-0.8"
    assert level("goal=score") == "goal-score"
    assert level("goal=score", "goal.groups=natural", "goal.attributes=[sex]") == "goal-score-sex"
    assert level("goal=score", "goal.groups=uniform", "goal.attributes=[sex]") == "goal-score-groups-10-sex"
    assert level("goal=score", "goal.auc=0.9", "goal.attributes=[sex]") == "goal-score-auc-0.9-sex"
    assert level("goal.dpr=0.8", "goal.eor=0.7", "goal.attributes=intersection") == "goal-dpr-0.8-eor-0.7-intersection"


def test_goal_score_has_the_weights_of_score(toy_file, tmp_path):
    assert Cell.from_config(config(toy_file, tmp_path, "goal=score")).goal.weights == WEIGHTS


def test_what_was_searched_is_on_disk(finished, toy):
    assert finished.level == "goal-dpr-0.01-sex"
    assert {path.name for path in finished.search_folder.iterdir()} == {
        "found.json",
        "candidates.csv",
        "joint.csv",
        "frontier.png",
        "frontier.svg",
    }
    assert pd.read_csv(finished.search_folder / "candidates.csv")["n_tables"].sum() == 2


def test_the_table_has_the_joint_that_was_chosen(finished):
    joint = Joint.from_frame(pd.read_csv(finished.search_folder / "joint.csv"))
    synthetic = pd.read_parquet(finished.synthetic_path)
    counts = synthetic.groupby(list(joint.probability.index.names)).size()
    assert counts.to_dict() == {cell: n for cell, n in joint.counts(len(synthetic)).items() if n}


def test_results_say_what_was_reached_where(finished):
    result = json.loads(finished.metrics_path.read_text())
    assert result["goal"]["met"]
    assert result["goal"]["bounds"] == {"dpr": 0.01}
    row = frames.row(finished)
    assert row["validation/fairness/dpr/sex"] == result["goal"]["validation"]["fairness/dpr/sex"]
    assert set(finished.provenance()["stages"]) == {"fit", "search", "sample", "evaluate"}


def test_a_search_does_not_see_the_test_table(finished, toy_file, tmp_path, monkeypatch):
    """Another test table gives the same candidates and the same joint."""
    loaded = pipeline._load(Cell.from_config(resample(toy_file, tmp_path)).dataset)
    frame = loaded.test.frame
    rng = np.random.default_rng(0)
    poisoned = frame.assign(**{name: rng.permutation(frame[name].to_numpy()) for name in frame.columns})
    split = Split(loaded.train, loaded.validation, Table(poisoned, loaded.schema))
    monkeypatch.setattr(pipeline, "_load", lambda _: split)
    run = run_cell(resample(toy_file, tmp_path))
    for name in ("candidates.csv", "joint.csv", "found.json"):
        assert (run.search_folder / name).read_bytes() == (finished.search_folder / name).read_bytes()
    metrics = [json.loads(each.metrics_path.read_text())["metrics"]["utility/auc"] for each in (run, finished)]
    assert metrics[0] != metrics[1]


def test_a_goal_that_cannot_be_met_is_a_failure_unless_the_nearest_will_do(toy_file, tmp_path):
    unreachable = resample(toy_file, tmp_path, "goal.dpr=0.999", "goal.auc=0.999")
    with pytest.raises(StageFailed, match=r"no joint was found that meets the goal .*AUC at least 0\.999.*best_effort"):
        run_cell(unreachable)
    failed = Cell.from_config(unreachable).run
    assert (failed.search_folder / "frontier.png").exists()
    assert not failed.metrics_path.exists()
    run = run_cell(resample(toy_file, tmp_path, "goal.dpr=0.999", "goal.auc=0.999", "goal.best_effort=true"))
    assert run == failed
    assert not run.found()["met"]
    with pytest.raises(InputError, match=r"its table is the nearest, and does not reach .*best_effort=true"):
        run_cell(unreachable)  # what is there already is no answer to whom the nearest will not do
    assert state(Cell.from_config(unreachable)).name == "failed"


def test_ratios_of_groups_that_are_too_small_are_recorded_as_unknown(toy_file, tmp_path):
    run = run_cell(resample(toy_file, tmp_path, "goal.best_effort=true", "evaluation.min_group_rows=1000"))
    assert run.found()["validation"]["fairness/dpr/sex"] is None
    assert run.candidates()["fairness/dpr/sex"].isna().all()
    assert run.candidates()["utility/auc"].notna().all()


def test_a_goal_needs_a_method_that_can_be_steered(toy_file, tmp_path):
    with pytest.raises(InputError, match="method real cannot be steered"):
        Cell.from_config(config(toy_file, tmp_path, "method=real", "goal=score", small=False))


@pytest.mark.parametrize(
    "wrong", ["goal.dpr=2", "goal.rounds=0", "goal.best_effort=1", "goal.groups=same", "goal.groups=uniform"]
)
def test_a_wrong_goal_is_one_line(wrong, toy_file, tmp_path):
    with pytest.raises(InputError) as error:
        Cell.from_config(config(toy_file, tmp_path, wrong))
    assert "\n" not in str(error.value)


def test_an_attribute_the_table_has_not_is_refused_before_anything_is_fitted(toy_file, tmp_path):
    with pytest.raises(InputError, match=r"attribute in goal\.attributes 'age'"):
        run_cell(config(toy_file, tmp_path, "goal.dpr=0.5", "goal.attributes=[age]"))


@pytest.mark.slow
def test_the_command_line_says_what_was_chosen(finished, toy_file, tmp_path):
    shutil.copytree(finished.root.parent, tmp_path, dirs_exist_ok=True)
    from tests.experiments.toy import overrides

    done = run_py(*overrides(toy_file, tmp_path), *GOAL)
    assert done.returncode == 0, done.stderr
    for words in (
        "The joint chosen",
        "sex Female",
        "DPR at least 0.01",
        "chosen on",
        "frontier.png",
    ):
        assert words in done.stdout + done.stderr


def test_pareto_by_hand():
    x, y = np.array([1, 2, 3, 2, 0.5]), np.array([3, 2, 1, 1, 3])
    assert frontier.pareto(x, y).tolist() == [0, 1, 2]
