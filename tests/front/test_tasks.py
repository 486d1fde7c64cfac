"""Labels of several classes and of numbers, sensitive numbers, and requests, from a file to the report."""

import json
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

import fairtab.report
from fairtab import InputError, check, fit, inspect, make, sample
from fairtab.front.own import read_own
from tests.conftest import toy_frame
from tests.front.test_cli import fairtab as command

SCHEMA = json.loads((Path(fairtab.report.__file__).parent / "schema.json").read_text())
LABELS = {"job": "multi-class", "amount": "regression"}


@pytest.mark.slow
@pytest.mark.parametrize(("target", "task"), LABELS.items())
def test_a_label_that_is_not_binary_gives_a_table_and_a_report(tmp_path, target, task):
    frame = toy_frame(500)
    made = make(frame, target=target, sensitive="sex", rows=120)
    schema, rows = made.table.schema, made.table.frame
    assert (schema.task, schema.outcome) == (task, target)
    assert made.report.facts["asked"]["wish"] == "groups at level 10 of 10"
    sizes = rows.groupby([schema.target, "sex"], observed=True).size().unstack()
    assert sizes.diff(axis=1).abs().max().max() <= 1
    judged = check(frame, rows[frame.columns], target=target, sensitive="sex")
    for report in (made.report, judged):
        jsonschema.validate(json.loads(report.to_json()), SCHEMA)
        assert report.facts["asked"]["task"] == task
        assert task in report.to_markdown()
        assert f" {target} " in " ".join(report.sentences())
        assert report.to_html().startswith("<!doctype html>")
    assert judged.metrics == made.report.metrics


def test_a_number_agrees_with_its_bin_in_every_row_and_in_every_sample(tmp_path):
    frame = toy_frame(500)
    own = read_own(frame, target="amount", sensitive="sex")
    fit(frame, target="amount", sensitive="sex", model=tmp_path / "model")
    rows = sample(tmp_path / "model", rows=200, level=10).frame
    (bins,) = own.table.schema.groups.values()
    assert rows["amount-group"].tolist() == bins.of(rows).tolist()
    assert rows["amount-group"].nunique() == len(bins.labels) > 1
    assert rows["amount"].nunique() > 100  # a number, and not the name of a bin


def test_the_class_that_groups_get_least_equally_is_named():
    report = check(toy_frame(500), toy_frame(300, seed=1), target="job", sensitive="sex")
    ratios = report.facts["class_parity"]["sex"]
    worst, *others = ratios
    assert ratios[worst]["synthetic"] == report.metrics["fairness/class_parity/sex"]
    assert all(ratios[worst]["synthetic"] <= ratios[name]["synthetic"] for name in others)
    assert f"class {worst}, the least equal one" in " ".join(report.sentences())
    shares = [group["predicted clerk"]["synthetic"] for group in report.facts["groups"]["sex"]]
    assert ratios["clerk"]["synthetic"] == pytest.approx(min(shares) / max(shares))


def test_the_means_of_groups_are_those_of_the_tables():
    frame, synthetic = toy_frame(500), toy_frame(300, seed=1)
    report = check(frame, synthetic, target="amount", sensitive="sex")
    train = read_own(frame, target="amount", sensitive="sex").split.train.frame
    for group in report.facts["groups"]["sex"]:
        for which, table in {"real": train, "synthetic": synthetic}.items():
            expected = table.loc[table["sex"] == group["group"], "amount"].mean()
            assert group["mean amount"][which] == pytest.approx(expected)


def test_the_mean_of_a_single_row_is_shown_nowhere():
    frame = toy_frame(500)
    first = int(train_test_split(frame.index, test_size=0.5, random_state=42)[0][0])  # a training row
    frame.loc[first, ["sex", "amount"]] = ["Other", 98765.0]
    report = check(frame, frame, target="amount", sensitive="sex")
    for text in (report.to_html(), report.to_json(), str(inspect(frame, target="amount", sensitive="sex").facts)):
        assert "98765" not in text
        assert "98,76" not in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "amount", "dpr": 0.8}, "a goal .* needs a label of two values: the task of 'amount' is regression"),
        ({"target": "job", "score": True}, "a goal .* needs a label of two values: the task of 'job' is multi-class"),
        ({"target": "approved"}, "'approved' has two values: name the favourable one as positive, no or yes"),
        ({"target": "job", "task": "regression"}, "'job': a regression needs a column of numbers"),
        ({"target": "amount", "task": "multi-class"}, "'amount': expected 2 to 50 classes, got"),
        ({"target": "job", "positive": "nurse"}, "'job': expected two classes, got 3"),
        ({"target": "job", "positive": "nurse", "task": "multi-class"}, "a positive value belongs to a label of two"),
        ({"target": "job", "task": "ranking"}, "task"),
    ],
)
def test_what_cannot_be_asked_of_a_label_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        make(toy_frame(300), sensitive="sex", **options)


def test_the_task_is_inferred_and_said(tmp_path):
    toy_frame(400).to_csv(tmp_path / "loans.csv", index=False)
    for target, task in LABELS.items():
        shown = command("inspect", tmp_path / "loans.csv", "--target", target, "--sensitive", "sex")
        assert f"task: {task} of {target}" in shown.output
    numbers = command("inspect", tmp_path / "loans.csv", "--target", "gain", "--task", "regression", "--json")
    assert json.loads(numbers.output)["task"] == "regression"
    assert set(json.loads(numbers.output)["labels"]) == {"0 or less", "over 0"}  # nine of ten rows have a gain of 0


@pytest.mark.slow
def test_a_number_goes_through_the_commands(tmp_path):
    toy_frame(400).to_csv(tmp_path / "loans.csv", index=False)
    roles = ["--target", "amount", "--sensitive", "sex"]
    made = command("make", tmp_path / "loans.csv", *roles, "--rows", 60, "--out", tmp_path / "fair.csv")
    assert made.exit_code == 0, made.output
    assert "task: regression, since amount has" in made.output
    assert list(pd.read_csv(tmp_path / "fair.csv")) == list(toy_frame(1))  # without the bins
    checked = command("check", tmp_path / "loans.csv", tmp_path / "fair.csv", *roles)
    assert "with an R2 of" in checked.output


def test_a_sensitive_number_is_judged_without_groups_too():
    asked = {"target": "approved", "positive": "yes", "sensitive": ["age"], "groups": {"age": [40]}}
    report = check(toy_frame(500), toy_frame(300, seed=1), **asked)
    assert 0 < report.metrics["fairness/independence/age"] < 1
    assert "from age itself" in " ".join(report.sentences())
    assert "Independence looks at age" in report.to_html()


def test_make_draws_and_judges_the_rows_asked_for():
    frame = toy_frame(600)
    asked = {"target": "approved", "positive": "yes", "sensitive": "sex", "level": 10}
    made = make(frame, **asked, where="region == 'south' & age > 30")
    rows = made.table.frame
    assert set(rows["region"]) == {"south"}
    assert rows["age"].min() > 30
    meant = frame[(frame["region"] == "south") & (frame["age"] > 30)]
    assert len(rows) == len(meant)
    counted = made.report.facts["rows"]
    assert counted["train"] + counted["validation"] + counted["test"] == len(meant)
    assert made.report.facts["asked"]["where"] == "region == 'south' & age > 30"
    assert rows.groupby(["approved", "sex"]).size().unstack().diff(axis=1).abs().max().max() <= 1
    with pytest.raises(InputError, match="only 0 of 300 real rows meet it"):
        make(frame, **asked, where="age > 300")


def test_pairs_are_counted_in_both_tables():
    frame, synthetic = toy_frame(500), toy_frame(300, seed=1)
    report = check(frame, synthetic, target="approved", positive="yes", sensitive="sex")
    train = read_own(frame, target="approved", positive="yes", sensitive="sex").split.train.frame
    for pair in report.facts["pairs"]:
        a, b = pair["columns"]
        assert sum(map(sum, pair["synthetic"])) == pytest.approx(1)
        assert 0 <= 1 - sum(map(sum, pair["real"])) < 0.2  # what a single row has is left out
        assert (len(pair["values"][0]), len(pair["values"][1])) == (len(pair["real"]), len(pair["real"][0]))
        if {a, b} <= {"job", "region", "approved", "sex"}:
            shares = pd.crosstab(train[a], train[b], normalize=True).loc[pair["values"][0], pair["values"][1]]
            assert pair["real"] == pytest.approx(shares.to_numpy())
