"""The command fairtab, as a user types it."""

import json
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
from typer.testing import CliRunner

from fairtab.cli import app
from fairtab.cli.output import talking
from fairtab.errors import Diverged, InputError
from tests.conftest import toy_frame

ROLES = ["--target", "approved", "--positive", "yes", "--sensitive", "sex"]


def fairtab(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_make_then_check(loans, tmp_path):
    out = tmp_path / "fair.csv"
    made = fairtab("make", loans, *ROLES, "--level", 10, "--out", out)
    assert made.exit_code == 0, made.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fair.csv", "fair.html", "fair.json", "fair.md"]
    assert f"table: {out}" in made.output
    checked = fairtab("check", loans, out, *ROLES, "--report", tmp_path / "again.html", "--json")
    assert checked.exit_code == 0, checked.output
    ours, again = json.loads((tmp_path / "fair.json").read_text()), json.loads(checked.stdout)
    assert again["quality"][0]["test"] == ours["quality"][0]["test"]  # both judge the same rows


def test_parquet_is_written_if_the_name_says_so(loans, tmp_path):
    out = tmp_path / "fair.parquet"
    assert fairtab("make", loans, *ROLES, "--level", 0, "--rows", 30, "--out", out, "--quiet").output == ""
    assert len(pd.read_parquet(out)) == 30


def test_nothing_is_overwritten_without_force(loans, tmp_path):
    out = tmp_path / "fair.csv"
    out.write_text("mine")
    refused = fairtab("make", loans, *ROLES, "--level", 0, "--out", out)
    assert refused.exit_code == 1
    assert "is there already" in refused.output
    assert out.read_text() == "mine"
    assert fairtab("make", loans, *ROLES, "--level", 0, "--out", out, "--force").exit_code == 0
    assert out.read_text() != "mine"


@pytest.mark.parametrize("files", [["--out", "fair.json"], ["--out", "fair.csv", "--report", "fair.csv"]])
def test_a_report_does_not_take_the_place_of_its_table(loans, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused = fairtab("make", loans, *ROLES, "--level", 0, *files, "--format", "csv")
    assert refused.exit_code == 1
    assert "asked for twice" in refused.output
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_an_ending_that_is_no_table_is_refused_unless_a_format_is_named(loans, tmp_path):
    refused = fairtab("make", loans, *ROLES, "--level", 0, "--out", tmp_path / "fair.xlsx")
    assert refused.exit_code == 1
    assert "expected a name that ends in .csv, .csv.gz or .parquet, or a --format" in refused.output
    named = fairtab("make", loans, *ROLES, "--level", 0, "--out", tmp_path / "fair.txt", "--format", "csv")
    assert named.exit_code == 0


def test_a_goal_that_is_missed_writes_nothing_and_has_a_status_of_its_own(loans, tmp_path):
    missed = fairtab("make", loans, *ROLES, "--auc", 1, "--rounds", 1, "--out", tmp_path / "fair.csv")
    assert missed.exit_code == 3
    assert "--nearest" in missed.output
    assert list(tmp_path.iterdir()) == []


def test_fit_once_and_sample_often(loans, tmp_path):
    model, rows = tmp_path / "model", tmp_path / "rows.csv"
    assert fairtab("fit", loans, *ROLES, "--model", model).exit_code == 0
    assert fairtab("sample", model, "--rows", 40, "--level", 10, "--out", rows).exit_code == 0
    assert len(pd.read_csv(rows)) == 40
    joint = tmp_path / "joint.csv"
    joint.write_text("approved,sex,probability\nyes,Female,0.5\nno,Male,0.5\n")
    asked = fairtab("sample", model, "--rows", 10, "--joint", joint, "--out", rows, "--force")
    assert asked.exit_code == 0, asked.output
    assert pd.read_csv(rows).groupby(["approved", "sex"]).size().to_dict() == {("yes", "Female"): 5, ("no", "Male"): 5}


def test_inspect_says_how_a_file_is_read(loans):
    said = fairtab("inspect", loans, "--target", "approved", "--sensitive", "sex,region")
    assert said.exit_code == 0
    assert "left out: id (identifier), branch (constant)" in said.output
    facts = json.loads(fairtab("inspect", loans, "--target", "approved", "--json").stdout)
    assert facts["rows"] == 400


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--target", "paid", "--positive", "yes", "--sensitive", "sex"], "no column paid"),
        (["--target", "approved", "--positive", "perhaps", "--sensitive", "sex"], "expected 'perhaps' as one of its"),
        (["--target", "approved", "--positive", "yes", "--sensitive", "amount"], "sensitive column 'amount'"),
    ],
)
def test_what_cannot_be_done_is_one_line(loans, tmp_path, words, message):
    refused = fairtab("make", loans, *words, "--level", 0, "--out", tmp_path / "fair.csv")
    assert refused.exit_code == 1
    error = [line for line in refused.output.splitlines() if line.startswith("error: ")]
    assert len(error) == 1
    assert message in error[0]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_is_named(tmp_path):
    refused = fairtab("make", tmp_path / "no.csv", *ROLES, "--out", tmp_path / "fair.csv")
    assert (refused.exit_code, refused.output) == (1, f"error: no file '{tmp_path}/no.csv'\n")


@pytest.mark.slow
def test_interrupted_it_leaves_nothing_behind(tmp_path):
    toy_frame(4000).to_csv(tmp_path / "loans.csv", index=False)
    words = ["make", "loans.csv", *ROLES, "--level", "0", "--out", "out/fair.csv", "--model", "out/model"]
    command = [sys.executable, "-m", "fairtab", *words]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        next(line for line in process.stderr if line.startswith("fitting"))
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130
    assert "interrupted: no file is half written" in said
    assert "Traceback" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loans.csv"]


def test_help_imports_nothing_slow():
    script = "import sys; from fairtab.cli import app; print({'torch', 'pandas', 'catboost'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said == "set()\n"


def test_rules_hold_in_every_row_and_real_rows_must_obey_them(tmp_path):
    frame = toy_frame(400)
    frame.assign(later=frame["age"] + 5).to_csv(tmp_path / "loans.csv", index=False)
    words = ["make", tmp_path / "loans.csv", *ROLES, "--level", 10, "--out", tmp_path / "fair.csv"]
    made = fairtab(*words, "--rows", 40, "--rule", "later >= age")
    assert made.exit_code == 0, made.output
    rows = pd.read_csv(tmp_path / "fair.csv")
    assert (rows["later"] >= rows["age"]).all()
    assert rows.groupby(["approved", "sex"]).size().unstack().diff(axis=1).abs().max().max() <= 1
    refused = fairtab(*words, "--force", "--rule", "age > 30")
    assert refused.exit_code == 1
    assert f"{(frame['age'] <= 30).sum()}" in refused.output


def test_rows_are_asked_for_and_completed(loans, tmp_path):
    model, out = tmp_path / "model", tmp_path / "rows.csv"
    assert fairtab("fit", loans, *ROLES, "--model", model).exit_code == 0
    asked = fairtab("sample", model, "--rows", 30, "--where", "sex == 'Female' & age > 40", "--out", out)
    assert asked.exit_code == 0, asked.output
    rows = pd.read_csv(out)
    assert set(rows["sex"]) == {"Female"}
    assert rows["age"].min() > 40
    (tmp_path / "known.csv").write_text("sex,approved,job\nFemale,yes,nurse\nMale,no,\n")
    done = fairtab("complete", model, tmp_path / "known.csv", "--out", out, "--force")
    assert done.exit_code == 0, done.output
    rows = pd.read_csv(out)
    assert rows["job"].iloc[0] == "nurse"
    assert rows[["sex", "approved"]].values.tolist() == [["Female", "yes"], ["Male", "no"]]
    assert rows["age"].notna().all()


@pytest.mark.slow
def test_dates_come_back_as_they_are_written(tmp_path):
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(range(400), unit="D")
    toy_frame(400).assign(opened=days.strftime("%d/%m/%Y")).to_csv(tmp_path / "loans.csv", index=False)
    made = fairtab("make", tmp_path / "loans.csv", *ROLES, "--level", 10, "--out", tmp_path / "fair.csv")
    assert made.exit_code == 0, made.output
    written = pd.read_csv(tmp_path / "fair.csv")["opened"]
    assert set(written) <= set(days.strftime("%d/%m/%Y"))
    assert fairtab("check", tmp_path / "loans.csv", tmp_path / "fair.csv", *ROLES).exit_code == 0


def test_a_sensitive_number_gets_groups(loans, tmp_path):
    roles = ["--target", "approved", "--positive", "yes", "--sensitive", "age"]
    refused = fairtab("make", loans, *roles, "--level", 10, "--out", tmp_path / "fair.csv")
    assert "--group age:NUMBER" in refused.output
    made = fairtab(
        "make", loans, *roles, "--group", "age:40", "--level", 10, "--rows", 40, "--out", tmp_path / "fair.csv"
    )
    assert made.exit_code == 0, made.output
    rows = pd.read_csv(tmp_path / "fair.csv")
    assert "age-group" not in rows.columns
    young = rows.assign(young=rows["age"] <= 40).groupby("approved")["young"].mean()
    assert young.between(0.45, 0.55).all()
    checked = fairtab("check", loans, tmp_path / "fair.csv", *roles, "--group", "age:40")
    assert "note: " in checked.output  # without a report, too
    assert checked.exit_code == 0, checked.output
    assert "least selected group of age-group" in checked.output or "Groups of age-group" in checked.output
    wrong = fairtab("inspect", loans, "--target", "approved", "--sensitive", "age", "--group", "age=40")
    assert (wrong.exit_code, "as in age:25,60" in wrong.output) == (1, True)


def test_a_column_of_groups_may_have_a_comma_in_its_name(loans, tmp_path):
    frame = pd.read_csv(loans).rename(columns={"sex": "sex, as told"})
    path = tmp_path / "commas.csv"
    frame.to_csv(path, index=False)
    said = fairtab("inspect", path, "--target", "approved", "--sensitive", '"sex, as told",region')
    assert said.exit_code == 0, said.output
    assert "sex, as told" in said.output


@pytest.mark.parametrize("error", [Diverged("the loss is not finite in epoch 3"), MemoryError(), InputError("no rows")])
def test_what_cannot_be_done_ends_in_one_line(error, capsys):
    with pytest.raises(SystemExit) as ended, talking(quiet=True):
        raise error
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"error: {error or 'not enough memory'}\n"


@pytest.mark.parametrize(
    ("out", "said"), [(".", "'.' is a folder"), ("", "'.' is a folder"), ("a.csv/b.csv", "is no folder")]
)
def test_a_name_that_cannot_be_a_file_is_refused_before_the_fit(loans, tmp_path, monkeypatch, out, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("")
    done = fairtab("make", loans, *ROLES, "--out", out)
    assert done.exit_code == 1
    assert said in done.output
    assert "fitting" not in done.output


def test_whole_numbers_with_gaps_have_no_decimal_point(tmp_path):
    frame = toy_frame(300)
    frame["age"] = frame["age"].astype("Int64").mask(frame.index % 7 == 0)
    frame["code"] = (frame.index % 5).astype(float)
    frame.loc[::6, "code"] = float("nan")
    frame["code"] = frame["code"].astype("Int64")
    frame.to_csv(tmp_path / "loans.csv", index=False)
    words = ["make", tmp_path / "loans.csv", *ROLES, "--level", 0, "--categorical", "code"]
    done = fairtab(*words, "--out", tmp_path / "fair.csv")
    assert done.exit_code == 0, done.output
    made = pd.read_csv(tmp_path / "fair.csv", dtype=str)
    for name in ("age", "code"):
        assert made[name].isna().any()
        assert not made[name].str.contains(".", regex=False).any()
