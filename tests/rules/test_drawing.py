"""Rows drawn under rules and conditions: which joint they have, and when drawing ends."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from baselines.independent import Independent
from baselines.real import Real
from baselines.resample import Resample
from fairtab import FairTab
from fairtab.dates import DateFormat
from fairtab.errors import InputError
from fairtab.joint import Joint, cell_counts, requested
from fairtab.rules.drawing import check_rules, draw
from fairtab.synthesizer import Synthesizer, check_steerable
from fairtab.table import Schema, Table
from tests.conftest import TOY_SCHEMA, toy_frame

SCHEMA = Schema(("low", "high"), (), "y", 1, ("s",))
OWN = Joint(pd.Series([0.4, 0.2, 0.3, 0.1], index=pd.MultiIndex.from_product([[0, 1], ["a", "b"]], names=["y", "s"])))
CHANCE = {(0, "a"): 1.0, (0, "b"): 0.5, (1, "a"): 0.25, (1, "b"): 0.05}  # that high >= low, by cell


@dataclass
class Known(Synthesizer):  # type: ignore[misc]
    """A method whose p(row | y, s) is known: low is uniform, and high is above it with the chance of its cell."""

    steerable: bool = True  # type: ignore[misc]
    joint = OWN
    n_calls = 0

    def sample(self, n: int, *, seed: int, joint: Any = None) -> Table:
        check_steerable(self, joint)
        self.n_calls += 1
        rng = np.random.default_rng(seed)
        if self.steerable:
            frame = requested(joint, OWN).draw(n, seed=seed)
        else:
            frame = OWN.probability.index[rng.choice(4, n, p=OWN.probability)].to_frame(index=False)
        chance = np.array([CHANCE[cell] for cell in frame[["y", "s"]].itertuples(index=False, name=None)])
        frame["low"] = rng.integers(0, 10, n)
        frame["high"] = np.where(rng.random(n) < chance, 10, -1)
        return Table(frame, SCHEMA)


def counts(table: Table, names: tuple[str, ...] = ("y", "s")) -> dict[Any, int]:
    return table.frame.groupby(list(names)).size().to_dict()


def expected(joint: Joint, n: int) -> dict[Any, int]:
    return {cell: k for cell, k in joint.counts(n).items() if k}


RULE = "high >= low"


@settings(deadline=None, max_examples=20)
@given(n=st.integers(1, 400), level=st.sampled_from([None, 0, 10]), seed=st.integers(0, 2**31))
def test_rules_hold_in_every_row_and_the_joint_holds_to_the_row(n, level, seed):
    joint = None if level is None else OWN.balanced(level)
    drawn = draw(Known(), n, seed=seed, joint=joint, rules=[RULE, "low >= 1"])
    frame = drawn.table.frame
    assert (frame["high"] >= frame["low"]).all()
    assert (frame["low"] >= 1).all()
    assert counts(drawn.table) == expected(joint or OWN, n)


def test_rows_under_rules_have_the_distribution_given_the_rules_in_each_cell():
    table = draw(Known(), 4000, seed=0, rules="high >= low & low != 3").table
    for _, rows in table.frame.groupby(["y", "s"]):
        found = rows["low"].value_counts().reindex([0, 1, 2, 4, 5, 6, 7, 8, 9], fill_value=0)
        assert stats.chisquare(found).pvalue > 0.001


def test_rows_that_obey_stay_as_they_would_be_without_rules():
    plain = Known().sample(300, seed=5).frame
    ruled = draw(Known(), 300, seed=5, rules=RULE).table.frame
    obey = plain["high"] >= plain["low"]
    assert 0 < obey.sum() < 300
    pd.testing.assert_frame_equal(ruled[obey], plain[obey])
    assert (ruled[["y", "s"]] == plain[["y", "s"]]).all(axis=None)


@pytest.mark.parametrize("steerable", [True, False])
def test_without_rules_the_table_is_the_one_of_sample(steerable):
    method = Known(steerable)
    pd.testing.assert_frame_equal(draw(method, 50, seed=3).table.frame, method.sample(50, seed=3).frame)
    pd.testing.assert_frame_equal(
        draw(method, 50, seed=3, rules="low >= 0").table.frame, method.sample(50, seed=3).frame
    )


def test_a_missing_value_breaks_no_rule_and_meets_no_condition():
    frame = pd.DataFrame({"low": [1.0, np.nan] * 20, "high": [0.0] * 40, "y": [0, 1, 1, 0] * 10, "s": ["a"] * 40})
    real = Table(frame, SCHEMA)
    check_rules("low > 0", real)
    method = Resample().fit(real, real, seed=0)
    assert draw(method, 20, seed=0, rules="low > 0").n_drawn == 20
    assert draw(method, 20, seed=0, where="low > 0").table.frame["low"].notna().all()
    assert draw(method, 20, seed=0, where="low is None").table.frame["low"].isna().all()


def test_a_condition_on_label_and_groups_alone_restricts_the_joint_and_rejects_nothing():
    drawn = draw(Known(), 1000, seed=0, where="s == 'a' & y in [0, 1]")
    assert counts(drawn.table) == {(0, "a"): 571, (1, "a"): 429}  # 4 : 3
    assert drawn.n_drawn == 1000
    balanced = draw(Known(), 1000, seed=0, joint=OWN.balanced(10), where="s == 'b'")
    assert counts(balanced.table) == {(0, "b"): 600, (1, "b"): 400}


def test_a_condition_on_features_has_the_joint_given_the_condition():
    p = OWN.probability * pd.Series(CHANCE)
    drawn = draw(Known(), 5000, seed=0, where=RULE)
    assert (drawn.table.frame["high"] >= drawn.table.frame["low"]).all()
    found = pd.Series(counts(drawn.table)).reindex(p.index)
    assert stats.chisquare(found, p / p.sum() * 5000).pvalue > 0.001


def test_a_small_request_has_the_joint_given_the_condition_too():
    p = OWN.probability * pd.Series(CHANCE)
    tables = [draw(Known(), 1, seed=seed, where=RULE).table for seed in range(300)]
    found = pd.Series(pd.concat([table.frame for table in tables]).groupby(["y", "s"]).size())
    assert stats.chisquare(found.reindex(p.index, fill_value=0), p / p.sum() * 300).pvalue > 0.001


def test_a_condition_on_features_and_a_joint_give_the_joint_to_the_row():
    joint = OWN.balanced(10)
    table = draw(Known(), 500, seed=0, joint=joint, where=f"{RULE} & s == 'a'").table
    assert (table.frame["high"] >= table.frame["low"]).all()
    assert counts(table) == {(0, "a"): 300, (1, "a"): 200}


def test_rules_leave_the_joint_and_a_condition_then_changes_it():
    p = OWN.probability * 0.5  # low >= 5 has the same chance everywhere, so rules alone would change p(y, s)
    table = draw(Known(), 4000, seed=0, rules=RULE, where="low >= 5").table
    assert stats.chisquare(pd.Series(counts(table)).reindex(p.index), p / p.sum() * 4000).pvalue > 0.001


def test_a_method_that_cannot_be_steered_has_its_own_joint():
    p = OWN.probability * pd.Series(CHANCE)
    for asked in ({"rules": RULE}, {"where": RULE}):
        found = pd.Series(counts(draw(Known(False), 3000, seed=0, **asked).table)).reindex(p.index)
        assert stats.chisquare(found, p / p.sum() * 3000).pvalue > 0.001
    table = draw(Known(False), 200, seed=0, where="s == 'b'").table
    assert set(table.frame["s"]) == {"b"}
    with pytest.raises(InputError, match="cannot be steered"):
        draw(Known(False), 10, seed=0, joint=OWN, rules=RULE)


@pytest.mark.parametrize("steerable", [True, False])
def test_the_seed_decides_the_rows(steerable):
    asked: dict[str, Any] = {"rules": "low >= 1", "where": RULE}
    first, again, other = (draw(Known(steerable), 200, seed=seed, **asked).table.frame for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_what_was_drawn_is_counted_and_said():
    drawn = draw(Known(False), 1000, seed=0, rules=["low > 20 | low < 8", RULE])
    assert drawn.n_drawn > drawn.n_accepted >= 1000
    assert drawn.share == pytest.approx(0.8 * 0.58, abs=0.03)  # 0.4 + 0.2 / 2 + 0.3 / 4 + 0.1 / 20
    assert drawn.rejected["low > 20 | low < 8"] / drawn.n_drawn == pytest.approx(0.2, abs=0.03)
    assert str(drawn).endswith(f"'{RULE}' rejects most ({100 * drawn.rejected[RULE] / drawn.n_drawn:.3g}%)")


@pytest.mark.parametrize("steerable", [True, False])
def test_drawing_ends_and_says_which_rule_rejects_most(steerable):
    message = "500 of 500 rows are missing.* after the last try: 0% of 5,000 rows .*; 'low > 9' rejects every one"
    with pytest.raises(InputError, match=message):
        draw(Known(steerable), 500, seed=0, rules=[RULE, "low > 9"], max_tries=10)


def test_a_cell_that_stays_empty_is_named():
    with pytest.raises(InputError, match=r"5 of 50 rows are missing \(most of y, s = 1, b\)"):
        draw(Known(), 50, seed=0, rules="y == 0 | s == 'a' | low > 9")


def test_a_joint_with_cells_that_break_a_rule_is_refused_at_once():
    method = Known()
    with pytest.raises(InputError, match="the joint asks for label and groups that break this rule"):
        draw(method, 50, seed=0, rules="y == 0 | s == 'a'")
    assert method.n_calls == 0
    assert draw(method, 50, seed=0, rules="y == 0 | s == 'a'", where="s == 'a'").n_drawn == 50


def test_few_calls_are_enough():
    method = Known()
    draw(method, 1000, seed=0, rules=RULE)
    assert method.n_calls <= 6


def test_a_condition_that_no_cell_meets_is_refused():
    with pytest.raises(InputError, match="\"s == 'c'\": no label and groups of the joint meet it"):
        draw(Known(), 10, seed=0, where="s == 'c'")


def test_rules_that_real_rows_break_are_refused_with_their_numbers():
    real = Known().sample(1000, seed=0)
    n = int((real.frame["high"] < real.frame["low"]).sum())
    with pytest.raises(InputError, match=f"'{RULE}' is broken by {n} of 1,000 rows; 'low > 9' is broken by 1,000 of"):
        check_rules([RULE, "low >= 0", "low > 9"], real)


@pytest.mark.parametrize("method", [Resample, Real, Independent])
def test_methods_of_the_benchmark_obey(method):
    train = Table(toy_frame(300), TOY_SCHEMA)
    model = method().fit(train, train, seed=0)
    drawn = draw(model, 120, seed=0, rules="job != 'nurse' | age > 30", where="region == 'north' & age < 70")
    rows = drawn.table.frame
    assert (rows["region"] == "north").all()
    assert ((rows["job"] != "nurse") | (rows["age"] > 30)).all()
    assert (rows["age"] < 70).all()
    if model.steerable:
        joint = Joint.from_table(train)
        ruled = draw(model, 300, seed=0, joint=joint, rules="job != 'nurse' | age > 30").table
        pd.testing.assert_series_equal(cell_counts(ruled), joint.counts(300), check_names=False)


def test_a_row_that_is_kept_is_not_chosen_by_its_place():
    train = Table(pd.DataFrame({"low": range(2000), "high": 0, "y": [0, 1] * 1000, "s": "a"}), SCHEMA)
    real = Real().fit(train, train, seed=0)  # its rows are in the order of the table
    kept = pd.concat([draw(real, 20, seed=seed, where="y == 1").table.frame["low"] for seed in range(100)])
    assert (kept >= 1800).mean() == pytest.approx(0.1, abs=0.02)


SMALL = {
    "backbone": {"name": "mlp", "width": 16, "n_blocks": 1},
    "epochs": 1,
    "min_steps": 10,
    "sampler": {"n_steps": 3},
}


def test_fairtab_obeys_and_its_joint_holds(toy):
    model = FairTab(**SMALL).fit(toy.train, toy.validation, seed=0)
    joint = Joint.from_table(toy.train).balanced(10)
    drawn = draw(model, 200, seed=0, joint=joint, rules="job != 'nurse' | age > 30", where="region == 'north'")
    rows = drawn.table.frame
    assert ((rows["job"] != "nurse") | (rows["age"] > 30)).all()
    north = joint.probability.xs("north", level="region", drop_level=False)
    assert expected(Joint(north / north.sum()), 200) == counts(drawn.table, TOY_SCHEMA.conditions)
    assert drawn.table.frame.dtypes.equals(toy.train.frame.dtypes)


def test_a_rule_on_dates_of_different_units_is_refused():
    dates = {"start": DateFormat("timestamp[ns]", "ns"), "end": DateFormat("YYYY-MM-DD", "D")}
    frame = pd.DataFrame({"start": [10**18, 10**18], "end": [18000, 18001], "s": ["f", "m"], "y": [0, 1]})
    real = Table(frame, Schema(("start", "end"), (), "y", 1, ("s",), dates=dates))
    with pytest.raises(InputError, match=r"'start > end': its dates count different units \(D, ns\)"):
        check_rules(["start > end"], real)
    check_rules(["start > 5 & end > 5"], real)
