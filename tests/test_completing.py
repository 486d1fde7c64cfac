"""Rows completed by FairTab: what is known comes back, and what is missing is drawn."""

import numpy as np
import pandas as pd
import pytest

from fairtab import FairTab, Joint, Schema, Table, complete
from fairtab.errors import InputError
from tests.conftest import TOY_SCHEMA, toy_frame

TINY = {"backbone": {"name": "mlp", "width": 16, "n_blocks": 1}, "epochs": 2, "min_steps": 20}
QUICK = {"n_steps": 4, "n_particles": 4}


@pytest.fixture(scope="module")
def model(toy):
    return FairTab(**TINY, sampler={"n_steps": 4}).fit(toy.train, toy.validation, seed=0)


def test_known_values_come_back_and_gaps_are_filled(model, toy):
    known = toy_frame(30, seed=5)[["amount", "job", "sex", "approved"]]
    known.loc[::3, ["amount", "job", "sex"]] = np.nan
    made = complete(model, known, seed=0, **QUICK).frame
    assert list(made.columns) == list(toy.train.frame.columns)
    pd.testing.assert_frame_equal(made[known.columns].where(known.notna()), known, check_dtype=False)
    for name in made:
        assert made[name].notna().all()
        drawn = made[name][known[name].isna()] if name in known else made[name]
        assert set(drawn) <= set(toy.train.frame[name]), name
    assert made.dtypes.equals(toy.train.frame.dtypes)


def test_if_label_and_groups_alone_are_known_features_are_sampled_as_always(model):
    conditions = list(TOY_SCHEMA.conditions)
    plain = model.sample(200, seed=3).frame
    pd.testing.assert_frame_equal(complete(model, plain[conditions], seed=3, **QUICK).frame, plain)


def test_an_unknown_group_has_its_probability_in_the_joint(model, toy):
    known = pd.DataFrame({"approved": ["yes"] * 2000, "sex": ["Female"] * 2000})
    joint = Joint.from_table(toy.train)
    p = joint.probability.loc["yes", "Female"]
    made = complete(model, known, seed=0, **QUICK).frame
    assert (made[["approved", "sex"]] == ["yes", "Female"]).all(axis=None)
    found = made["region"].value_counts(normalize=True).reindex(p.index)
    assert found.to_numpy() == pytest.approx((p / p.sum()).to_numpy(), abs=0.04)
    only_north = pd.DataFrame(
        {"approved": ["yes", "no"], "sex": "Female", "region": "north", "probability": [0.5, 0.5]}
    )
    assert set(complete(model, known[:50], seed=0, joint=only_north, **QUICK).frame["region"]) == {"north"}


def test_the_seed_decides_and_numbers_that_training_lacks_stay(model):
    known = pd.DataFrame({"age": [200, 30], "amount": [12.345, 1e6]}, index=[7, 8])
    made, again, other = (complete(model, known, seed=seed, **QUICK).frame for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(made, again)
    assert not made.equals(other)
    assert made["age"].tolist() == [200, 30]
    assert made["amount"].tolist() == [12.345, 1e6]


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"agee": [3]}, "unknown columns agee: expected some of age, "),
        ({"age": []}, "expected rows to complete, got none"),
        ({"job": ["pilot"]}, "'job': values not in the training table"),
        ({"age": ["old"]}, "numerical column 'age': expected numbers"),
        ({"age": [float("inf")]}, "numerical column 'age': expected finite values"),
    ],
)
def test_what_cannot_be_completed_is_refused(model, known, message):
    with pytest.raises(InputError, match=message):
        complete(model, pd.DataFrame(known), seed=0, **QUICK)


def test_rows_that_the_joint_excludes_are_counted_and_not_shown(model):
    joint = pd.DataFrame({"approved": ["yes", "no"], "sex": "Female", "region": "north", "probability": 0.5})
    with pytest.raises(InputError, match="2 rows have a label and groups that the joint gives no probability"):
        complete(model, pd.DataFrame({"sex": ["Male", "Female", "Male"]}), seed=0, joint=joint, **QUICK)


def test_a_method_that_is_not_fitted_is_refused():
    with pytest.raises(InputError, match="is not fitted"):
        complete(FairTab(), pd.DataFrame({"age": [3]}), seed=0)


def test_a_known_value_of_a_column_of_many_categories_comes_back():
    rng = np.random.default_rng(0)
    towns = [f"town {i}" for i in rng.integers(900, size=1500)]
    rows = {"age": rng.integers(18, 80, 1500), "town": towns, "sex": ["f", "m"] * 750, "y": rng.integers(2, size=1500)}
    table = Table(pd.DataFrame(rows), Schema(("age",), ("town",), "y", 1, ("sex",)))
    model = FairTab(**TINY).fit(table, table, seed=0)
    known = pd.DataFrame({"town": towns[:60], "age": [None] * 60})
    assert complete(model, known, seed=0, **QUICK).frame["town"].tolist() == towns[:60]
    unknown = [
        complete(model, pd.DataFrame({"age": [30, 40] * 50}), seed=seed, **QUICK).frame["town"] for seed in (0, 1)
    ]
    assert not unknown[0].equals(unknown[1])
    with pytest.raises(InputError, match="'town': values not in the training table"):
        complete(model, pd.DataFrame({"town": ["Atlantis"]}), seed=0, **QUICK)


@pytest.mark.parametrize("names", [["sex"], ["job", "sex"]])
def test_the_network_goes_to_the_device_that_was_chosen(model, toy, monkeypatch, names):
    moved = []
    monkeypatch.setattr(type(model.diffusion), "to", lambda network, device: (moved.append(device), network)[1])
    complete(model, toy.train.frame[names].head(3), seed=0, **QUICK)
    assert moved == [model.device]
