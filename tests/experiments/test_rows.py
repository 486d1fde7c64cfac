"""Quality against the number of synthetic rows (experiment=rows)."""

import pytest

from experiments.reports.model.rows import by_rows
from experiments.reports.plots import drawing
from experiments.reports.text.gain import gain
from experiments.reports.text.rows import rows
from experiments.store import frames
from experiments.sweep import grid
from tests.experiments import made_up

FACTS = {"adult": made_up.facts("adult")}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The real table, FairTab at level 10 and for SCORE with more rows too, and SMOTE with the usual rows only."""
    root = tmp_path_factory.mktemp("results") / "runs"
    for seed in (0, 1):
        made_up.write(root, "adult", "real", seed)
        made_up.write(root, "adult", "smote", seed)
        for level in ("balance-10", "goal-score-sex"):
            for times, ending in ((1, ""), (4, "-rows-4x"), (8, "-rows-8x")):
                value = 0.5 + times / 100 + seed / 1000
                made_up.write(root, "adult", "fairtab", seed, level + ending, values=made_up.metrics("adult", value))
    return root


@pytest.fixture
def runs(root):
    return frames.frame(root)


def test_tables_with_several_numbers_of_rows_are_averaged_over_seeds(runs):
    frame = by_rows(runs, "sex")
    assert list(frame.index) == [
        (table, times) for table in ("FairTab, goal=score", "FairTab, level 10") for times in (1, 4, 8)
    ]
    mean = frame["utility/auc", "mean"].loc["FairTab, level 10"]
    assert mean.to_dict() == pytest.approx({1: 0.5105, 4: 0.5405, 8: 0.5805})
    assert frame["utility/auc", "count"].eq(2).all()


def test_without_more_rows_there_is_nothing_to_compare(runs):
    usual = runs[grid.multiple(runs).eq(1)]
    assert by_rows(usual, "sex").empty
    assert len(rows(usual, FACTS).splitlines()) == 2  # the header alone


def test_a_table_of_more_rows_is_never_taken_for_the_usual_one(runs):
    assert set(grid.protocol(runs)["level"]) == {"balance-10", "native"}
    assert set(grid.for_score(runs, "sex")["level"]) == {"goal-score-sex"}
    assert set(grid.for_score(runs, "sex", 4)["level"]) == {"goal-score-sex-rows-4x"}


def test_four_times_the_rows_have_a_line_among_the_gains(runs):
    lines = {line.split(" | ")[0].strip("| "): line for line in gain(runs, FACTS).splitlines()}
    assert "0.510" in lines["**FairTab, `goal=score`**, 2 seeds"]
    assert "0.540" in lines["**FairTab, `goal=score`, 4 times the rows**, 2 seeds"]


def test_the_table_has_a_line_for_each_number_of_rows(runs):
    lines = rows(runs, FACTS).splitlines()
    assert [line.split(" | ")[0].strip("| ") for line in lines[3:]] == [
        f"FairTab, {table}, {times}x, 2 seeds" for table in ("goal=score", "level 10") for times in (1, 4, 8)
    ]


def test_the_figure_is_drawn_where_there_are_several_numbers_of_rows(root, tmp_path):
    drawing.draw(root, tmp_path)
    assert (tmp_path / "rows-adult.png").exists()


@pytest.mark.parametrize(
    ("levels", "chosen"),
    [
        (["goal-score", "goal-score-sex"], "goal-score-sex"),
        (["goal-score", "goal-score-race"], "goal-score"),
        (["goal-score-dpr-0.8-sex", "goal-score-sex-capped", "goal-score-own", "goal-score"], "goal-score"),
    ],
)
def test_the_goal_of_score_is_one_level_the_shown_attributes_or_that_of_all(tmp_path, levels, chosen):
    """Goals of other attributes, with bounds, or under a named sampling are not further seeds of it."""
    for level in levels:
        made_up.write(tmp_path, "adult", "fairtab", 0, level)
    assert grid.for_score(frames.frame(tmp_path), "sex")["level"].tolist() == [chosen]
