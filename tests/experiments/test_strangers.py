"""Files from strangers in run.py: no traceback, no file written elsewhere, and no value of a single row shown."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from experiments.configuration import compose_config
from experiments.reports.page.document import document
from experiments.run.cell import Cell
from fairtab import InputError, load_dataset
from fairtab.datasets.description import DatasetDescription
from tests.conftest import toy_frame
from tests.experiments.toy import SMALL, config, run_cell, run_py

TEXT, NUMBER = "CANARY", 7654321  # in one row of each part, and nowhere else
GIVEN = {"target": "approved", "positive": "yes", "sensitive": ["sex"]}
TOLD = ["dataset.target=approved", "dataset.positive='yes'", "dataset.sensitive=[sex]"]
QUICK = ["+evaluation.classifier.iterations=20", "evaluation.min_group_rows=1", *SMALL]


def canaries() -> pd.DataFrame:
    """The toy table with a column of every kind that can have a unique text or number."""
    n = 400
    rng = np.random.default_rng(0)
    train, rest = train_test_split(np.arange(n), test_size=0.5, random_state=42)
    validation, test = train_test_split(rest, test_size=0.5, random_state=42)
    table = toy_frame(n).assign(
        zip=rng.choice(["01234", "94110", "00501"], n),
        notes=[f"note {i}" for i in range(n)],
        remark=[f"remark {i % 150}" for i in range(n)],
        spiky=np.where(rng.random(n) < 0.85, 0, rng.integers(1, 60, n)),
    )
    for i, row in enumerate((train[7], validation[7], test[7])):
        table.loc[row, ["job", "notes", "remark"]] = f"{TEXT}-{i}"
        for name in ("age", "gain", "spiky"):
            table.loc[row, name] = NUMBER * 10 + i
        table.loc[row, "amount"] = NUMBER + i / 4
    return table


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The output of a run on a file with semicolons, decimal commas, leading zeros and a byte order mark."""
    folder = tmp_path_factory.mktemp("strangers")
    path = folder / "Kredite 2024 €.csv"
    canaries().to_csv(path, index=False, sep=";", decimal=",", encoding="utf-8-sig")
    given = ["dataset=table", f"dataset.path='{path}'", f"results_dir={folder / 'results'}", *TOLD, *QUICK]
    done = run_py(*given, HOME=str(folder), WANDB_MODE="offline")
    assert done.returncode == 0, done.stderr
    return folder / "results", done.stdout + done.stderr


def contents(results: Path) -> dict[Path, bytes]:
    """Map each path to the content of every file of a run, except tables and models. Parquet files are read as text."""
    kept = [path for path in results.rglob("*") if path.is_file() and path.name != "synthetic.parquet"]
    return {
        path: pd.read_parquet(path).to_csv().encode() if path.suffix == ".parquet" else path.read_bytes()
        for path in kept
        if "fit" not in path.relative_to(results).parts
    }


@pytest.mark.slow
def test_how_the_file_was_read_is_said_and_its_values_stay_what_they_are(ran):
    results, said = ran
    assert "read with semicolons between values; decimal commas" in said
    assert "left out: notes (identifier)" in said
    assert "Traceback" not in said
    real = canaries()
    tables = list(results.glob("runs/Kredite-2024/*/*/seed-0/*/synthetic.parquet"))
    assert len(tables) == 2
    for path in tables:
        drawn = pd.read_parquet(path)
        for name in ("zip", "amount", "age", "job"):
            assert set(drawn[name]) <= set(real[name]), name


def test_no_value_of_a_single_row_is_shown(ran):
    results, said = ran
    shown = {"what is printed": said.encode(), "the page": document(results).encode(), **contents(results)}
    assert any("wandb" in str(path) for path in shown)
    assert any("marginals.json" in str(path) for path in shown)
    for where, content in shown.items():
        for canary in (TEXT, str(NUMBER), f"{NUMBER:,}", f"{NUMBER * 10:.2e}"[:6]):
            assert canary.encode() not in content, where


def test_rows_and_model_go_to_wandb_where_asked_for_or_of_published_tables(toy_file, tmp_path):
    def shown(*overrides: str) -> tuple[bool, bool]:
        options = Cell.from_config(compose_config([f"results_dir={tmp_path}", *overrides])).trackers["wandb"]
        return options["sample"], options["model"]

    own = ["dataset=table", f"dataset.path={toy_file}", *TOLD]
    assert shown() == (True, True)
    assert shown("logger.wandb.model=false") == (True, False)
    assert shown(*own) == (False, False)
    assert shown(*own, "logger.wandb.sample=true") == (True, False)


@pytest.mark.parametrize(
    "change",
    [
        {"target": "notes"},
        {"target": "amount"},
        {"positive": "maybe"},
        {"sensitive": ["notes"]},
        {"sensitive": ["amount"]},
        {"sensitive": ["absent"]},
        {"numerical": ["notes"]},
        {"numerical": ["remark"]},
        {"derive": {"x": {"from": "remark", "map": {"a": "b"}}}},
        {"derive": {"x": {"from": "remark", "at_most": 3, "then": 0, "otherwise": 1}}},
        {"rows": {"notes": {"min": 3}}},
    ],
)
def test_no_error_quotes_a_row(tmp_path, change):
    path = tmp_path / "loans.csv"
    canaries().to_csv(path, index=False)
    with pytest.raises(InputError) as caught:
        load_dataset("table", path=str(path), **{**GIVEN, **change})
    said = str(caught.value)
    assert TEXT not in said
    assert str(NUMBER) not in said
    assert "\n" not in said


@pytest.mark.parametrize(
    "spoilt", [f"a,b\n1,2\n{TEXT},2,3\n".encode(), f"{TEXT}\xff".encode("latin-1"), f'a,b\n"{TEXT}'.encode()]
)
def test_no_refusal_of_a_file_quotes_it(tmp_path, spoilt):
    path = tmp_path / "loans.csv"
    path.write_bytes(spoilt)
    with pytest.raises(InputError) as caught:
        load_dataset("table", path=str(path), **GIVEN)
    assert TEXT not in str(caught.value)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0", "sex,approved\nm\xe4nnlich,yes\n".encode("latin-1")])
def test_what_is_no_table_ends_in_one_line(tmp_path, content):
    path = tmp_path / "loans.csv"
    path.write_bytes(content)
    done = run_py("dataset=table", f"dataset.path={path}", f"results_dir={tmp_path / 'results'}", *TOLD)
    assert done.returncode == 1
    reading, error = done.stderr.splitlines()
    assert reading == "reading loans"
    assert error.startswith(f"error: {path}: expected a Parquet or CSV table")
    assert not (tmp_path / "results" / "runs").exists()


@pytest.mark.parametrize(
    "override",
    [
        "variant=../../x",
        "variant=/tmp/x",
        "variant=a/b",
        "variant=..",
        "variant=.x",
        "sampling=../x",
        "dataset.name=..",
        "dataset.name=../../x",
        "dataset.name=a/../../x",
        "method.name=../x",
        "method.name=..",
        "seed='../1'",
        "balance='../1'",
        "goal.attributes=[../../x]",
    ],
)
def test_no_argument_names_a_place_outside_the_results(toy_file, tmp_path, override):
    results = tmp_path / "a" / "results"
    goal = ["goal.dpr=0.8", "goal.best_effort=true"] if override.startswith("goal") else []
    with pytest.raises(InputError):
        run_cell(config(toy_file, results, override, *goal))
    assert not list(tmp_path.iterdir())


def test_a_goals_attributes_make_a_plain_name(toy_file, tmp_path):
    run = Cell.from_config(config(toy_file, tmp_path, "goal.attributes=[../../x,/etc,a b]", "goal.dpr=0.8")).run
    assert run.folder.resolve().parent == run.shared_folder.resolve()


@pytest.mark.parametrize("place", ["toy", "toy/fairtab/default", "toy/fairtab/default/seed-0/fit"])
def test_no_link_leads_outside_the_results(toy_file, tmp_path, place):
    outside, link = tmp_path / "outside", tmp_path / "results" / "runs" / place
    outside.mkdir()
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    with pytest.raises(InputError, match=r"leads outside .*: remove that link"):
        run_cell(config(toy_file, tmp_path / "results"))
    assert not list(outside.iterdir())


@pytest.mark.parametrize("name", ["run.log", ".lock", "metrics.json", "error.txt"])
def test_no_file_outside_is_written_through_a_link(toy_file, tmp_path, name):
    outside, folder = tmp_path / "outside.txt", tmp_path / "results/runs/toy/fairtab/default/seed-0/balance-10"
    outside.write_text("mine")
    folder.mkdir(parents=True)
    (folder / name).symlink_to(outside)
    with pytest.raises(InputError, match="leads outside"):
        run_cell(config(toy_file, tmp_path / "results"))
    assert outside.read_text() == "mine"


def test_the_results_may_be_a_link_themselves(toy_file, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "results").symlink_to(tmp_path / "disk")
    Cell.from_config(config(toy_file, tmp_path / "results")).run.check_place()


@pytest.mark.parametrize("name", ["..csv", "数据.csv", "a b/../loans.csv", "...", "loans.csv.gz", "2024"])
def test_a_table_may_be_anywhere_and_its_runs_have_a_plain_name(tmp_path, name):
    (tmp_path / "a b").mkdir()
    path = tmp_path / name
    path.write_text("x")
    link = tmp_path / "a b" / "link.csv"
    link.symlink_to(path)

    def name(path):
        entries = {"name": None, "target": "y", "positive": 1, "sensitive": "s", "path": str(path)}
        return DatasetDescription.from_mapping(entries).name

    assert set(name(path)) <= set("loans.csvtable2024")
    assert name(link) == "link"
