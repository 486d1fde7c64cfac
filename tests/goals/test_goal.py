import math

import pytest

from fairtab.errors import InputError
from fairtab.goals.goal import Goal
from fairtab.metrics.score import WEIGHTS

METRICS = {
    "utility/auc": 0.8,
    "fairness/dpr/sex": 0.5,
    "fairness/dpr/race": 0.7,
    "fairness/dpr/sex*race": 0.3,
    "fairness/eor/sex": 0.4,
    "fairness/eor/race": 0.6,
    "fairness/eor/sex*race": 0.2,
}
BOTH = ("sex", "race")


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (None, ("sex", "race")),
        (["race"], ("race",)),
        ("race", ("race",)),
        ("intersection", ("sex*race",)),
        (["sex", "intersection"], ("sex", "sex*race")),
    ],
)
def test_the_attributes_a_goal_is_about(attributes, expected):
    assert Goal(attributes=attributes).resolve_attributes(BOTH) == expected


def test_what_is_maximised_is_auc_or_a_weighted_sum_with_ratios_averaged_over_attributes():
    assert Goal().value(METRICS, BOTH) == 0.8
    assert Goal(weights=WEIGHTS).value(METRICS, BOTH) == pytest.approx(0.4 + 0.25 * 0.6 + 0.25 * 0.5)
    assert Goal(weights={"auc": 1, "eor": 2}).value(METRICS, ("sex",)) == pytest.approx(0.8 + 2 * 0.4)


def test_bounds_hold_for_each_attribute_and_their_shortfalls_add_up():
    assert Goal(dpr=0.6).shortfall(METRICS, ("race",)) == 0
    assert Goal(dpr=0.6).shortfall(METRICS, BOTH) == pytest.approx(0.1)
    assert Goal(dpr=0.6, eor=0.7, auc=0.9).shortfall(METRICS, BOTH) == pytest.approx(0.1 + 0.3 + 0.1 + 0.1)


def test_an_undefined_ratio_is_as_good_as_none():
    undefined = {**METRICS, "fairness/dpr/sex": math.nan}
    assert Goal(dpr=0.6).shortfall(undefined, ("sex",)) == pytest.approx(0.6)
    assert Goal(weights={"dpr": 1}).value(undefined, BOTH) == pytest.approx(0.35)


@pytest.mark.parametrize(("groups", "level"), [("natural", 0), ("uniform", 10), (2.5, 2.5)])
def test_sizes_of_groups_are_a_level(groups, level):
    assert Goal(groups=groups).level == level


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"dpr": 1.2}, "goal.dpr: expected a number from 0 to 1, got 1.2"),
        ({"eor": "high"}, "goal.eor"),
        ({"weights": {"accuracy": 1}}, "goal.weights: expected some of auc, dpr, eor, got accuracy"),
        ({"weights": {"auc": -1}}, "at least 0"),
        ({"groups": "equal"}, "unknown goal.groups 'equal'"),
        ({"groups": 11}, "from 0 to 10"),
        ({"label_shift": -0.1}, "goal.label_shift"),
        ({"max_offset": math.inf}, "goal.max_offset: expected a finite number"),
    ],
)
def test_what_no_goal_can_be_is_refused(options, match):
    with pytest.raises(InputError, match=match):
        Goal(**options)


def test_an_attribute_that_the_table_has_not_is_named():
    with pytest.raises(InputError, match=r"unknown attribute in goal\.attributes 'age'"):
        Goal(attributes=["age"]).resolve_attributes(BOTH)
    with pytest.raises(InputError, match="at least one"):
        Goal(attributes=[]).resolve_attributes(BOTH)


def test_a_goal_in_words():
    assert str(Goal(dpr=0.8)) == "DPR at least 0.8, then the most of AUC"
    assert str(Goal(weights=WEIGHTS)) == "the most of 0.5 AUC + 0.25 DPR + 0.25 EOR"
