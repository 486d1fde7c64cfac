import numpy as np
import pytest

from fairtab.metrics import closest, utility
from fairtab.metrics.catalogue import METRICS, split_name
from fairtab.metrics.evaluate import evaluate
from fairtab.metrics.score import scores
from fairtab.table import Split, Table
from fairtab.task import Task
from tests.conftest import TOY_SCHEMA

FAST = {"iterations": 20}
OF_TWO_VALUES = [name for name, metric in METRICS.items() if Task.BINARY in metric.tasks and not metric.of_number]


def test_six_rows_by_hand():
    y_true, y_pred = np.array([1, 1, 0, 0, 0, 0]), np.array([1, 0, 1, 0, 0, 0])
    probability = np.array([0.9, 0.4, 0.6, 0.1, 0.2, 0.4])
    assert utility.auc(y_true, probability) == pytest.approx((4 + 2.5) / 8)  # pairs ranked right, a tie counting half
    assert utility.accuracy(y_true, y_pred) == pytest.approx(4 / 6)
    assert utility.balanced_accuracy(y_true, y_pred) == pytest.approx((1 / 2 + 3 / 4) / 2)
    assert utility.f1(y_true, y_pred) == pytest.approx(0.5)
    assert utility.positive_rate(y_pred) == pytest.approx(2 / 6)
    assert np.isnan(utility.auc(np.ones(6), probability))


def test_score_averages_over_attributes():
    metrics = {"utility/auc": 0.9, "fairness/dpr/a": 0.4, "fairness/dpr/b": 0.6, "fairness/eor/a": 0.5}
    metrics |= {"fairness/eor/b": 0.7, "fairness/dpr/a*b": 0.1, "fairness/eor/a*b": 0.1}
    expected = {"score": 0.45 + 0.125 + 0.15, "score/a": 0.45 + 0.1 + 0.125, "score/b": 0.45 + 0.15 + 0.175}
    assert scores(metrics, ("a", "b")) == pytest.approx(expected)


def test_every_metric_is_in_the_catalogue_and_in_its_range(toy):
    metrics = evaluate(toy.train, toy, seed=0, classifier=FAST, uniform_sensitive=True, attacks=True).metrics
    assert {split_name(name)[0].name for name in metrics} == set(OF_TWO_VALUES)
    for name, value in metrics.items():
        low, high = split_name(name)[0].range
        assert np.isnan(value) or low <= value <= high, name


def test_the_same_table_and_seed_score_the_same(toy):
    a, b = (evaluate(toy.train, toy, seed=0, classifier=FAST).metrics for _ in range(2))
    assert a == pytest.approx(b, rel=0, abs=0, nan_ok=True)


def test_scores_without_groups_are_those_of_a_table_whose_groups_say_nothing(toy):
    plain = evaluate(toy.train, toy, seed=0, classifier=FAST, min_group_rows=0).metrics
    more = evaluate(toy.train, toy, seed=0, classifier=FAST, min_group_rows=0, uniform_sensitive=True).metrics
    assert {name: more[name] for name in plain} == pytest.approx(plain, nan_ok=True)
    added = {name: value for name, value in more.items() if name not in plain}
    assert set(added) == {
        "uniform_sensitive/" + name
        for name in plain
        if name == "utility/auc" or name.startswith(("fairness/dpr", "fairness/eor"))
    }
    # the label leans on sex: a classifier that learned from random sexes treats them more alike
    assert added["uniform_sensitive/fairness/dpr/sex"] > plain["fairness/dpr/sex"]


def test_a_synthetic_table_of_one_class_is_scored_by_its_constant_answer(toy):
    constant = Table(toy.train.frame.assign(approved="yes"), TOY_SCHEMA)
    evaluation = evaluate(constant, toy, seed=0, classifier=FAST)
    metrics, notes = evaluation.metrics, evaluation.notes
    assert metrics["utility/positive_rate"] == 1
    assert metrics["utility/auc"] == 0.5
    assert "needs two classes" in notes[0]


def test_a_classifier_that_predicts_one_class_is_reported(toy):
    rare = toy.train.frame.assign(approved=["yes"] * 3 + ["no"] * 197)
    evaluation = evaluate(Table(rare, TOY_SCHEMA), toy, seed=0, classifier=FAST)
    metrics, notes = evaluation.metrics, evaluation.notes
    assert metrics["utility/positive_rate"] == 0
    assert any("predicts one class for every real row: negative" in note for note in notes)
    assert np.isnan(metrics["score"])


def test_a_group_absent_from_the_test_table_is_reported(toy):
    south = toy.test.frame[toy.test.frame["region"] == "south"]
    split = Split(toy.train, toy.validation, Table(south, TOY_SCHEMA))
    notes = evaluate(toy.train, split, seed=0, classifier=FAST, min_group_rows=0).notes
    assert "region: groups without test rows: north" in notes
    notes = evaluate(toy.train, Split(split.test, toy.validation, toy.test), seed=0, classifier=FAST).notes
    assert "region: groups without training rows: north" in notes


def test_groups_coded_as_numbers_are_judged_like_any_other(toy):
    def coded(table: Table) -> Table:
        return Table(table.frame.assign(sex=(table.frame["sex"] == "Male").astype(int)), TOY_SCHEMA)

    plain = evaluate(toy.train, toy, seed=0, classifier=FAST, min_group_rows=0).metrics
    split = Split(*map(coded, (toy.train, toy.validation, toy.test)))
    numbers = evaluate(split.train, split, seed=0, classifier=FAST, min_group_rows=0).metrics
    assert numbers["fairness/dpr/sex"] == pytest.approx(plain["fairness/dpr/sex"], abs=0.2)
    assert numbers["fidelity/column_error"] == pytest.approx(plain["fidelity/column_error"])


def test_of_larger_tables_rows_are_drawn_and_it_is_said(toy, monkeypatch):
    whole = evaluate(toy.validation, toy, seed=0, classifier=FAST)
    assert not any("drawn" in note for note in whole.notes)
    monkeypatch.setattr(closest, "MAX_ROWS", 60)
    part = evaluate(toy.validation, toy, seed=0, classifier=FAST)
    assert "pair error and distances are of 60 rows drawn from each table that has more" in part.notes
    differ = {name for name in whole.metrics if repr(part.metrics[name]) != repr(whole.metrics[name])}  # nan is nan
    assert "fidelity/pair_error" in differ
    assert differ <= {"fidelity/pair_error", "privacy/dcr", "privacy/dcr_published", "privacy/membership_auc"}


def test_results_stand_in_the_order_of_the_catalogue(toy):
    metrics = evaluate(toy.train, toy, seed=0, classifier=FAST, uniform_sensitive=True, attacks=True).metrics
    assert list(dict.fromkeys(split_name(name)[0].name for name in metrics)) == OF_TWO_VALUES
