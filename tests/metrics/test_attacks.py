"""Attacks: on tables that are copies, on tables that are not, and by hand."""

import numpy as np
import pandas as pd
import pytest

from fairtab.dates import DateFormat
from fairtab.metrics.attacks import cells, density_ratio, groups, guesses, intervals
from fairtab.metrics.attacks.attacked import Attacked
from fairtab.metrics.attacks.gower import Gower
from fairtab.metrics.attacks.guesses import Guesses
from fairtab.metrics.attacks.inference import inferred
from fairtab.metrics.attacks.linkability import linked
from fairtab.metrics.attacks.singling_out import singled_out
from fairtab.metrics.closest import Closest, distances_to_closest
from fairtab.metrics.evaluate import evaluate
from fairtab.table import Schema, Split, Table
from tests.conftest import TOY_SCHEMA, toy_frame

PLAIN = Schema(("x",), (), "y", 1, ("s",))
GUESSED = ("singling_out", "linkability", "inference")


def drawn(n: int, seed: int) -> Table:
    return Table(toy_frame(n, seed=seed), TOY_SCHEMA)


def plain(x: list[float], y: list[int] | int = 0, s: list[str] | str = "a") -> Table:
    return Table(pd.DataFrame({"x": x, "y": y, "s": s}), PLAIN)


@pytest.fixture(scope="module")
def split() -> Split:
    return Split(drawn(1000, 1), drawn(600, 2), drawn(600, 3))


def ratio_auc(attacked: Attacked) -> float:
    return density_ratio.auc(attacked.log_density_ratio, attacked.is_member)


def test_copies_are_given_away_by_every_attack(split):
    copies = Attacked(split.train, split, seed=0)
    assert ratio_auc(copies) > 0.99
    for name in GUESSED:
        assert guesses.low(getattr(copies, name)) > 0.1, name


def test_rows_that_nothing_was_learned_from_give_nothing_away(split):
    fresh = Attacked(drawn(1000, 4), split, seed=0)
    assert ratio_auc(fresh) == pytest.approx(0.5, abs=0.05)
    for name in GUESSED:
        found = getattr(fresh, name)
        assert guesses.low(found) <= 0 <= guesses.high(found), name


def test_members_are_training_rows_and_others_as_many_test_rows(split):
    of_test = Attacked(split.test, split, seed=0)
    assert of_test.is_member.sum() == (~of_test.is_member).sum() == 600
    assert ratio_auc(of_test) < 0.01  # copies of test rows: the others are the ones that are told
    assert guesses.risk(of_test.linkability) < -0.1


def test_the_reference_is_the_validation_rows(split):
    far = Table(split.validation.frame.assign(amount=1e6, job="clerk"), TOY_SCHEMA)
    same = Attacked(split.train, Split(split.train, split.train, split.test), seed=0)
    assert ratio_auc(same) == pytest.approx(0.5, abs=0.05)  # both densities are the same
    assert ratio_auc(Attacked(split.train, Split(split.train, far, split.test), seed=0)) > 0.9


@pytest.mark.slow
def test_the_same_seed_attacks_in_the_same_way(split):
    first, again, other = (Attacked(drawn(500, 4), split, seed=seed) for seed in (0, 0, 1))
    for name in GUESSED:
        assert getattr(first, name) == getattr(again, name)
    assert any(getattr(first, name) != getattr(other, name) for name in GUESSED)


def test_the_cell_whose_rows_are_remembered_has_the_worst_dcr(split):
    fresh, frame = drawn(1000, 4).frame, split.train.frame
    is_cell = [(of["approved"] == "yes") & (of["sex"] == "Female") for of in (fresh, frame)]
    copied = frame[is_cell[1]].sample(500, replace=True, random_state=0)  # a cell is drawn more often than it is known
    table = Table(pd.concat([fresh[~is_cell[0]], copied], ignore_index=True), TOY_SCHEMA)
    attacked = Attacked(table, split, seed=0, min_group_rows=10)
    found = cells.worst(attacked.cells)
    assert "yes, Female" in found.name
    assert found.dcr > 0.7 > found.chance
    assert any(f"rows of {found.name} are closest to training rows of it" in note for note in attacked.notes)


@pytest.mark.slow
def test_cells_of_which_nothing_is_remembered_stay_below_chance():
    above = 0
    for seed in range(0, 40, 2):
        real = [drawn(300, 100 + seed), drawn(300, 101 + seed)]
        found = cells.cell_dcrs(drawn(2000, 99), *real, min_rows=15, seed=0)
        assert len(found) > 2
        above += any(cell.dcr > cell.chance for cell in found)
    assert above <= 3  # 2.5% of 20 tables


def test_a_cell_is_compared_with_as_many_rows_of_either_kind():
    others = plain([1.2, 2.2, 5.2])
    (cell,) = cells.cell_dcrs(plain([1, 2, 5]), plain(range(40)), others, min_rows=3, seed=0)
    assert cell.dcr < 1  # all three are training rows, but of those as few as of the others were drawn
    assert cells.cell_dcrs(plain([1]), plain(range(40)), plain([1, 2]), min_rows=3, seed=0) == []


def test_what_chance_gives_follows_from_how_many_rows_each_real_row_is_the_closest_to():
    (one,) = cells.cell_dcrs(plain([1, 1]), plain([1]), plain([9]), min_rows=1, seed=0)
    assert (one.dcr, one.chance) == (1, pytest.approx(0.5 + 1.96 / 2, abs=1e-3))  # a coin decides
    (both,) = cells.cell_dcrs(plain([1, 9]), plain([1]), plain([9]), min_rows=1, seed=0)
    assert (both.dcr, both.chance) == (0.5, 0.5)


def test_rows_that_are_equally_close_share_a_row():
    of_members, of_others = Closest([plain([0, 4]), plain([4, 9])], scale=plain([0, 9])).closest_to(plain([0, 4, 8]))
    assert of_members.tolist() == [1, 0.5]
    assert of_others.tolist() == [0.5, 1]


def test_the_log_density_ratio_by_hand():
    # the reference has a standard deviation of 2, so the squared distances are 0 and 1, 1/4 and 1/4
    distances = density_ratio.log_distances(plain([3, 10]), plain([3, 9]), plain([5, 5, 9, 9]))
    ratio = density_ratio.log_density_ratio(distances)
    assert ratio == pytest.approx([np.log((1 + 1e-5) / 1e-5) / 2, 0])


def test_closest_rows_are_those_of_the_distances_whatever_the_blocks(monkeypatch):
    synthetic, train, holdout = drawn(50, 1), drawn(40, 2), drawn(20, 3)
    whole = distances_to_closest(synthetic, train, holdout, seed=0)
    monkeypatch.setattr("fairtab.metrics.closest.CHUNK", 7)
    found = Closest([train, holdout], scale=train).squared(synthetic, 3)
    assert found[:, 0, 0] == pytest.approx(whole.to_train)
    assert found[:, 1, 0] == pytest.approx(whole.to_holdout)
    assert (np.diff(found, axis=2) >= 0).all()
    own = Closest([train], scale=train).squared(train, 41)
    assert own[:, 0, 0] == pytest.approx(0)
    assert np.isfinite(own[:, 0, 39]).all()
    assert np.isinf(own[:, 0, 40]).all()  # there are 40 rows


def test_gower_by_hand():
    a, b = plain([0, np.nan], s=["a", "b"]), plain([10, 5, np.nan], s=["a", "b", "b"])
    found = Gower([a, b]).distances(a, b, ["x", "s"])
    assert found == pytest.approx(np.array([[1, 0.5 + 1, 1 + 1], [1 + 1 + 1, 0.5 + 1, 0]]))
    assert Gower([a, b]).distances(a, b, ["s"]) == pytest.approx(np.array([[0, 1, 1], [1, 0, 0]]))


def test_a_predicate_singles_out_if_a_single_row_meets_it():
    schema = Schema(("x",), (), "y", 1, ("s", "t"))

    def table(x: list[float]) -> Table:
        return Table(pd.DataFrame({"x": x, "y": 0, "s": "a", "t": "b"}), schema)

    # the synthetic median is 3, so the only rows that are singled out are x <= 1 and x >= 9
    of_members, of_others, _ = singled_out(
        table([1, 3, 3, 9]), table([0, 2, 3, 12]), table([-5, 1, 5, 10]), n=20, seed=0
    )
    assert len(of_members) == 2  # each predicate is guessed once
    assert of_members.all()  # 0 alone is at most 1, 12 alone is at least 9
    assert of_others.sum() == 1  # -5 and 1 are at most 1


def test_a_missing_value_is_singled_out_like_any_other():
    of_members, of_others, _ = singled_out(
        plain([np.nan, 3, 3], s="a"), plain([np.nan, 3, 4], s="a"), plain([1, 2, 4], s="a"), n=5, seed=0
    )
    assert of_members.tolist() == [True]
    assert of_others.tolist() == [False]


def test_guesses_about_one_row_count_as_fewer():
    assert guesses.low(Guesses(20, 40, 10, 40, design=2.0)) == guesses.low(Guesses(10, 20, 5, 20))
    assert guesses.risk(Guesses(20, 40, 10, 40, design=2.0)) == 0.25


@pytest.mark.slow
def test_the_interval_of_singling_out_holds_if_training_rows_are_no_more_at_risk():
    def holds(seed: int) -> bool:
        tables = [drawn(n, 3 * seed + i) for i, n in enumerate((300, 60, 60))]
        attacked = Attacked(tables[0], Split(*tables[1:], tables[2]), seed=seed)
        return guesses.low(attacked.singling_out) <= 0 <= guesses.high(attacked.singling_out)

    assert sum(holds(seed) for seed in range(30)) >= 25  # 28 or 29 are expected; with independent guesses it is 17


def test_halves_are_linked_by_a_synthetic_row_that_is_close_to_both():
    frame = pd.DataFrame({"a": range(6), "b": range(6), "c": range(6), "y": range(6), "s": list("uvwxyz")})
    schema = Schema(("a", "b", "c"), (), "y", 1, ("s",))
    synthetic = Table(frame, schema)
    mixed = Table(frame.assign(a=frame["a"][::-1].to_numpy(), b=frame["b"][::-1].to_numpy()), schema)
    gower = Gower([synthetic])
    assert linked(synthetic, synthetic, gower, seed=0).all()
    halves = [linked(synthetic, mixed, gower, seed=seed) for seed in range(20)]
    assert not np.all(halves)  # a and b are of other rows than the rest


def test_a_secret_is_that_of_the_closest_row_and_a_number_is_right_within_five_percent():
    schema = Schema(("a", "b"), (), "y", 1, ("s",))
    names = list("uvwxyz") * 4
    frame = pd.DataFrame({"a": np.arange(24) * 100.0, "b": np.arange(24) * 10.0, "y": np.arange(24) % 2, "s": names})
    synthetic = Table(frame.assign(b=frame["b"] * 1.04, a=frame["a"] * 1.06), schema)
    targets = Table(frame, schema)
    right = inferred(synthetic, targets, Gower([synthetic, targets]), seed=0)
    of_a = right_if_only("a", synthetic, targets)
    of_b = right_if_only("b", synthetic, targets)
    assert of_a < of_b  # 6% off is wrong, 4% off is right
    assert right.mean() < 1


def test_a_date_is_right_if_it_is_near_among_the_dates_of_the_column():
    frame = pd.DataFrame(
        {"day": 18_000 + 20 * np.arange(24), "y": np.arange(24) % 2, "s": list("abcdefghijklmnopqrstuvwx")}
    )
    schema = Schema(("day",), (), "y", 1, ("s",), dates={"day": DateFormat("YYYY-MM-DD", "D")})
    targets = Table(frame, schema)

    def n_right(days: int) -> int:
        return int(
            inferred(Table(frame.assign(day=frame["day"] + days), schema), targets, Gower([targets]), seed=0).sum()
        )

    assert n_right(20) - n_right(24) >= 8  # of 460 days 23 are 5%; eight of the records have their day as the secret


def right_if_only(secret: str, synthetic: Table, targets: Table) -> float:
    """The share of right guesses if all columns but the secret one are the targets' own."""
    own = Table(targets.frame.assign(**{secret: synthetic.frame[secret]}), targets.schema)
    return float(inferred(own, targets, Gower([own, targets]), seed=0).mean())


def test_intervals_are_those_of_the_papers():
    assert intervals.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, part 1, Table I
    assert intervals.difference(9, 10, 3, 10) == pytest.approx((0.1705, 0.8090), abs=1e-4)  # part 2, Table II, (c)
    assert np.isnan(intervals.wilson(0, 0)).all()
    # Hanley and McNeil 1982: an AUC of 0.893 from 51 and 58 rows has a standard error of 0.032
    low, high = intervals.auc(0.893, 51, 58)
    assert high - low == pytest.approx(2 * 1.96 * 0.032, abs=0.01)
    wide = intervals.auc(0.893, 51, 58, n_intervals=20)
    assert wide[0] < low < 0.893 < high < wide[1]


def test_an_interval_of_an_auc_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(300):
        members, others = rng.normal(1, 1, 30), rng.normal(0, 1, 30)
        value = density_ratio.auc(np.r_[members, others], np.arange(60) < 30)
        low, high = intervals.auc(value, 30, 30)
        covered.append(low <= 0.7602 <= high)  # the normal distribution at 1 / sqrt(2)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.04)


def test_the_worst_group_is_the_one_whose_rows_were_copied(split):
    of_north = split.train.frame["region"] == "north"
    fresh = toy_frame(1000, seed=5)
    made = pd.concat([split.train.frame[of_north], fresh[fresh["region"] == "south"]], ignore_index=True)
    attacked = Attacked(Table(made, TOY_SCHEMA), split, seed=0)
    worst = groups.worst(attacked.groups)
    assert worst is not None
    assert "north" in worst.group
    assert worst.low > 0.9
    by_name = {group.name: group for group in attacked.groups}
    assert by_name["region = north"].copies == 1
    assert by_name["region = south"].copies == 0
    assert by_name["region = south"].low < 0.5 < by_name["region = south"].high
    assert "approved*sex*region = yes, Female, north" in by_name
    assert any("told best" in note and "north" in note for note in attacked.notes)
    assert any("most copies" in note and "north" in note for note in attacked.notes)


def test_groups_with_few_rows_are_left_out_and_named():
    frame = toy_frame(200, seed=1)
    frame.loc[:9, "region"] = "east"
    rare = Table(frame, TOY_SCHEMA)
    attacked = Attacked(rare, Split(rare, drawn(100, 2), drawn(200, 3)), seed=0, min_group_rows=20)
    assert all("east" not in group.group for group in attacked.groups)
    assert ("region = east", 10) in attacked.left_out
    assert any("fewer than 20" in note and "region = east (10)" in note for note in attacked.notes)


def test_what_one_row_alone_has_is_not_named():
    frame = toy_frame(200, seed=1)
    frame.loc[0, "region"] = "moon"
    lone = Table(frame, TOY_SCHEMA)
    attacked = Attacked(lone, Split(lone, drawn(100, 2), drawn(200, 3)), seed=0)
    assert ("region = moon", 1) in attacked.left_out
    assert not any("moon" in note for note in attacked.notes)
    assert any("of a single row" in note for note in attacked.notes)


def test_attacks_are_part_of_an_evaluation_that_asks_for_them(toy):
    plain = evaluate(toy.train, toy, seed=0, classifier={"iterations": 5})
    attacked = evaluate(toy.train, toy, seed=0, classifier={"iterations": 5}, attacks=True)
    added = {name for name in attacked.metrics if name not in plain.metrics}
    assert added
    assert all(name.startswith("attacks/") for name in added)
    assert attacked.metrics["attacks/density_ratio_auc"] > 0.99
    assert attacked.metrics["attacks/linkability_risk"] == pytest.approx(
        attacked.metrics["attacks/linkability_rate"] - attacked.metrics["attacks/linkability_control"]
    )
    assert set(plain.notes) < set(attacked.notes)
