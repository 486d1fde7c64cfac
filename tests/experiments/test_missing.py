"""Quality against the share of missing values (experiment=missing)."""

import shutil

import pytest

from experiments.reports import documents
from experiments.reports.model import missing as model
from experiments.reports.plots import drawing
from experiments.reports.text.missing import missing
from experiments.store import frames
from tests.experiments import made_up


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The real table and FairTab, with all values and with some missing; SMOTE has all values only."""
    results = tmp_path_factory.mktemp("results")
    for seed in (0, 1):
        made_up.write(results / "runs", "adult", "smote", seed)
        for method, level in (("real", "native"), ("fairtab", "balance-10")):
            made_up.write(results / "runs", "adult", method, seed, level, values=made_up.metrics("adult", 0.9))
            for rate in (0.05, 0.3):
                values = made_up.metrics("adult", 0.9 - rate + seed / 100)
                place = results / "missing" / "runs", f"adult-missing-{rate}-random"
                made_up.write(*place, method, seed, level, values=values)
    return results / "runs"


def test_runs_with_all_values_stand_at_the_share_0(root):
    frame = model.by_rate(frames.beside(root, "missing"), frames.frame(root), "sex")
    assert list(frame.index) == [
        ("random", method, rate) for method in ("real table", "FairTab") for rate in (0.0, 0.05, 0.3)
    ]
    mean = frame["utility/auc", "mean"].loc["random", "FairTab"]
    assert mean.to_dict() == pytest.approx({0.0: 0.9, 0.05: 0.855, 0.3: 0.605})


def test_a_line_has_each_metric_at_each_share(root):
    header, _, group, real, ours = missing(
        frames.beside(root, "missing"), frames.frame(root), frames.datasets(root)
    ).splitlines()
    assert header.split(" | ")[1:4] == ["AUC, 0%", "AUC, 5%", "AUC, 30%"]
    assert "missing at random" in group
    assert [real.split(" | ")[0], ours.split(" | ")[0]] == ["| real table, 2 seeds", "| FairTab, 2 seeds"]
    assert ours.split(" | ")[3].startswith("0.605")


def test_the_benchmarks_tables_do_not_have_them(root):
    blocks = documents.blocks(root)
    assert [name for name, text in blocks.items() if "missing-0.05" in text] == []
    assert "0.605" in blocks["missing"]


def test_the_figure_is_drawn_of_datasets_with_missing_values(root, tmp_path):
    drawing.draw_missing(frames.beside(root, "missing"), frames.frame(root), frames.datasets(root), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"missing-adult.png", "missing-adult.svg"}


def test_without_such_runs_there_is_nothing(tmp_path):
    made_up.write(tmp_path / "runs", "adult", "real", 0)
    runs = tmp_path / "runs"
    drawing.draw_missing(
        frames.beside(runs, "missing"), frames.frame(runs), frames.datasets(runs), tmp_path / "figures"
    )
    assert not (tmp_path / "figures").exists()
    assert "missing" not in documents.blocks(tmp_path / "runs")


def test_a_line_has_the_seeds_that_were_run_at_each_share_and_says_how_many(root, tmp_path):
    shutil.copytree(root.parent, tmp_path / "results")
    place = tmp_path / "results" / "missing" / "runs", "adult-missing-0.05-random"
    made_up.write(*place, "fairtab", 2, "balance-10", values=made_up.metrics("adult", 0.1))
    runs = tmp_path / "results" / "runs"
    *_, ours = missing(frames.beside(runs, "missing"), frames.frame(runs), frames.datasets(runs)).splitlines()
    assert ours.startswith("| FairTab, 2 seeds | 0.900 ± 0.000 | 0.855 ± 0.007 |")
    shutil.rmtree(
        tmp_path / "results" / "missing" / "runs" / "adult-missing-0.3-random" / "real" / "default" / "seed-1"
    )
    *_, real, _ = missing(frames.beside(runs, "missing"), frames.frame(runs), frames.datasets(runs)).splitlines()
    assert real.startswith("| real table, 1 seed |")
