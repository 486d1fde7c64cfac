"""The table and the figure of utility against epsilon."""

import pandas as pd
import pytest

from experiments.reports.model import private
from experiments.reports.plots.drawing import draw
from experiments.reports.plots.private import private as drawn
from experiments.store import frames
from tests.experiments import made_up


@pytest.fixture
def root(tmp_path):
    auc = {"epsilon-1": 0.7, "epsilon-3": 0.8, "epsilon-10": 0.85, "default": 0.9}
    for seed in (0, 1):
        for variant, value in auc.items():
            values = made_up.metrics("adult", **{"utility/auc": value + 0.02 * seed, "fairness/dpr/sex": 0.7})
            for method, level in (("fairtab", "balance-10"), ("aim", "native")):
                made_up.write(tmp_path, "adult", method, seed, level, variant=variant, values=values)
    return tmp_path


def test_the_table_has_each_epsilon_and_none_for_what_can_be_fitted_without(root):
    frame = private.private(frames.frame(root))
    assert frame.loc["adult", "balance-10", 3.0, "fairtab"]["utility/auc", "mean"] == pytest.approx(0.81)
    assert frame.loc["adult", "balance-10", private.WITHOUT, "fairtab"]["utility/auc", "mean"] == pytest.approx(0.91)
    assert frame.loc["adult", "balance-10", 1.0, "fairtab"]["dpr", "mean"] == pytest.approx((0.7 + 0.5) / 2)
    assert ("adult", "native", 10.0, "aim") in frame.index
    assert ("adult", "native", private.WITHOUT, "aim") not in frame.index
    made_up.write(root, "bank", "fairtab", 0, "balance-10")
    assert "bank" not in private.private(frames.frame(root)).index.get_level_values("dataset")
    text = private.files(frames.frame(root))["epsilon.md"]
    assert "| FairTab, level 10, epsilon 3, 2 seeds |" in text
    assert "| FairTab, level 10, not private, 2 seeds |" in text
    for epsilon in (1, 3, 10):
        made_up.write(root, "adult", "aim", 2, "native", variant=f"epsilon-{epsilon}")
    assert "own joint, epsilon 3 |" in private.files(frames.frame(root))["epsilon.md"]  # all that are asked for


def test_without_private_runs_there_is_neither_table_nor_figure(tmp_path):
    made_up.write(tmp_path, "adult", "fairtab", 0, "balance-10")
    assert private.files(frames.frame(tmp_path)) == {}
    draw(tmp_path, tmp_path / "figures")
    assert not (tmp_path / "figures" / "epsilon-adult.png").exists()


@pytest.mark.slow
def test_the_figure_is_drawn_for_each_dataset_with_private_runs(root):
    draw(root, root / "figures")
    assert (root / "figures" / "epsilon-adult.svg").stat().st_size > 10_000
    assert isinstance(private.private(frames.frame(root)), pd.DataFrame)


def test_private_runs_of_other_levels_alone_are_no_reason_to_fail(tmp_path):
    made_up.write(tmp_path, "adult", "real", 0)
    made_up.write(tmp_path, "adult", "fairtab", 0, "balance-5", variant="epsilon-3")
    assert private.files(frames.frame(tmp_path)) == {}


def test_there_are_as_many_lines_against_epsilon_as_methods_however_many(root, tmp_path):
    one = private.private(frames.frame(root)).xs("aim", level="method", drop_level=False)
    many = pd.concat([one.rename({"aim": f"mine-{i}"}, level="method") for i in range(20)])
    drawn(many, tmp_path / "epsilon")
    assert (tmp_path / "epsilon.svg").exists()
