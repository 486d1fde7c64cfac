"""Labels of several classes and of numbers: metrics by hand, and what is judged by which metric."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fairtab.errors import InputError
from fairtab.groups import Groups, with_groups
from fairtab.learners.reweighing import Reweighing
from fairtab.metrics import fairness, utility
from fairtab.metrics.catalogue import ATTACKS, METRICS, split_name
from fairtab.metrics.dependence import MAX_ROWS, independence
from fairtab.metrics.evaluate import Judged, evaluate, judge
from fairtab.metrics.oracle import Oracle
from fairtab.table import Schema, Split, Table
from fairtab.task import Task

FAST = {"iterations": 20}
PAY = Groups("pay", (20, 40))


def people(n: int, seed: int = 0) -> pd.DataFrame:
    """A grade and a pay that lean on age and sex."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.integers(18, 80, n), "sex": rng.choice(["f", "m"], n)})
    place = frame["age"] / 80 + 0.3 * (frame["sex"] == "m") + rng.normal(0, 0.1, n)
    return frame.assign(
        pay=(60 * place).round(2), grade=pd.cut(place, [-9, 0.5, 0.8, 9], labels=list("cba")).astype(str)
    )


def split_of(schema: Schema, frame: pd.DataFrame) -> Split:
    return Split(*(Table(frame.iloc[part::3], schema) for part in range(3)))


@pytest.fixture(scope="module")
def grades() -> Split:
    return split_of(Schema(("age",), (), "grade", None, ("sex",), task=Task.CLASSES), people(450))


@pytest.fixture(scope="module")
def pays() -> Split:
    groups = {PAY.name: PAY}
    schema = Schema(("age", "pay"), (), PAY.name, None, ("sex",), task=Task.REGRESSION, groups=groups)
    return split_of(schema, with_groups(people(450), [PAY]))


def test_classes_by_hand():
    y_true = np.array(list("aabbc"))
    probability = pd.DataFrame({"a": [0.9, 0.4, 0.3, 0.5, 0.1], "b": [0.1, 0.6, 0.7, 0.5, 0.9]})
    # a: 5 of 6 pairs in order; b: 0.7 and 0.5 against 0.1, 0.6, 0.9: 3 of 6; c has no column: all pairs tie
    assert utility.macro_auc(y_true, probability) == pytest.approx((5 / 6 + 3 / 6 + 1 / 2) / 3)
    groups = pd.Series(list("fffmmmmm"))
    parities = fairness.class_parities(np.array(list("aabaabbb")), groups)
    assert parities.to_dict() == pytest.approx({"a": (2 / 5) / (2 / 3), "b": (1 / 3) / (3 / 5)})
    assert fairness.class_parity(np.array(list("aabaabbb")), groups) == pytest.approx(5 / 9)


def test_numbers_by_hand():
    y_true, y_pred = np.array([1.0, 2.0, 3.0, 6.0]), np.array([2.0, 2.0, 4.0, 4.0])
    assert utility.r2(y_true, y_pred) == pytest.approx(1 - 6 / 14)
    groups = pd.Series(list("fmfm"))
    assert fairness.mean_parity(y_pred, groups) == 1
    # means 2 and 4 of predictions 1, 3, 3, 5: the variance between is 1, of all it is 2
    assert fairness.mean_parity(np.array([1.0, 3.0, 3.0, 5.0]), pd.Series(list("ffmm"))) == pytest.approx(1 - 0.5**0.5)
    # above 1 there are half of the f and all of the m
    assert fairness.quantile_parity(np.array([1.0, 3.0, 3.0, 5.0]), pd.Series(list("ffmm"))) == 0.5
    assert np.isnan(fairness.mean_parity(np.ones(4), groups))


def test_quantile_parity_is_that_of_the_two_groups_that_differ_most():
    rng = np.random.default_rng(0)
    numbers, groups = rng.normal(size=90).round(1), pd.Series(list("xyz") * 30)
    numbers[groups == "z"] += 1
    pairs = [groups.isin(pair).to_numpy() for pair in (["x", "y"], ["x", "z"], ["y", "z"])]
    of_pairs = [fairness.quantile_parity(numbers[rows], groups[rows]) for rows in pairs]
    assert fairness.quantile_parity(numbers, groups) == pytest.approx(min(of_pairs))


def test_parities_are_1_for_equal_groups_and_0_for_groups_that_share_nothing():
    groups = pd.Series(["f"] * 4 + ["m"] * 4)
    same, apart = np.array([1.0, 2, 3, 4] * 2), np.array([1.0] * 4 + [2.0] * 4)
    for parity in (fairness.mean_parity, fairness.quantile_parity):
        assert parity(same, groups) == pytest.approx(1)
        assert parity(apart, groups) == pytest.approx(0)
    assert fairness.class_parity(np.array(list("ab" * 4)), groups) == 1
    assert fairness.class_parity(np.array(list("aaaabbbb")), groups) == 0


def test_independence_sees_a_dependence_that_rises_and_falls():
    age = np.arange(20.0, 80.0)
    middle = ((age > 34) & (age < 65)).astype(int)
    assert abs(np.corrcoef(middle, age)[0, 1]) < 0.01
    assert independence(middle, age) < 0.6
    assert independence(np.where(middle, "yes", "no"), age) == pytest.approx(independence(middle, age))


def test_independence_of_what_is_independent_is_near_1_for_few_and_for_many_rows():
    rng = np.random.default_rng(0)
    few = [independence(rng.integers(0, 2, 60), rng.normal(size=60)) for _ in range(40)]
    assert np.mean(few) > 0.9  # without the correction of the bias it is below 0.85
    n = 2 * MAX_ROWS
    assert independence(rng.integers(0, 2, n), rng.normal(size=n)) > 0.9
    assert np.isnan(independence(np.zeros(60), np.arange(60.0)))


@pytest.mark.parametrize("task", [Task.CLASSES, Task.REGRESSION])
def test_a_task_has_the_metrics_that_the_catalogue_gives_it(task, grades, pays):
    split = grades if task is Task.CLASSES else pays
    evaluation = evaluate(split.train, split, seed=0, classifier=FAST)
    made = (metric for metric in METRICS.values() if task in metric.tasks and metric.name not in ATTACKS)
    names = [metric.name for metric in made if not metric.of_number]
    assert list(dict.fromkeys(split_name(name)[0].name for name in evaluation.metrics)) == names
    for name, value in evaluation.metrics.items():
        low, high = split_name(name)[0].range
        assert low <= value <= high, name
    quality = evaluation.metrics["utility/macro_auc" if task is Task.CLASSES else "utility/r2"]
    assert quality > 0.6
    for name, drawn in evaluation.judged.replicates.items():
        assert drawn.quantile(0.01) <= evaluation.metrics[name] <= drawn.quantile(0.99), name


def test_a_regression_does_not_see_the_number_or_its_groups(pays):
    assert list(pays.test.inputs) == ["age", "sex"]
    assert pays.test.y.tolist() == pays.test.frame["pay"].tolist()


def test_a_class_that_the_synthetic_table_lacks_is_scored(grades):
    frame = grades.train.frame
    without = Table(frame[frame["grade"] != "a"], grades.schema)
    judged = judge(without, grades.test, seed=0, classifier=FAST)
    assert 0.4 < judged.metrics["utility/macro_auc"] < 1
    assert set(judged.predictions.y_pred) <= {"b", "c"}


@pytest.mark.parametrize("task", [Task.CLASSES, Task.REGRESSION])
def test_a_synthetic_table_of_one_label_is_scored_by_its_constant_answer(task, grades, pays):
    split, column, value = (grades, "grade", "a") if task is Task.CLASSES else (pays, "pay", 30.0)
    judged = judge(Table(split.train.frame.assign(**{column: value}), split.schema), split.test, seed=0)
    assert set(judged.predictions.y_pred) == {value}
    assert "the table has one" in judged.notes[0]


def test_small_groups_are_named_and_left_out(grades):
    frame = grades.test.frame.copy()
    frame.loc[:4, "sex"] = "x"
    judged = judge(grades.train, Table(frame, grades.schema), seed=0, classifier=FAST)
    assert "sex: groups with fewer than 15 test rows, left out: x (5)" in judged.notes
    assert judged.metrics["fairness/class_parity/sex"] > 0


@pytest.mark.parametrize("learner", [Reweighing(), Oracle()], ids=["fair learner", "oracle"])
def test_learners_for_two_values_say_so(learner, pays):
    with pytest.raises(InputError, match="needs a label of two values: the task of 'pay' is regression"):
        judge(pays.train, pays.test, seed=0, classifier=learner)


def test_a_sensitive_number_is_judged_without_its_groups():
    ages = Groups("age", (40, 60))
    frame = (
        with_groups(people(450), [ages]).assign(paid=lambda rows: (rows["pay"] > 40).astype(int)).drop(columns="pay")
    )
    schema = Schema(("age",), ("grade",), "paid", 1, (ages.name,), groups={ages.name: ages})
    split = split_of(schema, frame)
    judged = judge(split.train, split.test, seed=0, classifier=FAST)
    expected = independence(judged.predictions.y_pred, split.test.frame["age"].to_numpy())
    assert judged.metrics["fairness/independence/age"] == expected < 0.7
    assert "fairness/dpr/age-group" in judged.metrics


def test_groups_of_large_numbers_have_names_of_their_own():
    labels = Groups("time", (1_700_000_001, 1_700_000_002)).labels
    assert labels == ["1700000001 or less", "over 1700000001 to 1700000002", "over 1700000002"]
    assert Groups("age", (25, 60)).labels == ["25 or less", "over 25 to 60", "over 60"]
    assert Groups("pay", (1_234_567.0,)).labels == ["1234567 or less", "over 1234567"]
    assert Groups("pay", (2**60, 2**60 + 1)).labels[0] == f"{2**60} or less"
    assert Groups("share", (1 / 3,)).labels == ["0.333333 or less", "over 0.333333"]
    assert len({*Groups("share", (1 - 1e-9, 1)).labels}) == 3


@pytest.mark.parametrize("cuts", [("old",), (float("inf"),), (float("nan"), 3)])
def test_groups_end_at_finite_numbers(cuts):
    with pytest.raises(InputError, match="groups of 'age'"):
        Groups("age", cuts)


def test_groups_may_end_at_numbers_of_numpy():
    group = Groups("age", np.array([30, 50]))
    assert all("np." not in rule for rule in group.rules())


@pytest.mark.parametrize("constant", [0.1, 0.3, 1e9, 7.0])
def test_a_constant_prediction_has_no_mean_parity(constant):
    assert np.isnan(fairness.mean_parity(np.full(1000, constant), pd.Series(["a", "b"] * 500)))


def test_intervals_are_of_the_groups_that_the_value_is_of():
    """A group of 16 rows has fewer than 15 in many draws, and would then be left out of these."""
    rng = np.random.default_rng(0)
    groups = np.repeat(["a", "b", "c"], [192, 192, 16])
    answer = np.where(rng.random(400) < np.where(groups == "c", 0.1, 0.5), "x", "y")
    frame = pd.DataFrame({"age": rng.normal(size=400), "grade": answer, "s": groups})
    table = Table(frame, Schema(("age",), (), "grade", None, ("s",), task=Task.CLASSES))
    judged = judge(table, table, seed=0, classifier=FAST, min_group_rows=15)
    own = Judged(replace(judged.predictions, y_pred=answer), {}, [], 15).replicates["fairness/class_parity/s"]
    all_groups = Judged(replace(judged.predictions, y_pred=answer), {}, [], 0).replicates["fairness/class_parity/s"]
    assert own.tolist() == all_groups.tolist()
