"""Learners in the pipeline: the place of their runs, what these say, and that the judge's stay as they were."""

import json

import pytest
import yaml

from experiments.configuration import CONF
from experiments.run.cell import Cell
from experiments.run.judge import judging
from experiments.store import frames
from fairtab.errors import InputError
from fairtab.learners.learner import Learner
from fairtab.metrics.judgement import IN_VIEW
from fairtab.metrics.oracle import Oracle
from tests.experiments.toy import config, run_ceiling, run_cell

LEARNERS = sorted(path.stem for path in (CONF / "learner").glob("*.yaml"))


def resample(toy_file, results, *more: str):
    return config(toy_file, results, "method=resample", *more, small=False)


@pytest.fixture(scope="module")
def judged(toy_file, tmp_path_factory):
    return run_cell(resample(toy_file, tmp_path_factory.mktemp("learner")))


def test_the_place_of_a_run_names_its_learner(toy_file, tmp_path):
    def level(*overrides: str) -> str:
        return Cell.from_config(config(toy_file, tmp_path, *overrides)).run.level

    assert level() == level("learner=catboost") == "balance-10"
    assert level("learner=threshold") == "balance-10-threshold"
    assert level("learner=threshold", "goal=score", "goal.attributes=[sex]") == "goal-score-sex-threshold"
    assert level("learner=threshold", "sampling=other") == "balance-10-other-threshold"
    assert level("learner=threshold", "learner.name=race") == "balance-10-race"
    with pytest.raises(InputError, match=r"learner.name: expected letters"):
        level("learner=threshold", "learner.name='a/b'")


def test_the_judge_is_no_part_of_an_evaluation(judged):
    result = json.loads(judged.metrics_path.read_text())
    assert result["evaluation"] == {"classifier": {"iterations": 20}, "min_group_rows": 1}
    assert frames.row(judged)["learner"] == "catboost"


def test_another_learner_judges_the_same_table(judged, toy_file):
    run = run_cell(resample(toy_file, judged.root.parent, "learner=threshold"))
    assert run.folder.parent == judged.folder.parent  # one fit
    assert run.synthetic_path.read_bytes() == judged.synthetic_path.read_bytes()
    result, plain = (json.loads(each.metrics_path.read_text()) for each in (run, judged))
    assert result["evaluation"]["learner"] == {
        "name": "threshold",
        "constraint": "demographic_parity",
        "objective": "accuracy_score",
        "attribute": None,
        "target": "fairtab.learners.threshold.Threshold",
    }
    assert result["metrics"]["utility/auc"] == plain["metrics"]["utility/auc"]  # of the classifier beneath
    assert result["metrics"]["fairness/dpr/sex"] != plain["metrics"]["fairness/dpr/sex"]
    assert frames.row(run)["learner"] == "threshold"


def test_the_ceiling_has_the_same_learner(judged, toy_file):
    ceiling = run_ceiling(resample(toy_file, judged.root.parent, "learner=reweighing"))
    assert (ceiling.method, ceiling.level) == ("real", "native-reweighing")


def test_an_oracle_says_that_it_is_one(judged, toy_file):
    run = run_cell(resample(toy_file, judged.root.parent, "learner=oracle"))
    result, plain = (json.loads(each.metrics_path.read_text()) for each in (run, judged))
    assert IN_VIEW in result["notes"]
    assert result["metrics"]["score/sex"] >= plain["metrics"]["score/sex"]


def test_other_options_of_a_learner_need_a_name_of_their_own(judged, toy_file):
    run_cell(resample(toy_file, judged.root.parent, "learner=threshold"))
    more = ["learner=threshold", "learner.constraint=equalized_odds"]
    with pytest.raises(InputError, match=r"learner.constraint was demographic_parity.*learner.name=NAME"):
        run_cell(resample(toy_file, judged.root.parent, *more))
    assert run_cell(resample(toy_file, judged.root.parent, *more, "learner.name=mine")).level == "balance-10-mine"


def test_a_learners_own_options_of_the_classifier_come_first(toy_file, tmp_path):
    learner = judging(Cell.from_config(resample(toy_file, tmp_path, "learner=reductions")))["classifier"]
    assert learner.model == {"iterations": 200, "one_hot_max_size": 64}
    learner = judging(Cell.from_config(resample(toy_file, tmp_path, "learner=reweighing")))["classifier"]
    assert learner.model == {"iterations": 20}


@pytest.mark.parametrize("name", LEARNERS)
def test_every_learner_is_what_its_file_says_and_only_the_oracle_may_look(name, toy_file, tmp_path):
    assert yaml.safe_load((CONF / "learner" / f"{name}.yaml").read_text())["name"] == name
    made = judging(Cell.from_config(resample(toy_file, tmp_path, f"learner={name}")))["classifier"]
    if name == "catboost":
        assert made == {"iterations": 20}
    else:
        assert isinstance(made, Oracle if name == "oracle" else Learner)
