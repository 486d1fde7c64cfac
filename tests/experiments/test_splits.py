"""Quality over several splits of the rows (experiment=splits)."""

import numpy as np
import pytest

from experiments.reports import documents
from experiments.reports.model import splits as model
from experiments.reports.text.splits import splits
from experiments.store import frames
from tests.experiments import made_up

NOISE = [0.0, 0.01, -0.01, 0.005, -0.005]  # what a split does to every method alike


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """FairTab is better than SMOTE by nearly the same on each of five splits, and about as good as CTGAN."""
    results = tmp_path_factory.mktemp("results")
    made_up.write(results / "runs", "adult", "real", 0)
    for i, noise in enumerate(NOISE, start=1):
        place = results / "splits" / "runs", f"adult-split-{i}"
        for method, level, value in (
            ("fairtab", "balance-10", 0.8),
            ("fairtab", "goal-score-sex", 0.8 + noise),
            ("smote", "native", 0.6 + i / 1000),
        ):
            made_up.write(*place, method, 0, level, values=made_up.metrics("adult", value + noise))
    return results / "runs"


def test_an_interval_by_hand():
    """Four splits with test tables half as large as training tables: (1/4 + 1/2) times the variance."""
    found = model.compare(np.array([0.1, 0.2, 0.1, 0.2]), n_test=50, n_train=100)
    half = 3.18244631 * np.sqrt(0.75 * 0.01 / 3)  # t of 3 degrees of freedom
    assert found["difference"] == pytest.approx(0.15)
    assert (found["low"], found["high"]) == pytest.approx((0.15 - half, 0.15 + half))


def test_of_splits_that_share_rows_fewer_differences_hold():
    """Without the correction, a t-test would claim this difference."""
    differences = np.array([0.02, 0.01, 0.03, 0.02, 0.005])
    assert model.compare(differences, n_test=0, n_train=100)["p"] < 0.05
    assert model.compare(differences, n_test=50, n_train=100)["p"] > 0.05


def test_what_a_split_does_to_all_methods_cancels(root):
    facts = made_up.facts("adult")
    claims = model.claims(frames.beside(root, "splits"), facts, "sex").set_index(["metric", "a", "b"])
    level, goal = "FairTab, level 10", "FairTab, goal=score"
    assert claims.loc[("score/sex", level, "SMOTE"), "p_holm"] < 0.001
    assert claims.loc[("score/sex", level, goal), "p_holm"] > 0.5


def test_the_table_says_what_is_better_than_what(root):
    lines = splits(frames.beside(root, "splits"), frames.datasets(root)).splitlines()
    cells = {line.split(" | ")[0].strip("| "): line.strip("| ").split(" | ") for line in lines[3:]}
    assert cells["FairTab, level 10"][-2:] == ["5", "SMOTE"]
    assert cells["SMOTE"][-1] == "-"


def test_the_benchmarks_tables_do_not_have_them(root):
    blocks = documents.blocks(root)
    assert [name for name, text in blocks.items() if "SMOTE" in text and name not in ("splits", "methods")] == []
    assert "SMOTE" in blocks["splits"]


def test_a_ratio_that_is_undefined_on_all_splits_is_a_dash(root):
    runs = frames.beside(root, "splits")
    runs.loc[runs["method"].eq("smote"), "fairness/dpr/sex"] = np.nan
    lines = splits(runs, frames.datasets(root)).splitlines()
    smote = next(line for line in lines if line.startswith("| SMOTE"))
    assert smote.split(" | ")[2] == "-"
