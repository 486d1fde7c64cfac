"""make: the table is as asked for, and nothing is chosen by test rows."""

import json
from datetime import time

import pandas as pd
import pyarrow as pa
import pytest

from fairtab import FairTab, InputError, check, inspect, make
from fairtab.dates import format_of
from fairtab.errors import Diverged
from fairtab.front.complete import complete_rows
from fairtab.front.missed import GoalMissed
from fairtab.front.own import like, read_own
from fairtab.front.wish import wish_for
from fairtab.metrics.score import WEIGHTS
from tests.conftest import toy_frame
from tests.front.conftest import ROLES, SMALL


def test_a_level_gives_groups_of_equal_size(loans):
    made = make(loans, **ROLES, level=10, rows=200)
    sizes = made.table.frame.groupby(["approved", "sex"]).size().unstack()
    assert (sizes["Female"] - sizes["Male"]).abs().max() <= 1
    assert made.report.facts["asked"]["wish"] == "groups at level 10 of 10"


def test_with_a_cap_the_joint_still_holds_and_the_report_says_so(loans):
    made = make(loans, **ROLES, level=10, rows=600, cap=True)
    plain = make(loans, **ROLES, level=10, rows=600)
    sizes = [of.table.frame.groupby(["approved", "sex"]).size().to_dict() for of in (made, plain)]
    assert sizes[0] == sizes[1]
    assert not made.table.frame.equals(plain.table.frame)
    assert any("too close to single training rows" in note for note in made.report.facts["notes"])


def test_the_table_looks_like_the_file(loans):
    made = make(loans, **ROLES, level=0)
    real = pd.read_csv(loans)
    assert list(made.table.frame.columns) == [name for name in real.columns if name not in ("id", "branch")]
    assert len(made.table) == len(real)
    assert made.report.facts["read"]["left_out"] == {"id": "identifier", "branch": "constant"}


def test_a_goal_is_searched_for_and_reported(loans):
    made = make(loans, **ROLES, dpr=0.5, nearest=True, rounds=2)
    facts = made.report.facts
    assert facts["asked"]["bounds"] == {"dpr": 0.5}
    assert sum(facts["search"]["candidates"]["chosen"]) == 1
    rates = facts["search"]["label_rates"]["sex"]
    made_rates = {group: made.joint.rate_of("yes", "sex", group) for group in rates}
    assert {group: pair[1] for group, pair in rates.items()} == pytest.approx(made_rates)
    json.dumps(facts, allow_nan=False)


def test_a_goal_that_no_joint_meets_gives_no_table(loans):
    with pytest.raises(GoalMissed, match="no joint was found that meets the goal"):
        make(loans, **ROLES, auc=1.0, rounds=1)


def test_the_same_seed_gives_the_same_table_and_report(loans):
    first, second = (make(loans, **ROLES, level=5, rows=50, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(first.table.frame, second.table.frame)
    assert first.report.facts == second.report.facts


def test_a_folder_keeps_the_fit_and_belongs_to_one_file(loans, tmp_path):
    folder = tmp_path / "model"
    first = make(loans, **ROLES, level=10, rows=50, model=folder)
    again = make(loans, **ROLES, level=10, rows=50, model=folder)
    pd.testing.assert_frame_equal(first.table.frame, again.table.frame)
    other = tmp_path / "other.csv"
    toy_frame(400, seed=1).to_csv(other, index=False)
    with pytest.raises(InputError, match="fitted to other rows"):
        make(other, **ROLES, level=10, rows=50, model=folder)


@pytest.mark.parametrize("change", [{"frame": toy_frame(400, seed=1)}, {"missing": "drop"}])
def test_a_folder_keeps_no_fit_for_other_rows(change, tmp_path):
    frame = toy_frame(400)
    frame.loc[::7, "job"] = None
    make(frame, **ROLES, level=10, rows=50, model=tmp_path / "model")
    other, options = change.get("frame", frame), {name: value for name, value in change.items() if name != "frame"}
    with pytest.raises(InputError, match="fitted to other rows"):
        make(other, **ROLES, **options, level=10, rows=50, model=tmp_path / "model")


def test_a_model_of_other_columns_is_refused(loans, toy):
    model = FairTab(**SMALL).fit(toy.train, toy.validation, seed=0)
    with pytest.raises(InputError, match="other columns"):
        make(loans, **ROLES, level=10, model=model)


def test_no_test_row_is_learned_from(loans, monkeypatch):
    """Rows that only the test table has could not come out of a codec that was fitted without them."""
    frame = toy_frame(400)
    own = read_own(frame, **ROLES)
    test = set(own.split.test.frame["amount"]) - set(own.split.train.frame["amount"])
    made = make(frame, **ROLES, level=0, rows=500)
    assert test.isdisjoint(made.table.frame["amount"])


@pytest.mark.parametrize(
    ("asked", "weights", "level"),
    [
        ({}, WEIGHTS, None),
        ({"dpr": 0.8}, {"auc": 1.0}, None),
        ({"dpr": 0.8, "score": True}, WEIGHTS, None),
        ({"level": 3}, None, 3),
    ],
)
def test_what_is_wished(asked, weights, level):
    wish = wish_for(**asked)
    assert wish.level == level
    assert (wish.goal and wish.goal.weights) == weights


@pytest.mark.slow
def test_a_goals_groups_are_of_equal_size_if_asked(loans):
    asked = {**ROLES, "dpr": 0.5, "nearest": True, "rounds": 1, "rows": 400}
    natural, equal = (make(loans, **asked, equal_groups=equal) for equal in (False, True))
    own = pd.read_csv(loans)["sex"].value_counts(normalize=True).max()
    assert natural.table.frame["sex"].value_counts(normalize=True).max() == pytest.approx(own, abs=0.03)
    assert equal.table.frame["sex"].value_counts().tolist() == pytest.approx([200, 200], abs=2)
    assert equal.report.facts["asked"]["wish"].endswith("with groups at level 10 of 10")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"level": 3, "dpr": 0.8}, "a level or a goal"),
        ({"level": 3, "equal_groups": True}, "a level or a goal"),
        ({"level": 11}, "from 0 to 10"),
        ({"dpr": 80}, "from 0 to 1"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(asked, message):
    with pytest.raises(InputError, match=message):
        wish_for(**asked)


def test_another_table_is_read_in_the_spelling_of_the_first():
    frame = toy_frame(100).assign(approved=lambda rows: (rows["approved"] == "yes").astype(int))
    own = read_own(frame, target="approved", positive=1, sensitive="sex")
    text = frame.assign(approved=frame["approved"].astype(str) + ".0", more="x")
    read = like(text, own)
    assert read.frame["approved"].tolist() == frame["approved"].tolist()
    with pytest.raises(InputError, match="lacks columns: job"):
        like(frame.drop(columns="job"), own)
    with pytest.raises(InputError, match="2 rows whose 'sex'"):
        like(frame.assign(sex=["x", "y", *frame["sex"][2:]]), own)


def test_a_time_of_a_zone_is_read_back_from_text():
    times = pd.Series(pd.date_range("2024-03-30", periods=50, freq="h", tz="Europe/Berlin"))  # with a change of clocks
    form = format_of(times, str(pa.array(times).type))
    numbers = form.read(times)
    assert form.read(form.write(numbers).astype(str)).tolist() == numbers.tolist()


@pytest.mark.slow
def test_groups_of_a_number_agree_with_the_number_in_every_row():
    frame = toy_frame(400)
    asked = {"target": "approved", "positive": "yes", "sensitive": ["age"], "groups": {"age": [30, 50]}}
    made = make(frame, **asked, level=10, rows=90)
    rows = made.table.frame
    assert made.table.schema.sensitive == ("age-group",)
    assert rows["age"].between(31, 50).equals(rows["age-group"] == "over 30 to 50")
    sizes = rows.groupby(["approved", "age-group"]).size().unstack()
    assert (sizes.max(axis=1) - sizes.min(axis=1)).max() <= 1
    report = check(frame, rows.drop(columns="age-group"), **asked)
    assert [group["group"] for group in report.facts["groups"]["age-group"]]


@pytest.mark.parametrize(
    ("groups", "message"),
    [({"job": 3}, "expected a column of numbers"), ({"years": 3}, "no column years"), ({"age": [5, 3]}, "rising")],
)
def test_groups_that_cannot_be_made_are_refused(groups, message):
    with pytest.raises(InputError, match=message):
        make(toy_frame(100), **ROLES, groups=groups, level=10)


def test_a_time_of_day_is_read_back_from_text():
    times = pd.Series([time(9, 30), time(23, 59, 59, 1000), None])
    form = format_of(times, str(pa.array(times, from_pandas=True).type))
    written = form.write(form.read(times))
    assert form.read(written.map(str, na_action="ignore")).tolist()[:2] == form.read(times).tolist()[:2]


def test_dates_of_other_units_obey_a_rule_and_can_be_completed(tmp_path):
    frame = toy_frame(400).drop(columns=["gain"])
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(frame["age"] * 3, "D")
    end = start + pd.to_timedelta(frame["amount"].rank().astype(int) * 7, "min")
    frame = frame.assign(start=start.dt.strftime("%Y-%m-%d"), end=end.dt.strftime("%Y-%m-%d %H:%M"))
    made = make(frame, **ROLES, level=10, rows=200, rules=["end >= start"], model=tmp_path / "model")
    rows = made.table.written
    assert (pd.to_datetime(rows["end"]) >= pd.to_datetime(rows["start"])).all()
    assert rows["start"].str.fullmatch(r"2024-\d\d-\d\d").all()
    known = pd.DataFrame({"start": ["2024-03-01", None]})
    completed = complete_rows(tmp_path / "model", known).written
    assert completed["start"][0] == "2024-03-01"
    assert completed["end"].notna().all()


def test_columns_may_be_called_as_pandas_and_python_call_things():
    names = {"job": "self", "gain": "copy", "sex": "a*b", "region": "index"}
    frame = toy_frame(400).rename(columns=names)
    roles = {"target": "approved", "positive": "yes", "sensitive": "a*b"}
    made = make(frame, **roles, dpr=0.9, rows=100, rounds=2, nearest=True, seed=10**22)
    assert set(made.table.frame.columns) == set(frame.columns)
    rates = [made.joint.rate_of("yes", "a*b", sex) for sex in ("Female", "Male")]
    assert rates[0] != pytest.approx(rates[1])  # the search has moved the groups


def test_delta_and_bounds_without_epsilon_are_refused_and_not_ignored(loans):
    for more in ({"delta": 1e-9}, {"bounds": {"age": [17, 90]}}):
        with pytest.raises(InputError, match="belong to differential privacy: give epsilon, too"):
            make(loans, **ROLES, level=0, **more)


@pytest.mark.slow
def test_a_fitted_model_is_not_taken_for_other_rows():
    frame = toy_frame(300)
    model = make(frame, **ROLES, level=0).model
    make(frame, **ROLES, level=10, model=model)
    with pytest.raises(InputError, match="the model was fitted to other rows"):
        make(frame.iloc[::-1].reset_index(drop=True), **ROLES, level=0, model=model)


def test_a_table_of_some_rows_says_how_many_rows_were_learned_from():
    made = make(toy_frame(400), **ROLES, level=0, where="region == 'north'")
    assert made.report.facts["rows"]["train"] < 200
    assert "The generator learned from 200 real rows" in made.report.to_html()
    assert "made from 200 real rows" in made.report.to_markdown()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"leave_out": ["sex"]}, "sex: a column that is named for something else cannot be left out"),
        ({"leave_out": ["nmae"]}, r"leave_out: no column nmae \(the table has: "),
        ({"numerical": ["age"], "leave_out": ["age"]}, "age: a column that is named for something else"),
        ({"groups": {"age": [40]}}, "groups of 'age': groups are of a sensitive column: name it as sensitive, too"),
    ],
)
def test_what_would_be_ignored_is_refused(more, said):
    with pytest.raises(InputError, match=said):
        make(toy_frame(300), **ROLES, level=0, **more)


def test_a_marker_is_a_missing_number_and_no_word(tmp_path):
    frame = toy_frame(200).astype({"age": str})
    frame.loc[::9, "age"] = "?"
    frame.to_csv(tmp_path / "loans.csv", index=False)
    own = read_own(tmp_path / "loans.csv", **ROLES, missing={"marker": "?"})
    assert "age" in own.table.schema.numerical
    assert own.table.frame["age"].isna().sum() == len(frame.iloc[::9])
    kinds = inspect(tmp_path / "loans.csv", **ROLES, missing={"marker": "?"}).facts["columns"]
    assert kinds["age"]["kind"] == "numerical"


def test_completed_numbers_are_of_their_groups(tmp_path):
    roles = {**ROLES, "sensitive": ["age"], "groups": {"age": [30, 60]}}
    make(toy_frame(300), **roles, level=0, model=tmp_path / "model")
    known = pd.DataFrame({"age-group": ["30 or less", "over 60"] * 20})
    frame = complete_rows(tmp_path / "model", known).frame
    assert frame["age-group"].tolist() == known["age-group"].tolist()
    assert (frame["age"].iloc[::2] <= 30).all()
    assert (frame["age"].iloc[1::2] > 60).all()
    both = pd.DataFrame({"age": [20, 70], "age-group": ["30 or less", "over 60"]})
    assert complete_rows(tmp_path / "model", both).frame["age"].tolist() == [20, 70]


def test_a_model_that_learned_from_test_rows_is_refused(loans, tmp_path):
    split = read_own(loans, **ROLES).split
    make(loans, **ROLES, level=0, rows=50, model=tmp_path / "model")
    model = FairTab(**SMALL).fit(split.test, split.validation, seed=0)
    model.save(tmp_path / "model")
    for given in (model, tmp_path / "model"):
        with pytest.raises(InputError, match="fitted to other rows"):
            make(loans, **ROLES, level=0, rows=50, model=given)
    FairTab(**SMALL).fit(split.train, split.validation, seed=0).save(tmp_path / "model")
    make(loans, **ROLES, level=0, rows=50, model=tmp_path / "model")


def test_a_model_whose_fit_failed_is_fitted_again(loans):
    asked = {**ROLES, "level": 0, "rows": 50}
    model = FairTab(**{**SMALL, "learning_rate": 1e25})
    for _ in range(2):
        with pytest.raises(Diverged):
            make(loans, **asked, model=model)
    model.learning_rate, model.parametrization = 1e-3, "w"
    with pytest.raises(InputError, match="unknown parametrization"):
        make(loans, **asked, model=model)
    model.parametrization = "v"
    assert len(make(loans, **asked, model=model).table) == 50


@pytest.mark.parametrize("has_source", [True, False])
def test_a_folder_of_an_earlier_version_is_used_and_says_if_its_rows_are_unknown(loans, tmp_path, caplog, has_source):
    asked = {**ROLES, "level": 0, "rows": 50, "model": tmp_path / "model"}
    first = make(loans, **asked)
    path = tmp_path / "model" / "model.json"
    state = json.loads(path.read_text())
    rows = state.pop("rows_sha256")
    path.write_text(json.dumps({name: value for name, value in state.items() if name != "sha256"}))
    if has_source:
        (tmp_path / "model" / "source.json").write_text(json.dumps({"rows_sha256": rows}))
    assert make(loans, **asked).table.frame.equals(first.table.frame)
    assert ("nothing tells which rows the model learned from" in caplog.text) != has_source
    if has_source:
        with pytest.raises(InputError, match="fitted to other rows"):
            make(toy_frame(400, seed=1), **asked)
