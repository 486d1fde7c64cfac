import json

import numpy as np
import pandas as pd
import pytest

from fairtab.errors import InputError
from fairtab.joint import Joint, apportion, requested, small_cells
from fairtab.table import Schema, Table

SCHEMA = Schema((), (), "y", 1, ("s",))


def table(cells: dict[tuple[int, str], int]) -> Table:
    rows = [cell for cell, n in cells.items() for _ in range(n)]
    return Table(pd.DataFrame(rows, columns=["y", "s"]), SCHEMA)


SKEWED = {(0, "a"): 8, (0, "b"): 4, (1, "a"): 6, (1, "b"): 2}  # p(y = 1) = 0.4


def probability(joint: Joint) -> dict[tuple[int, str], float]:
    return {cell: pytest.approx(p) for cell, p in joint.probability.items()}


def test_the_tables_own_joint():
    assert probability(Joint.from_table(table(SKEWED))) == {cell: n / 20 for cell, n in SKEWED.items()}


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (0, {(0, "a"): 0.4, (0, "b"): 0.2, (1, "a"): 0.3, (1, "b"): 0.1}),
        # y = 0: groups 2/3 and 1/3 around 1/2; y = 1: 3/4 and 1/4; half-way to 1/2; times p(y) = 0.6 and 0.4
        (5, {(0, "a"): 0.35, (0, "b"): 0.25, (1, "a"): 0.25, (1, "b"): 0.15}),
        (10, {(0, "a"): 0.3, (0, "b"): 0.3, (1, "a"): 0.2, (1, "b"): 0.2}),
    ],
)
def test_equation_8_by_hand(level, expected):
    assert probability(Joint.from_table(table(SKEWED)).balanced(level)) == expected


def test_equation_8_takes_combinations_of_attributes_also_those_never_seen():
    frame = pd.DataFrame({"y": [0, 0, 0, 1], "s": ["a", "a", "b", "a"], "r": ["u", "v", "u", "u"]})
    joint = Joint.from_table(Table(frame, Schema((), (), "y", 1, ("s", "r")))).balanced(10)
    assert joint.probability.loc[0].tolist() == pytest.approx([0.75 / 4] * 4)
    assert joint.probability.loc[1].tolist() == pytest.approx([0.25 / 4] * 4)


@pytest.mark.parametrize("level", [-1, 10.5, 11])
def test_levels_end_at_ten(level):
    with pytest.raises(InputError, match="from 0 to 10"):
        Joint.from_table(table(SKEWED)).balanced(level)


@pytest.mark.parametrize("n", [1, 7, 1000, 1001])
@pytest.mark.parametrize("level", [0, 3, 10])
def test_a_draw_has_the_joint_itself_to_less_than_a_row(n, level):
    joint = Joint.from_table(table(SKEWED)).balanced(level)
    drawn = joint.draw(n, seed=0)
    counts = drawn.value_counts().reindex(joint.probability.index, fill_value=0)
    assert len(drawn) == n
    assert np.abs(counts - joint.probability * n).max() < 1


def test_a_draw_is_in_random_order_set_by_its_seed():
    joint = Joint.from_table(table(SKEWED))
    assert joint.draw(100, seed=0).equals(joint.draw(100, seed=0))
    assert not joint.draw(100, seed=0).equals(joint.draw(100, seed=1))
    assert not joint.draw(100, seed=0).sort_values(["y", "s"]).index.is_monotonic_increasing


def test_a_joint_must_be_a_distribution():
    index = pd.MultiIndex.from_product([[0, 1], ["a"]], names=["y", "s"])
    with pytest.raises(InputError, match=r"sum of 1\.1"):
        Joint(pd.Series([0.5, 0.6], index=index))
    with pytest.raises(InputError, match="at least 0"):
        Joint(pd.Series([1.5, -0.5], index=index))


def test_a_joint_survives_json_values():
    joint = Joint.from_table(table(SKEWED))
    again = Joint.from_dict(json.loads(json.dumps(joint.to_dict())))
    pd.testing.assert_series_equal(again.probability, joint.probability, check_names=False)
    assert list(again.probability.index.names) == ["y", "s"]


def test_small_cells_are_named_also_empty_ones():
    assert small_cells(table({(0, "a"): 9, (0, "b"): 9, (1, "a"): 3}), 5).to_dict() == {(1, "a"): 3, (1, "b"): 0}


def odds(p: float) -> float:
    return float(np.log(p / (1 - p)))


TWO = Joint.from_table(
    Table(
        pd.DataFrame(
            [(1, "a", "u")] * 6 + [(0, "a", "u")] * 4 + [(1, "b", "u")] * 2 + [(0, "b", "v")] * 8,
            columns=["y", "s", "r"],
        ),
        Schema((), (), "y", 1, ("s", "r")),
    )
)


def test_without_offsets_the_label_is_independent_of_all_attributes_at_once_and_both_margins_stay():
    joint = TWO.with_odds(1)
    p = joint.probability
    assert p.loc[1].to_numpy() == pytest.approx(0.4 * TWO.groups.to_numpy())
    assert joint.groups.to_numpy() == pytest.approx(TWO.groups.to_numpy())
    assert p.loc[1].sum() == pytest.approx(0.4)


def test_a_group_that_a_joint_does_not_have_has_no_rate():
    p = TWO.probability
    few = Joint(p[p.index.get_level_values("s") == "a"] / p[p.index.get_level_values("s") == "a"].sum())
    rates = TWO.rates_beside(few, 1)["s"]
    assert rates["a"][1] == pytest.approx(TWO.rate_of(1, "s", "a"))
    assert rates["b"] == [pytest.approx(TWO.rate_of(1, "s", "b")), None]


def test_offsets_move_the_labels_log_odds_of_a_group_and_add_up_over_attributes():
    joint = TWO.with_odds(1, {"s": {"b": 0.7}, "r": {"v": -0.2}}, rate=0.3)
    p = joint.probability
    assert p.loc[1].sum() == pytest.approx(0.3)
    rate = {
        group: odds(p[(1, *group)] / (p[(1, *group)] + p[(0, *group)]))
        for group in [("a", "u"), ("b", "u"), ("b", "v")]
    }
    assert rate["b", "u"] - rate["a", "u"] == pytest.approx(0.7)
    assert rate["b", "v"] - rate["b", "u"] == pytest.approx(-0.2)
    assert joint.rate_of(1, "s", "a") < 0.3 < joint.rate_of(1, "s", "b")


def test_offsets_by_hand():
    """Equal groups, one offset of log 4, half of all positive: odds 1/2 and 2, since 1/3 + 2/3 = 1."""
    joint = Joint.from_table(table({(0, "a"): 1, (0, "b"): 1, (1, "a"): 1, (1, "b"): 1}))
    assert probability(joint.with_odds(1, {"s": {"b": np.log(4)}})) == {
        (0, "a"): 1 / 3,
        (0, "b"): 1 / 6,
        (1, "a"): 1 / 6,
        (1, "b"): 1 / 3,
    }


@pytest.mark.parametrize("level", [0, 4, 10])
def test_sizes_of_groups_go_toward_uniform_by_level_whatever_the_offsets(level):
    sizes = TWO.with_odds(1, {"s": {"b": 2.0}}, level=level).groups
    assert sizes.to_numpy() == pytest.approx((TWO.groups + (1 / 4 - TWO.groups) * level / 10).to_numpy())


@pytest.mark.parametrize(("positive", "rate"), [(2, None), (1, 0.0), (1, 1.0)])
def test_odds_need_a_binary_label_and_a_share_between_0_and_1(positive, rate):
    with pytest.raises(InputError):
        TWO.with_odds(positive, rate=rate)


def test_a_joint_as_a_frame_comes_back():
    frame = TWO.with_odds(1, {"s": {"b": 0.3}}).to_frame()
    assert list(frame.columns) == ["y", "s", "r", "probability"]
    assert Joint.from_frame(frame).to_frame().equals(frame)


@pytest.mark.parametrize(
    ("frame", "match"),
    [
        (pd.DataFrame({"y": [0, 1], "s": ["a", "a"], "p": [0.5, 0.5]}), "column 'probability'"),
        (pd.DataFrame({"y": [0, 0], "s": ["a", "a"], "probability": [0.5, 0.5]}), "twice"),
        (pd.DataFrame({"y": [0, 1], "s": ["a", "a"], "probability": [0.5, 0.6]}), "sum to 1"),
    ],
)
def test_a_frame_that_is_no_joint_is_refused(frame, match):
    with pytest.raises(InputError, match=match):
        Joint.from_frame(frame)


def test_what_is_asked_for_may_name_its_columns_in_any_order_but_no_others():
    shuffled = TWO.to_frame()[["r", "probability", "y", "s"]]
    assert requested(shuffled, TWO).probability.sort_index().equals(TWO.probability.sort_index())
    assert requested(None, TWO) is TWO
    with pytest.raises(InputError, match="expected the columns y, s, r, got y, s"):
        requested(Joint.from_table(table(SKEWED)), TWO)


@pytest.mark.parametrize(
    ("shares", "n", "counts"),
    [
        ([0.5, 0.25, 0.25], 7, [3, 2, 2]),
        ([0.9, 0.1], 4, [4, 0]),
        ([1 / 3, 1 / 3, 1 / 3], 3, [1, 1, 1]),
        ([1.0], 5, [5]),
    ],
)
def test_rows_are_dealt_out_by_largest_remainder(shares, n, counts):
    assert apportion(np.array(shares), n).tolist() == counts


def test_probabilities_that_were_rounded_add_up():
    index = pd.MultiIndex.from_product([[0, 1], ["f", "m"]], names=["y", "sex"])
    joint = Joint(pd.Series([0.33334, 0.33333, 0.16667, 0.16667], index))
    assert joint.probability.sum() == pytest.approx(1, abs=1e-12)
    assert joint.counts(100_000).sum() == 100_000


@pytest.mark.parametrize(
    "frame", [{"probability": [0.5, 0.5]}, {"y": [0, 1], "sex": ["f", "f"], "probability": ["50%", "50%"]}]
)
def test_a_frame_without_names_or_numbers_is_refused(frame):
    with pytest.raises(InputError, match="column 'probability'"):
        Joint.from_frame(pd.DataFrame(frame))
