import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from experiments import columns
from experiments.reports import documents
from experiments.reports.__main__ import main as reports
from experiments.reports.model.published import published, published_methods
from experiments.reports.model.tradeoff import to_markdown, tradeoff
from experiments.reports.text import goal, markdown, summary
from experiments.reports.text.steps import select, steps
from experiments.store import frames
from tests.experiments import made_up
from tests.experiments.toy import ROOT


def test_the_papers_numbers_stand_under_our_names():
    numbers = published({"name": "adult", "attribute": "sex"})
    assert numbers == {
        "fidelity/column_error": 0.126,
        "fidelity/pair_error": 0.201,
        "utility/auc": 0.893,
        "privacy/dcr_published": 0.344,
        "fairness/dpr/sex": 0.543,
        "fairness/eor/sex": 0.667,
        "score/sex": pytest.approx(0.749),
        "uniform_sensitive/utility/auc": 0.895,
        "uniform_sensitive/fairness/dpr/sex": 0.503,
        "uniform_sensitive/fairness/eor/sex": 0.58,
        "seconds/sample": 1213.9,
    }
    assert "seconds/sample" not in published({"name": "bank", "attribute": "age-group"})
    assert published(None) == {}
    assert published_methods("adult", "dpr").set_index("method").loc["Ours"].to_dict() == {"auc": 0.893, "dpr": 0.543}
    assert published_methods("german", "eor").empty


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("utility/auc", "AUC ↑"),
        ("fairness/dpr/sex*race", "DPR ↑ sex*race"),
        ("privacy/dcr", "DCR, equal samples → 0.5"),
        ("utility/positive_rate", "predicted positive rate"),
    ],
)
def test_labels(name, label):
    assert columns.label(name) == label


def test_what_is_not_there_is_a_dash():
    assert columns.number(None) == "-"
    assert columns.number(float("nan")) == "-"
    assert columns.number(1213.9, digits=1) == "1,213.9"
    assert columns.mean_and_std(pd.Series([None, None])) == "-"


def test_means_over_seeds_come_with_their_spread():
    assert columns.mean_and_std(pd.Series([0.1, 0.3])) == "0.200 ± 0.141"
    assert columns.mean_and_std(pd.Series([1213.9]), digits=1) == "1,213.9"


def test_seeds_without_a_value_are_named():
    assert columns.mean_and_std(pd.Series([0.1, None, 0.3])) == "0.200 ± 0.141 (n=2)"


def test_a_report_fills_its_own_place_and_no_other(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("a\n<!-- one -->\nold\n<!-- end -->\nb\n<!-- two -->\nkept\n<!-- end -->\n")
    markdown.fill(path, "one", markdown.table(["", "x"], [["row", "1"]]))
    expected = (
        "a\n<!-- one -->\n|  | x |\n| --- | ---: |\n| row | 1 |\n<!-- end -->\nb\n<!-- two -->\nkept\n<!-- end -->\n"
    )
    assert path.read_text() == expected
    with pytest.raises(ValueError, match="three"):
        markdown.fill(path, "three", "")


def run(level: str, seed: int = 0, **metrics: float) -> dict[str, object]:
    names = ("fidelity/column_error", "fidelity/pair_error", "utility/auc", "utility/accuracy", "utility/positive_rate")
    ratios = [f"fairness/{kind}/{name}" for kind in ("dpr", "eor") for name in ("sex", "race", "sex*race")]
    row = dict.fromkeys([*names, *ratios, "score", "score/sex", "seconds/sample"], 0.5)
    place = {"dataset": "adult", "method": "fairtab", "variant": "default", "seed": seed, "level": level}
    return {**place, **row, **metrics}


def test_the_frame_of_the_tradeoff_averages_over_seeds_and_attributes():
    runs = [run(f"balance-{i}", seed, **{"utility/auc": 0.9 + seed / 10}) for i in (0, 10) for seed in (0, 1)]
    dpr = {"fairness/dpr/sex": 0.2, "fairness/dpr/race": 0.4, "fairness/dpr/sex*race": 0.0}
    frame = tradeoff(pd.DataFrame([*runs, run("balance-5", **dpr), run("balance-5-named"), run("native")]))
    assert list(frame.index) == [("adult", "fairtab", level) for level in (0, 5, 10)]
    first = frame.loc[("adult", "fairtab", 0)]
    assert first["utility/auc", "mean"] == pytest.approx(0.95)
    assert first["utility/auc", "std"] == pytest.approx(0.1 / 2**0.5)
    assert frame.loc[("adult", "fairtab", 5)]["dpr", "mean"] == pytest.approx(0.3)
    assert "| adult, FairTab, level 0, 2 seeds | 0.950 ± 0.071 |" in to_markdown(frame)


def test_levels_whose_score_is_undefined_have_a_dash_and_all_their_seeds():
    """As for a label that is a number: the number of seeds is that of runs, not of one metric's values."""
    undefined = {name: float("nan") for name in run("balance-0") if name.startswith(("fairness", "score", "utility"))}
    rows = [run("balance-0", seed, **undefined) for seed in (0, 1, 2)]
    (line,) = to_markdown(tradeoff(pd.DataFrame(rows))).splitlines()[6:]
    assert line == "| adult, FairTab, level 0 | - | - | - | - | - | - | 0.500 ± 0.000 |"


def test_the_table_over_steps_has_named_runs_only_in_order_of_steps():
    runs = pd.DataFrame([run("balance-10-marginal-100"), run("balance-10-marginal-5"), run("balance-10")])
    rows = steps(select(runs)).splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == ["| marginal, 5 steps, 1 seed", "| marginal, 100 steps, 1 seed"]


def test_levels_and_seeds_come_in_the_order_of_their_numbers(tmp_path):
    for seed in (10, 2):
        for level in ("balance-10", "balance-2", "native"):
            made_up.write(tmp_path, "adult", "fairtab", seed, level)
    found = [(run.seed, run.level) for run in frames.finished(tmp_path)]
    assert found == [(seed, level) for seed in (2, 10) for level in ("balance-2", "balance-10", "native")]


def test_seeds_of_one_meaning_are_not_mixed_whatever_the_text(tmp_path):
    texts = ["{method: {epochs: 3}}", "{method: {dropout: null, epochs: 3}}", "{method: {epochs: 4}}"]
    for seed, text in enumerate(texts):
        run = made_up.write(tmp_path, "adult", "smote", seed)
        (run.folder / "config.yaml").write_text(text)
    runs = frames.finished(tmp_path)
    assert frames.mixed(runs[:2]) == []
    assert frames.mixed(runs) == ["adult/smote/default/native"]


def test_a_folder_beside_the_seeds_is_left_out_by_name(tmp_path, caplog):
    run = made_up.write(tmp_path, "adult", "smote", 0)
    shutil.copytree(run.shared_folder, run.shared_folder.with_name("seed-0.bak"))
    assert frames.finished(tmp_path) == [run]
    assert "the seed is '0.bak'" in caplog.text


def test_a_damaged_configuration_is_named_in_one_line(tmp_path):
    run = made_up.write(tmp_path / "runs", "adult", "smote", 0)
    (run.folder / "config.yaml").write_text("{")
    with pytest.raises(SystemExit, match=r"^error: .*config\.yaml is damaged"):
        reports(["page", "--results", str(tmp_path)])


@pytest.mark.slow
def test_results_elsewhere_leave_the_repository_as_it_is(tmp_path):
    for seed in (0, 1):
        made_up.write(tmp_path / "runs", "adult", "real", seed)
        made_up.write(tmp_path / "runs", "adult", "fairtab", seed, "balance-10")

    def state() -> dict[Path, float]:
        folders = (ROOT / "results" / "tables", ROOT / "results" / "figures", ROOT / "docs")
        return {path: path.stat().st_mtime for folder in folders for path in folder.rglob("*")}

    before = state() | {ROOT / "README.md": (ROOT / "README.md").stat().st_mtime}
    for report in ("tables", "figures", "page", "documents"):
        command = [sys.executable, "-m", "experiments.reports", report, "--results", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, done.stderr
    assert "gain short" in done.stdout  # printed, and written nowhere
    assert state() | {ROOT / "README.md": (ROOT / "README.md").stat().st_mtime} == before
    assert {path.name for path in tmp_path.iterdir()} == {"runs", "tables", "figures", "report"}


def test_documents_are_about_labels_of_two_values(tmp_path, monkeypatch):
    made_up.write(tmp_path / "both", "german", "fairtab", 0, "balance-10")
    facts = {name: value for name, value in made_up.facts("adult").items() if name != "positive"}
    monkeypatch.setattr(made_up, "facts", lambda _: facts | {"task": "regression"})
    values = {"utility/r2": 0.9, "fidelity/column_error": 0.1}
    for folder in ("both", "alone"):
        made_up.write(tmp_path / folder, "adult", "fairtab", 0, "balance-10", values=values)
    assert documents.blocks(tmp_path / "alone") == {}
    gain = documents.blocks(tmp_path / "both")["gain"]
    assert "german" in gain
    assert "adult" not in gain


def test_names_with_brackets_are_printed_as_they_are(capsys):
    """A word in brackets is no colour for the terminal."""
    name = "fairness/dpr/sex [self]"
    found = {"asked": "DPR at least 0.8", "met": True, "attributes": ["sex [self]"], "bounds": {"dpr": 0.8}}
    goal.show({**found, "validation": {name: 0.8}, "label_rate": {"sex [self]": {"f [x]": (0.1, 0.2)}}}, {name: 0.8})
    place = {"dataset": "loans", "method": "fairtab", "variant": "default", "seed": 0, "level": "native"}
    summary.show({**place, name: 0.8}, None, {})
    shown = capsys.readouterr().out
    assert "sex [self] f [x]" in shown
    assert shown.count("DPR ↑ sex [self]") == 2
