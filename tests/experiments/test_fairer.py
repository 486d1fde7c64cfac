"""Every way to be fairer, side by side: the table, the figure, and the marks of learners."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from experiments.figures import style
from experiments.learners import JUDGE, ORACLE, learner, learners
from experiments.reports.model.ways import to_oracle, ways
from experiments.reports.plots import drawing
from experiments.reports.text import goals
from experiments.reports.text.fairer import fairer, learners_table, nearest
from experiments.store import frames
from experiments.sweep import grid
from fairtab import Goal
from fairtab.metrics.score import WEIGHTS
from tests.experiments import made_up

BOTH = "FairTab, level 10, thresholds, demographic parity (g, r), 1 seed"


FACTS = {"adult": made_up.facts("adult")}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("results") / "runs"
    for seed in (0, 1, 2):
        made_up.write(root, "adult", "real", seed)
        made_up.write(root, "adult", "smote", seed)
        made_up.write(root, "adult", "independent", seed)
        made_up.write(root, "adult", "real", seed, learner="oracle", values=made_up.metrics("adult", 0.8))
        made_up.write(root, "adult", "real", seed, learner="reweighing", values=made_up.metrics("adult", 0.6))
        for level in (0, 1, 10):
            made_up.write(root, "adult", "fairtab", seed, f"balance-{level}", values=made_up.metrics("adult", 0.7))
    made_up.write(root, "adult", "fairtab", 0, "balance-10", learner="threshold", values=made_up.metrics("adult", 0.9))
    made_up.write(root, "adult", "smote", 0, learner="oracle")  # a ceiling of a synthetic table is no way to be fairer
    return root


def test_every_way_has_a_line_in_order_and_ours_is_bold(root):
    text = fairer(frames.frame(root), {"adult": made_up.facts("adult"), "bank": made_up.facts("bank")})
    shown = {words: cells for words, *cells in (line.strip("| ").split(" | ") for line in text.splitlines()[2:])}
    assert list(shown) == [
        "**adult** (sex)",
        "real table",
        "real table, reweighing",
        "real table, oracle (g)",
        "SMOTE",
        "**FairTab, level 0**",
        "**FairTab, level 10**",
        BOTH,
    ]
    header = text.splitlines()[0].strip("| ").split(" | ")
    assert header[:5] == ["AUC", "DPR", "EOR", "SCORE", "to oracle"]
    assert shown["real table, reweighing"][3:5] == ["0.600 ± 0.000", "0.200"]
    assert shown["**FairTab, level 10**"][4] == "0.100"


def test_the_real_table_is_all_of_its_rows_once(root, tmp_path):
    """Runs of experiment=rows, or of rows drawn again under a cap, are others."""
    shutil.copytree(root, tmp_path / "runs")
    before = fairer(frames.frame(root), FACTS)
    for level in ("native-rows-4x", "native-capped"):
        made_up.write(tmp_path / "runs", "adult", "real", 0, level, values=made_up.metrics("adult", 0.99))
    assert fairer(frames.frame(tmp_path / "runs"), FACTS) == before


def test_without_a_fair_learner_there_is_nothing_to_put_side_by_side(root):
    runs = frames.frame(root)
    assert "real table" not in fairer(runs[runs["learner"].eq(JUDGE)], {"adult": made_up.facts("adult")})


def test_the_oracle_is_of_the_first_attribute(root):
    runs = frames.frame(root)
    assert to_oracle(runs, 0.75, "sex", FACTS["adult"]) == "0.050"
    assert to_oracle(runs, 0.75, "race", FACTS["adult"]) == "-"


def test_the_oracles_attribute_does_not_depend_on_other_datasets(root):
    """Columns of one frame stand in the order of the first dataset, which may have other attributes."""
    runs = frames.frame(root)
    columns = [*runs.columns[runs.columns != "score/sex"], "score/sex"]
    assert to_oracle(runs[columns], 0.75, "sex", FACTS["adult"]) == "0.050"


def test_goals_say_their_distance_to_the_oracle(root, tmp_path):
    runs = frames.frame(root)
    ours = runs[runs["level"].eq("balance-10")]
    names = {"goal": "DPR at least 0.8", "goal/attributes": "sex"}
    asked = ours.assign(level="goal-dpr-0.8-sex", **names)
    capped = ours.assign(level="goal-dpr-0.8-sex-capped", **names, **{"score/sex": 0.1})
    other = runs[runs["level"].eq("balance-10-threshold")].assign(level="goal-eor-0.8-sex-threshold", **names)
    found = goals.lines(pd.concat([runs, asked, capped, other]), FACTS)
    place = goals.HEADINGS.index("to oracle")
    assert [(words, cells[place]) for _, words, cells in found] == [
        ("DPR at least 0.8", "0.100"),
        ("level 0", "0.100"),
        ("level 10", "0.100"),
    ]


def test_a_goal_about_several_attributes_has_lines_for_each(root):
    runs = frames.frame(root)
    ours = runs[runs["level"].eq("balance-10")].assign(**{"fairness/dpr/race": 0.25})
    asked = ours.assign(level="goal-score", goal="the most of AUC", **{"goal/attributes": "sex, race"})
    found = goals.lines(pd.concat([runs, asked]), FACTS)
    dpr = goals.HEADINGS.index("DPR")
    ratios = {place: cells[dpr] for place, words, cells in found if words.startswith("the most of AUC")}
    assert list(ratios) == ["adult (sex, race), ratios of sex", "adult (sex, race), ratios of race"]
    assert ratios["adult (sex, race), ratios of race"].startswith("0.250")


def test_a_goal_with_groups_of_equal_size_has_a_line_of_its_own(root):
    runs = frames.frame(root)
    ours = runs[runs["level"].eq("balance-10")].assign(**{"goal/attributes": "sex"})
    natural, uniform = Goal(weights=WEIGHTS), Goal(weights=WEIGHTS, groups="uniform")
    levels = {"goal-score-sex": natural, "goal-score-groups-10-sex": uniform}
    asked = [ours.assign(level=level, goal=str(goal)) for level, goal in levels.items()]
    found = [words for _, words, _ in goals.lines(pd.concat([runs, *asked]), FACTS)]
    assert found == [str(natural), str(uniform), "level 0", "level 10"]
    assert len(grid.for_score(pd.concat([runs, *asked]), "sex")) == len(ours)
    shown = [way.words for way in ways(pd.concat([runs, *asked]), "sex") if "goal=score" in way.words]
    assert shown == ["FairTab, goal=score", "FairTab, goal=score, groups at level 10"]


def test_the_figure_has_a_point_for_every_way(root, tmp_path, monkeypatch):
    drawn = {}
    monkeypatch.setattr(style, "save", lambda figure, stem: drawn.update({stem.name: figure}))
    drawing.draw(root, tmp_path)
    labels = [text.get_text() for text in drawn["fairer-adult"].legends[0].get_texts()]
    assert labels == [way.words for way in ways(frames.frame(root), "sex")]
    gains = [text.get_text() for text in drawn["gains-adult"].legends[0].get_texts()]
    assert gains == ["real table", "SMOTE", "FairTab"]  # of the judge alone


def test_learners_are_in_order_and_marked():
    names = [known.name for known in learners()]
    assert (names[0], names[-1]) == (JUDGE, ORACLE)
    marks = {name: (learner(name).needs_group, learner(name).randomised) for name in names}
    assert marks == {
        "catboost": (False, False),
        "reductions": (False, True),
        "reductions_eo": (False, True),
        "reweighing": (False, False),
        "threshold": (True, True),
        "threshold_eo": (True, True),
        "oracle": (True, False),
    }
    assert learner("threshold").marked == "thresholds, demographic parity (g, r)"
    assert learner("mine").marked == "mine"
    assert [line.split(" | ")[-1] for line in learners_table().splitlines()[2:]][-1] == "test labels |"


def test_the_best_way_of_each_kind_stands_beside_the_oracle(root):
    text = nearest(frames.frame(root), {"adult": made_up.facts("adult"), "bank": made_up.facts("bank")})
    header, _, *rows = (line.strip("| ").split(" | ") for line in text.splitlines())
    assert dict(zip(header, rows[0][1:], strict=True)) == {
        "oracle": "real table, oracle (g): 0.800 (0.000)",
        "the judge": "real table: 0.500 (0.300)",
        "best learner, real table": "real table, reweighing: 0.600 (0.200)",
        "best table of others": "SMOTE: 0.500 (0.300)",
        "best table of FairTab": "FairTab, level 0: 0.700 (0.100)",
        "best learner on a synthetic table": BOTH + ": 0.900 (-0.100)",
    }
    assert len(rows) == 1  # no line without an oracle


def test_goals_for_other_attributes_are_no_second_line_of_one_name(root):
    runs = frames.frame(root)
    ours = runs[runs["level"].eq("balance-10")]
    levels = {"goal-dpr-0.8-sex": "sex", "goal-dpr-0.8-race": "race", "goal-dpr-0.8": "sex, race"}
    asked = [
        ours.assign(level=level, goal="DPR at least 0.8, then", **{"goal/attributes": about})
        for level, about in levels.items()
    ]
    found = [way for way in ways(pd.concat([runs, *asked]), "sex") if "DPR at least" in way.words]
    assert [set(way.runs["level"]) for way in found] == [{"goal-dpr-0.8-sex"}]
