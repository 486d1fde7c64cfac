"""The look of figures: no entry of a legend is cut off, and one far point does not hide all others."""

import pytest

from experiments.figures import style


@pytest.mark.parametrize("n_entries", [2, 30])
def test_a_figure_is_as_high_as_its_legend(n_entries, tmp_path):
    figure, axes = style.grid(1, 1)
    for i in range(n_entries):
        axes[0, 0].scatter(i, i, label=f"method {i}")
    style.legend_outside(figure, axes[0, 0])
    style.save(figure, tmp_path / "figure")
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert box.y0 >= 0
    assert box.y1 <= figure.bbox.y1


@pytest.mark.parametrize("goal", ["short", "the most of 0.5 AUC + 0.25 DPR + 0.25 EOR, with groups at level 10 of 10"])
def test_a_legend_below_is_no_wider_than_its_figure(goal, tmp_path):
    figure, axes = style.grid(1, 2)
    for words in [
        "joints searched (expected)",
        "level 0",
        "level 10",
        "DPR at least 0.8, then the most of AUC",
        goal,
    ] * 2:
        axes[0, 0].scatter(0, 0, label=words)
    style.legend_below(figure, axes[0, 0])
    style.save(figure, tmp_path / "figure")
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.x1
    assert axes[0, 0].get_window_extent().height > 0.75 * style.PANEL[1] * figure.dpi


def test_points_far_below_the_best_are_named_and_left_out():
    _, axes = style.grid(1, 2, sharey=True)
    heights = {"best": 0.93, "near": 0.88, "far": 0.77, "farther": 0.55}
    for axis in axes[0]:
        axis.scatter([0] * 4, list(heights.values()))
    style.leave_out_far_below(axes[0], heights)
    bottom, top = axes[0, 1].get_ylim()
    assert 0.77 < bottom < 0.88 < 0.93 < top
    assert [text.get_text() for text in axes[0, 0].texts] == ["below: far (0.770), farther (0.550)"]


def test_one_point_near_the_best_is_enough():
    _, axes = style.grid(1, 1)
    style.leave_out_far_below(axes[0], {"best": 0.93, "far": 0.5})
    bottom, top = axes[0, 0].get_ylim()
    assert bottom < 0.93 < top


def test_if_no_point_is_far_the_axis_stays_as_it_is():
    _, axes = style.grid(1, 1)
    axes[0, 0].scatter([0, 0], [0.93, 0.88])
    before = axes[0, 0].get_ylim()
    style.leave_out_far_below(axes[0], {"best": 0.93, "near": 0.88})
    assert axes[0, 0].get_ylim() == before
