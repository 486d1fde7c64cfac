import numpy as np
import pandas as pd
import pytest

from experiments.figures import style
from experiments.reports.model import tradeoff
from experiments.reports.plots import counts, curves, drawing
from experiments.store import frames
from experiments.store.run import Run
from experiments.sweep import grid
from tests.experiments import made_up


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Runs of one dataset: the ceiling, a fair method, ours at three levels, and a floor with undefined ratios."""
    root = tmp_path_factory.mktemp("results") / "runs"
    for seed in (0, 1):
        made_up.write(root, "adult", "real", seed)
        made_up.write(root, "adult", "faircb", seed)
        made_up.write(root, "adult", "independent", seed, values=made_up.metrics("adult") | undefined())
        for level in (0, 5, 10):
            made_up.write(
                root, "adult", "fairtab", seed, f"balance-{level}", values=made_up.metrics("adult", level / 20)
            )
    return root


def undefined() -> dict[str, float]:
    return {name: float("nan") for name in made_up.metrics("adult") if name.startswith(("fairness", "score"))}


@pytest.mark.slow
def test_every_figure_the_same_bytes_each_time(root, tmp_path):
    drawing.draw(root, tmp_path / "a")
    names = {
        f"{name}-adult.{kind}" for name in ("levels", "gains", "groups", "shares", "columns") for kind in ("svg", "png")
    } | {"threeway.svg", "threeway.png"}
    assert {path.name for path in (tmp_path / "a").iterdir()} == names
    drawing.draw(root, tmp_path / "b")
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_counts_are_summed_over_seeds_of_the_protocols_runs(root):
    found = counts.counts_by_method(root, "adult")
    assert list(found) == ["real table", "FairCB", "FairTab", "independent columns"]
    assert found["FairTab"]["groups"]["sex"]["counts"] == [[80, 20], [80, 20]]  # of level 10 alone, two seeds
    assert found["real table"]["groups"]["sex"]["counts"] == [[100, 36], [60, 4]]
    assert list(counts.counts_by_method(root, "adult", ("fair",))) == ["FairCB", "FairTab"]


def test_values_that_some_tables_lack_are_summed_as_none(root):
    a, b = made_up.counts("adult"), made_up.counts("adult")
    b["columns"]["job"] = {"values": ["nurse", "clerk"], "counts": [60, 40]}
    both = counts.total([a, None, b])
    assert both["rows"] == 200
    assert both["columns"]["job"] == {"values": ["clerk", "nurse", "missing"], "counts": [110, 85, 5]}
    assert both["columns"]["age"]["counts"] == [40, 100, 60]
    assert counts.total([None]) is None


def test_the_best_level_is_the_one_with_the_best_score(root, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(style, "save", lambda figure, stem: drawn.append(figure))
    frame = tradeoff.tradeoff(frames.frame(root))
    curves.levels(frame.loc[["adult"]], tmp_path / "levels")
    starred = {tuple(np.asarray(axis.collections[-1].get_offsets())[0]) for axis in drawn[0].axes}
    assert {x for x, _ in starred} == {10}
    curve = drawn[0].axes[0].lines[0]
    assert curve.get_xdata().tolist() == [0, 5, 10]
    assert curve.get_ydata().tolist() == [0, 0.25, 0.5]


def test_a_method_without_a_ratio_has_no_point(root, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(style, "save", lambda figure, stem: drawn.append(figure))
    runs = grid.protocol(frames.frame(root))
    curves.gains(runs, "sex", tmp_path / "gains")
    labels = [text.get_text() for text in drawn[0].legends[0].get_texts()]
    assert labels == ["real table", "FairCB", "FairTab"]


def test_what_a_goal_gave_is_a_point_of_its_own_and_the_floor_none(root, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(style, "save", lambda figure, stem: drawn.append(figure))
    made_up.write(root, "adult", "fairtab", 0, "goal-score-sex")
    made_up.write(root, "adult", "independent", 0)
    drawing.draw(root, tmp_path)
    gains = next(figure for figure in drawn if figure.axes[0].get_xlabel() == "DPR sex")
    labels = [text.get_text() for text in gains.legends[0].get_texts()]
    assert labels == ["real table", "FairCB", "FairTab", "FairTab, goal=score"]


def test_runs_that_kept_no_counts_have_no_figure_of_them(root, tmp_path):
    place = {"method": "real", "variant": "default", "seed": 0, "level": "native"}
    bare = Run(tmp_path / "runs", dataset="adult", **place)
    bare.write_dataset(made_up.facts("adult"))
    bare.finish({"metrics": made_up.metrics("adult"), "notes": [], "evaluation": {}})
    drawing.draw(tmp_path / "runs", tmp_path / "figures")
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"gains-adult.png", "gains-adult.svg"}


def with_goal(root, dataset, level, *, variant="default", about="sex", value=0.5):
    """A run of FairTab that searched for SCORE, with one joint that it measured."""
    run = made_up.write(root, dataset, "fairtab", 0, level, variant=variant)
    result = run.recorded()
    goal = {"asked": "the most of SCORE", "attributes": about.split(", "), "validation": made_up.metrics(dataset)}
    run.finish({**result, "goal": goal})
    joint = pd.DataFrame([made_up.metrics(dataset, value)])
    run.write_search(joint, joint, {})


def points(figure, label):
    """How many points a figure's first panel has under a label."""
    return sum(len(drawn.get_offsets()) for drawn in figure.axes[0].collections if drawn.get_label() == label)


def test_published_methods_stand_beside_the_papers_table_alone(tmp_path, monkeypatch):
    """The paper's COMPAS is `compas_openml` here, and our `compas` is another table."""
    drawn = {}
    monkeypatch.setattr(style, "save", lambda figure, stem: drawn.update({stem.name: figure}))
    monkeypatch.setitem(made_up.ATTRIBUTES, "compas_openml", ["sex", "race"])
    monkeypatch.setitem(made_up.PAPER, "compas_openml", {"name": "compas", "attribute": "sex"})
    for dataset in ("compas", "compas_openml"):
        with_goal(tmp_path, dataset, "goal-score-sex")
    drawing.draw(tmp_path, tmp_path / "figures")
    assert points(drawn["goals-compas"], "published methods") == 0
    assert points(drawn["goals-compas_openml"], "published methods") > 3


def test_the_joints_in_a_figure_are_those_of_the_goals_in_it(tmp_path, monkeypatch):
    """Searches of another variant, of another attribute, or of a named sampling are left out."""
    drawn = {}
    monkeypatch.setattr(style, "save", lambda figure, stem: drawn.update({stem.name: figure}))
    with_goal(tmp_path, "adult", "goal-score-sex")
    with_goal(tmp_path, "adult", "goal-score-sex", variant="small")
    with_goal(tmp_path, "adult", "goal-score-race", about="race")
    with_goal(tmp_path, "adult", "goal-score-sex-capped")
    drawing.draw(tmp_path, tmp_path / "figures")
    assert points(drawn["goals-adult"], "joints searched (expected)") == 1
    assert points(drawn["goals-adult"], "the most of SCORE") == 1


@pytest.mark.parametrize("variant", ["short", "epsilon-3"])
def test_a_dataset_without_runs_of_the_default_has_the_figures_that_it_can_have(tmp_path, variant):
    for method, level in (("real", "native"), ("smote", "native"), ("fairtab", "balance-5")):
        made_up.write(tmp_path, "adult", method, 0, level, variant=variant)
    drawing.draw(tmp_path, tmp_path / "figures")
    assert not list((tmp_path / "figures").glob("gains-*"))


def test_a_label_that_is_not_of_two_values_has_no_figure_of_ratios(tmp_path, monkeypatch):
    facts = {name: value for name, value in made_up.facts("adult").items() if name != "positive"}
    monkeypatch.setattr(made_up, "facts", lambda _: facts | {"task": "classes"})
    for level in (0, 10):
        values = {"utility/macro_auc": 0.9, "fidelity/column_error": 0.1}
        made_up.write(tmp_path, "adult", "fairtab", 0, f"balance-{level}", values=values)
    drawing.draw(tmp_path, tmp_path / "figures")
    assert not list((tmp_path / "figures").glob("levels-*"))


def test_there_are_as_many_curves_as_methods_however_many(root, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(style, "save", lambda figure, stem: drawn.append(figure))
    one = tradeoff.tradeoff(frames.frame(root)).loc[["adult"]].xs("fairtab", level="method", drop_level=False)
    many = pd.concat([one.rename({"fairtab": f"mine-{i}"}, level="method") for i in range(20)])
    curves.levels(many, tmp_path / "levels")
    assert sum(line.get_label().startswith("mine") for line in drawn[0].axes[0].lines) == 20


def test_names_of_points_that_are_far_below_take_no_room_from_the_panels():
    figure, axes = style.grid(1, 2, sharey=True)
    heights = {"best": 0.9, "second": 0.89} | {f"a generator with a name, {i}": 0.5 for i in range(9)}
    for axis in axes[0]:
        axis.scatter([0.1] * len(heights), heights.values(), label="all")
    style.leave_out_far_below(axes[0], heights)
    figure.canvas.draw()
    (text,) = axes[0, 0].texts
    panel, small_print = axes[0, 0].get_window_extent(), text.get_window_extent()
    assert panel.width / figure.dpi > 0.6 * style.PANEL[0]
    assert small_print.width < panel.width
    assert all(name in text.get_text().replace("\n", " ") for name in heights if heights[name] < 0.8)
