import pandas as pd
import pytest

from fairtab import InputError, Schema, Table
from fairtab.datasets.description import DatasetDescription, InjectedMissing
from fairtab.datasets.injection import inject_missing
from fairtab.groups import Groups, with_groups
from fairtab.task import Task
from tests.conftest import TOY_SCHEMA, load, toy_frame

FEATURES = list(TOY_SCHEMA.features)


def lost(description, **inject):
    """The share of missing values by sex, over all rows and features."""
    split = load({**description, "inject": inject})
    frame = split.train.frame
    assert not frame[list(TOY_SCHEMA.conditions)].isna().any().any()
    return frame[FEATURES].isna().mean(axis=1).groupby(frame["sex"]).mean()


@pytest.fixture
def many(description, tmp_path):
    frame = toy_frame(8000)
    frame = frame[(frame["sex"] == "Male") | (frame.index % 3 == 0)]  # so that Male is the largest group
    frame.to_parquet(tmp_path / "many.parquet")
    return {**description, "file": str(tmp_path / "many.parquet")}


def test_values_are_lost_at_random_or_twice_as_often_in_the_smaller_groups(many):
    at_random, by_group = lost(many, rate=0.2), lost(many, rate=0.2, by="sex")
    assert (at_random["Male"], at_random["Female"]) == pytest.approx((0.2, 0.2), abs=0.02)
    assert (by_group["Male"], by_group["Female"]) == pytest.approx((0.2, 0.4), abs=0.02)


def test_the_same_seed_loses_the_same_values_and_a_higher_rate_loses_more(description):
    a, b, more = (load({**description, "inject": {"rate": rate}}).train.frame for rate in (0.1, 0.1, 0.3))
    assert a.equals(b)
    assert (more[FEATURES].isna() | ~a[FEATURES].isna()).all().all()  # what is lost stays lost
    other = load({**description, "inject": {"rate": 0.1}, "split_seed": 7}).train.frame
    assert not a[FEATURES].isna().equals(other[FEATURES].isna())


def test_a_rate_is_part_of_what_is_known_of_a_dataset_and_none_changes_nothing(description):
    with_rate = DatasetDescription.from_mapping({**description, "inject": {"rate": 0.1}}).to_dict()
    assert with_rate["inject"] == {"rate": 0.1, "by": "random"}
    assert "inject" not in DatasetDescription.from_mapping(description).to_dict()


@pytest.mark.parametrize(
    ("inject", "message"),
    [
        ({"rate": 2}, "expected a share between 0 and 1, got 2"),
        ({"rate": 0.6, "by": "sex"}, "between 0 and 0.5, got 0.6"),
        ({"rate": 0.1, "by": "job"}, "inject.by.*job"),
        ({"by": "sex"}, "dataset.inject: expected rate, by, got"),
    ],
)
def test_wrong_entries_are_refused(description, inject, message):
    with pytest.raises(InputError, match=message):
        load({**description, "inject": inject})


def test_labels_and_the_numbers_behind_groups_are_never_lost():
    pay, age = Groups("pay", (20, 40)), Groups("age", (40,))
    frame = pd.DataFrame({"pay": range(200), "age": range(200), "job": ["a", "b"] * 100})
    groups = {each.name: each for each in (pay, age)}
    schema = Schema(("pay", "age"), ("job",), pay.name, None, (age.name,), task=Task.REGRESSION, groups=groups)
    lost = inject_missing(Table(with_groups(frame, [pay, age]), schema), InjectedMissing(rate=0.5), seed=0)
    assert lost.frame.columns[lost.frame.isna().any()].tolist() == ["job"]
