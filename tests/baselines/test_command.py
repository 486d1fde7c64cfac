"""A program as a method: what it is given, what is refused, and what becomes of its faults."""

import json
import resource
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from baselines.command import Command
from experiments.run.cost import measure_cost
from fairtab import InputError, Joint, Schema, Table, programs
from tests.conftest import toy_frame
from tests.experiments.toy import ROOT
from tests.programs.ends import is_gone

HANDS_OUT = ["sh", "-c", 'cp "$0" "$1/synthetic.parquet"']  # the next word names the table
N = 60


def sh(script: str) -> list[str]:
    """A program of one line; $0 is its folder."""
    return ["sh", "-c", script]


def fitted(toy, **settings) -> Command:
    return Command(**settings).fit(toy.train, toy.validation, seed=3)


def refused(synthesizer: Command, joint: Joint | None = None) -> str:
    with pytest.raises(InputError) as caught:
        synthesizer.sample(N, seed=0, joint=joint)
    said, _, log = str(caught.value).partition(" (the program's log: ")
    assert "\n" not in said
    assert Path(log.removesuffix(")")).read_text().startswith("$ "), "the log was not kept"
    return said


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch) -> Path:
    """The folder of temporary files, among them logs of programs that fail."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def hands_out(toy, tmp_path):
    """A fitted program that hands out a table."""

    def make(table: pd.DataFrame, **settings) -> Command:
        table.to_parquet(tmp_path / "made.parquet", index=False)
        return fitted(toy, command=[*HANDS_OUT, str(tmp_path / "made.parquet")], **settings)

    return make


def test_it_is_given_tables_schema_and_request_and_nothing_else(toy, tmp_path):
    joint = Joint.from_table(toy.train).balanced(10)
    command = sh(f'cp -r "$0" {shlex.quote(str(tmp_path / "given"))}; exit 1')
    refused(fitted(toy, command=command, follows_joint=True, options={"depth": 3}), joint)
    given = tmp_path / "given"
    assert {path.name for path in given.iterdir()} == {
        "train.parquet",
        "validation.parquet",
        "schema.json",
        "request.json",
    }
    pd.testing.assert_frame_equal(pd.read_parquet(given / "train.parquet"), toy.train.frame)
    pd.testing.assert_frame_equal(pd.read_parquet(given / "validation.parquet"), toy.validation.frame)
    schema = json.loads((given / "schema.json").read_text())
    assert [column["name"] for column in schema["columns"]] == list(toy.train.frame.columns)
    kinds = {column["name"]: column["kind"] for column in schema["columns"]}
    assert {name for name, kind in kinds.items() if kind == "numerical"} == set(toy.schema.numerical)
    assert set(kinds.values()) == {"numerical", "categorical"}
    del schema["columns"]
    assert schema == {"target": "approved", "positive": "yes", "sensitive": ["sex", "region"]}
    request = json.loads((given / "request.json").read_text())
    cells = request.pop("joint")
    assert request == {"rows": N, "seed": 0, "options": {"depth": 3}}
    asked = {tuple(cell["values"].values()): cell["rows"] for cell in cells}
    assert asked == joint.counts(N).to_dict()
    assert list(cells[0]["values"]) == ["approved", "sex", "region"]


def test_the_program_of_two_phases_fits_once(toy, tmp_path):
    fits = tmp_path / "fits"
    program = fitted(
        toy,
        fit_command=sh(f'echo fit >> {fits}; mkdir "$0/model"; cp "$0/request.json" "$0/model"'),
        command=sh('cp "$0/train.parquet" "$0/synthetic.parquet"; cat "$0/model/request.json"; rm -r "$0/model"'),
    )
    program.log_path = tmp_path / "program.log"
    for _ in range(2):  # what a call does to the model is no other call's concern
        assert len(program.sample(len(toy.train), seed=1)) == len(toy.train)
    assert fits.read_text() == "fit\n"
    assert '{"rows": null, "seed": 3, "joint": null, "options": {}}' in program.log_path.read_text()
    program.save(tmp_path / "saved")
    loaded = Command.load(tmp_path / "saved")
    loaded.sample(len(toy.train), seed=1)
    assert (tmp_path / "saved" / "model" / "request.json").exists()
    (tmp_path / "saved" / "model" / "request.json").unlink()
    with pytest.raises(InputError, match="without model/"):
        Command.load(tmp_path / "saved")


def test_a_fit_that_leaves_no_model_is_refused(toy):
    with pytest.raises(InputError, match=r"expected a fitted model in model/, found no file there \(the program's log"):
        fitted(toy, fit_command=["true"], command=["true"])


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (None, r"method\.command: expected a program and its arguments, as in \[python,my\.py\], got None"),
        ("python my.py", r"method\.command: expected a program and its arguments, .* got python my\.py"),
        (["no-such-program"], "no-such-program: there is no such program, or it is not executable"),
        ([__file__], "test_command.py: there is no such program, or it is not executable"),
        (["{root}/.peers/nobody/bin/python"], "its environment is not set up: make peer NAME=nobody"),
    ],
)
def test_what_cannot_be_called_is_refused_by_the_fit(toy, command, said):
    with pytest.raises(InputError, match=said):
        fitted(toy, command=command)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 3", "sh ended with exit status 3"),
        ("kill -SEGV $$", "sh was killed by SIGSEGV"),
        ("kill -KILL $$", "sh was killed by SIGKILL, often for want of memory"),
        ("true", "the program wrote no synthetic.parquet"),
        ('mkdir "$0/synthetic.parquet"', "the program wrote no synthetic.parquet"),
        ('echo no > "$0/synthetic.parquet"', "synthetic.parquet is no Parquet file that can be read"),
        ('head -c 2000 "$0/train.parquet" > "$0/synthetic.parquet"', "synthetic.parquet is no Parquet file that"),
    ],
)
def test_a_program_that_fails_is_one_line(toy, script, said):
    assert refused(fitted(toy, command=sh(script))).startswith(said)


def test_a_program_that_takes_too_long_is_stopped_with_all_that_it_started(toy, tmp_path):
    slow = fitted(toy, command=sh(f"sleep 600 & echo $! > {tmp_path / 'pid'}; wait"))
    slow.timeout_s = 1
    assert refused(slow) == "sh was stopped after 1 s (timeout_s)"
    assert is_gone(int((tmp_path / "pid").read_text()))


def with_nan(column: pd.Series) -> pd.Series:
    return column.mask(np.arange(len(column)) < 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.drop(columns="age"), "missing columns: age"),
        (lambda rows: rows.assign(note=1), "columns that the training table does not have: note"),
        (lambda rows: rows.iloc[1:], f"expected {N} rows, got {N - 1}"),
        (lambda rows: rows.assign(age=rows["age"].astype(str)), "column 'age': expected numbers, got object values"),
        (lambda rows: rows.assign(age=with_nan(rows["age"])), "column 'age': 2 values are missing, and none is in "),
        (lambda rows: rows.assign(job=with_nan(rows["job"])), "column 'job': 2 values are missing, and none is in "),
        (lambda rows: rows.assign(age=rows["age"] + 0.5), "column 'age': expected whole numbers, as in training, got "),
        (lambda rows: rows.assign(age=-1), f"column 'age': {N} numbers are outside of the training column's range"),
        (lambda rows: rows.assign(amount=np.inf), f"column 'amount': {N} numbers are outside of the training column's"),
        (lambda rows: rows.assign(job="pilot"), f"column 'job': {N} values (object) are none of the training column"),
        (lambda rows: rows.assign(job=0), f"column 'job': {N} values (int64) are none of the training column (object)"),
        (lambda rows: rows.assign(job=[["a"]] * N), "expected one value in a cell, got several in columns job"),
    ],
)
def test_a_table_that_was_not_asked_for_is_one_line(toy, hands_out, change, said):
    assert refused(hands_out(change(toy.train.frame.iloc[:N]))).removeprefix("synthetic.parquet: ").startswith(said)


def test_a_steerable_program_has_to_make_the_cells_asked_for(toy, hands_out):
    made = Table(toy.train.frame.iloc[:N], toy.schema)
    program = hands_out(made.frame, follows_joint=True)
    assert program.sample(N, seed=0, joint=Joint.from_table(made)).frame.equals(made.frame)
    asked, found = Joint.from_table(toy.train).counts(N), Joint.from_table(made).counts(N)
    label, sex, region = next(cell for cell in asked.index if asked[cell] != found[cell])
    numbers = f"expected {asked[label, sex, region]} rows", f"got {found[label, sex, region]}, and "
    assert f"{numbers[0]} of approved={label}, sex={sex}, region={region}, {numbers[1]}" in refused(program)


def test_types_do_not_matter_where_values_are_the_same(hands_out):
    """R has no integers of 64 bits, a network makes numbers in single precision, Arrow has dictionaries."""
    frame = toy_frame(200).assign(sex=lambda frame: (frame["sex"] == "Male").astype(int))
    frame["approved"] = frame["approved"] == "yes"
    train = Table(frame, Schema(("age", "gain", "amount"), ("job",), "approved", True, ("sex", "region")))
    shuffled = ["sex", "approved", "amount", "age", "job", "gain", "region"]
    other = {"age": "float64", "gain": "int32", "amount": "float32", "job": "category", "sex": "float64"}
    program = hands_out(frame.astype(other)[shuffled])
    program.fit(train, train, seed=0)
    made = program.sample(len(frame), seed=0).frame
    assert made["amount"].max() <= frame["amount"].max()
    pd.testing.assert_frame_equal(made, frame, check_exact=False, rtol=1e-6)


def test_the_way_to_data_is_not_passed_on(toy, tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRTAB_DATA", "/data")
    monkeypatch.setenv("PYTHONPATH", "/packages")
    monkeypatch.setenv("MY_SETTING", "3")
    refused(fitted(toy, command=sh(f"env > {tmp_path / 'env'}; exit 1")))
    names = {line.partition("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    assert "MY_SETTING" in names
    assert not {"FAIRTAB_DATA", "PYTHONPATH"} & names


def test_the_program_counts_in_seconds_and_memory(tmp_path):
    own_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    code = (
        f"import os; more = bytearray({int(own_mb + 200)} << 20); more[:: 4096] = more[:: 4096]; print(*os.times()[:2])"
    )
    stages: dict[str, dict[str, float]] = {}
    with measure_cost(stages, "sample"):
        programs.run([sys.executable, "-c", code], tmp_path / "log")
    with measure_cost(stages, "evaluate"):
        programs.run(["true"], tmp_path / "log2")
    used = sum(map(float, (tmp_path / "log").read_text().splitlines()[-1].split()))
    assert stages["sample"]["cpu_seconds"] >= used - 0.02
    assert stages["sample"]["peak_memory_mb"] > own_mb + 200
    assert stages["evaluate"]["peak_memory_mb"] < own_mb + 200  # the program before is not counted again


def test_temporary_files_are_removed(toy, temporary):
    fit = sh('mkdir "$0/model"; touch "$0/model/fitted"')
    program = fitted(toy, fit_command=fit, command=sh('cp "$0/train.parquet" "$0/synthetic.parquet"'))
    program.sample(len(toy.train), seed=0)
    del program
    assert not list(temporary.iterdir())


@pytest.mark.parametrize("language", ["python"])
def test_the_examples_of_the_page_work_as_they_stand(toy, tmp_path, language):
    page = (ROOT / "docs" / "programs.md").read_text()
    code = page.partition(f"```{language}\n")[2].partition("```")[0]
    assert len(code.splitlines()) <= 30
    (tmp_path / "my.py").write_text(code)
    command = [sys.executable, str(tmp_path / "my.py")]
    plain = fitted(toy, command=command)
    assert len(plain.sample(N, seed=0)) == N
    assert plain.sample(N, seed=0).frame.equals(plain.sample(N, seed=0).frame)
    joint = Joint.from_table(toy.train).balanced(10)
    steered = fitted(toy, command=command, follows_joint=True)
    assert (steered.sample(N, seed=0, joint=joint).frame["sex"] == "Male").sum() == pytest.approx(N / 2, abs=2)
    odd = Table(toy.train.frame.rename(columns={"age": "self"}), replace(toy.schema, numerical=("self",)))
    assert "self" in Command(command=command).fit(odd, odd, seed=0).sample(N, seed=0).frame


def test_a_peer_names_all_packages_that_it_needs():
    """`make peer` installs exactly these, without what they would bring along."""
    for path in sorted((ROOT / "baselines").glob("*/requirements.txt")):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        assert all("==" in line for line in lines), path
        program = (path.parent / "program.py").read_text()
        assert "import pandas" in program
        assert {"pandas", "pyarrow", "numpy"} <= {line.partition("==")[0] for line in lines}
        make = ["make", "-n", "peer", f"NAME={path.parent.name}"]
        said = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True)
        assert f".peers/{path.parent.name}" in said.stdout


def test_validation_rows_are_loaded_as_they_were_saved(toy, tmp_path):
    codes = pd.array([1.5, None, 2.5, 1.5] * 50, dtype="Float64")
    table = Table(toy.train.frame.assign(job=codes), toy.schema)
    Command(command=["true"]).fit(table, table, seed=0).save(tmp_path)
    loaded = Command.load(tmp_path)
    pd.testing.assert_frame_equal(loaded.validation.frame, table.frame)
    pd.testing.assert_frame_equal(loaded.train.frame, table.frame)
