"""check: a table of any generator is judged; its facts obey the published schema."""

import json
import re
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier

import fairtab.report
from fairtab import InputError, check, make
from fairtab.front.own import read_own
from fairtab.marginals import bin_names
from fairtab.report.intervals import interval
from fairtab.report.sentences import answer, sentences
from tests.conftest import toy_frame
from tests.front.conftest import ROLES

SCHEMA = json.loads((Path(fairtab.report.__file__).parent / "schema.json").read_text())


@pytest.fixture(scope="module")
def copied():
    """The report on a table that is nothing but the training rows."""
    frame = toy_frame(400)
    own = read_own(frame, **ROLES)
    return check(frame, own.split.train.frame, **ROLES)


@pytest.mark.slow
def test_the_facts_obey_their_schema(copied):
    jsonschema.validate(json.loads(copied.to_json()), SCHEMA)


def test_copies_are_seen_in_every_group(copied):
    privacy = copied.facts["privacy"]
    assert privacy["exact_copies"] == 1
    assert [group["exact_copies"] for group in privacy["groups"]["sex"]] == [1, 1]
    assert any("closer to rows that were learned from" in sentence for sentence in copied.sentences())


def test_attacks_are_told_in_words_with_the_worst_group(copied):
    attacks = copied.facts["attacks"]
    assert attacks["density_ratio"]["auc"] > 0.99
    assert attacks["worst"]["low"] == max(group["low"] for group in attacks["groups"])
    assert attacks["linkability"]["risk"] == attacks["linkability"]["rate"] - attacks["linkability"]["control"]
    said = copied.sentences()[-1]
    assert f"Most at risk are rows of {attacks['worst']['group']}" in said
    assert "linking halves of rows" in said.partition("right more often")[2]
    for text in (copied.to_html(), copied.to_markdown()):
        assert attacks["worst"]["group"] in text
    assert "these two halves are of one person" in copied.to_html()


def test_a_table_of_rows_that_were_not_learned_from_is_said_to_give_nothing_away():
    report = check(toy_frame(800), toy_frame(400, seed=7), **ROLES)
    assert report.facts["attacks"]["density_ratio"]["low"] < 0.5 < report.facts["attacks"]["density_ratio"]["high"]
    assert "Most at risk" not in report.sentences()[-1]


def test_a_table_equal_to_the_training_rows_is_judged_like_them(copied):
    for row in copied.facts["quality"]:
        assert row["test"] == row["real"]
        if row["low"] is not None:
            assert row["low"] <= row["test"] <= row["high"]
    for column in copied.facts["columns"]:
        assert column["error"] == column["by_chance"]


def test_score_is_told_once_if_there_is_one_attribute(copied):
    assert [row["label"] for row in copied.facts["quality"]].count("SCORE") == 1
    assert "SCORE sex" not in {row["label"] for row in copied.facts["quality"]}


def test_groups_are_counted_in_both_tables(copied):
    frame = toy_frame(400)
    train = read_own(frame, **ROLES).split.train
    for group in copied.facts["groups"]["sex"]:
        rows = train.frame["sex"] == group["group"]
        assert group["share"]["real"] == group["share"]["synthetic"] == pytest.approx(rows.mean())
        assert group["label"]["real"] == pytest.approx(train.y[rows].mean())


def test_without_a_holdout_the_report_says_what_it_cannot_know(copied):
    assert any("saw the rows that are test rows" in note for note in copied.facts["notes"])


def test_a_holdout_of_rows_that_were_learned_from_is_told():
    real = toy_frame(300)
    said = "100% of the holdout rows equal rows of the real table"
    notes = check(real, toy_frame(50, seed=2), **ROLES, holdout=real).facts["notes"]
    assert any(note.startswith(said) for note in notes)


def test_with_a_holdout_all_of_its_rows_are_test_rows():
    real, holdout = toy_frame(300), toy_frame(100, seed=1)
    report = check(real, toy_frame(50, seed=2), **ROLES, holdout=holdout)
    assert report.facts["rows"]["train"] == 300
    assert report.facts["rows"]["test"] == 100
    assert not any("saw the rows" in note for note in report.facts["notes"])


def test_with_a_holdout_an_attacker_knows_no_row_that_was_learned_from():
    report = check(toy_frame(800), toy_frame(400, seed=7), **ROLES, holdout=toy_frame(600, seed=8))
    ratio = report.facts["attacks"]["density_ratio"]
    assert ratio["low"] < 0.5 < ratio["high"]


def test_one_missing_cell_does_not_rename_a_category():
    """Whole numbers beside a gap are floats to pandas: 1.0 is no category if the real table has 1."""
    real = toy_frame(400)
    real["code"] = np.where(real["approved"] == "yes", 3, 1)
    synthetic = real.sample(300, random_state=0).reset_index(drop=True)
    synthetic.loc[7, "code"] = np.nan
    report = check(real, synthetic, **ROLES, categorical=["code"], leave_out=["age", "gain", "amount", "job", "region"])
    assert {row["name"]: row["test"] for row in report.facts["quality"]}["utility/auc"] == 1


def test_errors_of_a_holdout_speak_of_the_holdout():
    with pytest.raises(InputError, match=r"^the holdout lacks columns: job$"):
        check(toy_frame(300), toy_frame(50), **ROLES, holdout=toy_frame(100).drop(columns="job"))


def test_the_judge_is_named(copied):
    assert copied.facts["judge"] == "CatBoost"
    report = check(toy_frame(300), toy_frame(100, seed=1), **ROLES, classifier=lambda seed: DummyClassifier())
    assert "A classifier (DummyClassifier) is trained" in report.to_html()
    assert "CatBoost)" not in report.to_html()


def test_a_table_that_has_its_groups_already_can_be_judged():
    real = toy_frame(300)
    roles = {**ROLES, "sensitive": ["age"], "groups": {"age": [40]}}
    with_groups = toy_frame(100, seed=1).assign(**{"age-group": "of no use"})
    assert check(real, with_groups, **roles).facts == check(real, with_groups.drop(columns="age-group"), **roles).facts


def test_every_real_row_is_in_a_bin_and_dates_are_dates(tmp_path):
    frame = toy_frame(2000)
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(2000) % 6, unit="D")
    frame = frame.assign(ms=1_700_000_000_000 + np.arange(2000) * 4.5, day=days.strftime("%Y-%m-%d"))
    report = check(frame, frame, **ROLES)
    columns = report.facts["marginals"]["real"]["columns"]
    assert columns["day"]["values"][0] == "2020-01-01"
    assert "18262" not in report.to_html()
    assert len(set(bin_names(columns["ms"]["edges"]))) == len(columns["ms"]["edges"]) - 1


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(0.81, 0.9, "yes"), (0.7, 0.79, "no"), (0.7, 0.9, "unsure"), (None, None, "unknown")]
)
def test_a_bound_holds_only_if_the_whole_interval_is_above_it(low, high, verdict):
    row = {"name": "fairness/dpr/sex", "label": "DPR sex", "validation": 0.8, "test": 0.8, "low": low, "high": high}
    facts = {"asked": {"bounds": {"dpr": 0.8}, "attributes": ["sex"]}, "quality": [row]}
    assert answer(facts)[0]["verdict"] == verdict


def test_dates_are_shown_as_the_file_writes_them():
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(range(400), unit="D")
    frame = toy_frame(400).assign(opened=days.strftime("%d/%m/%Y"))
    report = check(frame, frame, **ROLES)
    shown = report.facts["marginals"]["real"]["columns"]["opened"]
    day = r"\d\d/\d\d/20(19|20|21)"  # edges are round numbers, so the first may be before the first day
    assert all(re.fullmatch(f"{day} to {day}", name) for name in shown["values"])
    assert sum(shown["counts"]) == report.facts["rows"]["train"]


def test_a_goal_that_is_missed_is_said_to_be_missed(copied):
    asked = {**copied.facts["asked"], "wish": "DPR at least 0.8", "met": False}
    assert "the table has the nearest one" in sentences({**copied.facts, "asked": asked})[0]


def test_a_table_that_says_nothing_is_judged_to_say_nothing():
    real = toy_frame(400)
    empty = real.assign(age=30, job="nurse", gain=0, amount=1.0, region="north", sex=["Male", "Female"] * 200)
    report = check(real, empty.assign(sex="Male"), **ROLES, task="binary")
    auc = next(row for row in report.facts["quality"] if row["name"] == "utility/auc")
    assert auc["test"] == 0.5


def test_names_of_a_table_are_text_in_the_card(copied):
    names = {"job": "a|b", "region": "<img src=x>"}
    report = check(toy_frame(400).rename(columns=names), toy_frame(400, seed=1).rename(columns=names), **ROLES)
    assert "<img" not in report.to_markdown()
    odd = report.to_markdown().replace("\\|", "")
    assert len({line.count("|") for line in odd.splitlines() if line.startswith("|")}) == 1


def test_an_interval_needs_nine_of_ten_draws():
    """The draws that are defined are those that went well, so a few of them say nothing."""
    draws = np.linspace(0.8, 0.9, 200)
    assert interval(draws) == pytest.approx((0.8025, 0.8975))
    draws[20:] = np.nan
    assert interval(draws) == (None, None)


def test_without_an_interval_the_card_has_a_dash(copied):
    rows = [{**row, "low": None, "high": None} for row in copied.facts["quality"]]
    assert "| - |" in fairtab.report.Report({**copied.facts, "quality": rows}).to_markdown()
    assert "- to -" not in fairtab.report.Report({**copied.facts, "quality": rows}).to_markdown()


def test_what_a_search_cannot_compare_is_unknown_and_told():
    """Validation rows have too few women, so the search counts its ratios as 0. They are no zeros."""
    frame = toy_frame(400)
    women = frame["sex"].eq("Female") & frame.groupby("sex").cumcount().ge(24)
    made = make(frame[~women], **ROLES, dpr=0.5, nearest=True, rounds=1)
    facts = json.loads(made.report.to_json())
    jsonschema.validate(facts, SCHEMA)
    assert facts["search"]["uncompared"] == ["sex"]
    assert set(facts["search"]["candidates"]["fairness/dpr/sex"]) == {None}
    (row,) = (row for row in facts["quality"] if row["name"] == "fairness/dpr/sex")
    assert row["validation"] is None
    assert "The search could not compare groups of sex" in made.report.sentences()[0]
    assert "Search" in made.report.to_html()
