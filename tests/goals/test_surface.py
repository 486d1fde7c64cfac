"""The surface: arithmetic on one classifier agrees with classifiers trained at other joints, and with counting."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from fairtab.goals.goal import Goal
from fairtab.goals.space import Space
from fairtab.goals.surface import CUT, Surface
from fairtab.goals.unseen import Unseen
from fairtab.table import Schema, Table

SCHEMA = Schema((), (), "hired", 1, ("group",))
N = 4000


@pytest.fixture(scope="module")
def rows() -> Table:
    rng = np.random.default_rng(0)
    b = rng.random(N) < 0.3
    hired = rng.random(N) < np.where(b, 0.3, 0.6)
    return Table(pd.DataFrame({"group": np.where(b, "b", "a"), "hired": hired.astype(int)}), SCHEMA)


@pytest.fixture(scope="module")
def probability(rows) -> np.ndarray:
    rng = np.random.default_rng(1)
    return expit(rng.normal(size=N) + 1.5 * (rows.y - 0.5) - (rows.frame["group"] == "b").to_numpy())


def surface(rows: Table, **goal) -> Surface:
    return Surface(Space(Goal(**goal), rows), rows, min_group_rows=0, seed=0)


def test_where_the_classifier_was_trained_auc_and_selection_rate_are_those_that_are_counted(rows, probability):
    made = surface(rows)
    made.add(made.space.start, probability)
    expected, error = made.expected(made.space.start)
    assert expected["utility/auc"] == pytest.approx(roc_auc_score(rows.y, probability), abs=1e-3)
    assert expected["utility/positive_rate"] == pytest.approx((probability > 0.5).mean(), abs=1e-9)
    assert set(error.values()) == {0}


def test_a_move_adds_the_change_of_the_labels_log_odds_in_each_group(rows, probability):
    made = surface(rows)
    made.add(made.space.start, probability)
    there = {**made.space.start, "offset/group/b": 0.7}
    p = made.space.joint(there)
    change = {group: logit(p.rate_of(1, "group", group)) - logit(rows.y.mean()) for group in "ab"}
    moved = expit(logit(probability) + rows.frame["group"].map(change).to_numpy())
    expected, _ = made.expected(there)
    assert expected["utility/auc"] == pytest.approx(roc_auc_score(rows.y, moved), abs=1e-3)
    assert expected["utility/positive_rate"] == pytest.approx((moved > 0.5).mean(), abs=0.01)


@pytest.mark.parametrize("offset", [-1.5, -0.5, 0.5, 1.5])
def test_rows_that_a_classifier_is_sure_of_are_not_lost_by_a_move(rows, probability, offset):
    """A tree says exactly 0 or 1."""
    sure = (probability > 0.5).astype(float)
    made = surface(rows)
    made.add(made.space.start, sure)
    there = {**made.space.start, "offset/group/b": offset}
    move = made.space.log_odds(there) - made.space.log_odds(made.space.start)
    moved = 40 * (sure - 0.5) + move[made.cell]
    expected, _ = made.expected(there)
    assert expected["utility/auc"] == pytest.approx(roc_auc_score(rows.y, moved), abs=0.01)


def test_ratios_are_what_other_rows_of_the_same_number_would_have_on_average(rows, probability):
    """Draw many tables with replacement, and count."""
    few = Table(rows.frame[:200], SCHEMA)
    probability = expit(logit(probability[:200]) + 0.8 * (few.frame["group"] == "b"))  # nearly equal groups
    made = surface(few)
    made.add(made.space.start, probability)
    rng = np.random.default_rng(2)
    frame = few.frame.assign(selected=probability > 0.5)
    dpr, eor = [], []
    for _ in range(1000):
        drawn = frame.iloc[rng.integers(200, size=200)]
        rate = drawn.groupby("group")["selected"].mean()
        by_label = drawn.groupby(["hired", "group"])["selected"].mean().unstack()
        dpr.append(rate.min() / rate.max())
        eor.append((by_label.min(axis=1) / by_label.max(axis=1)).min())
    expected, _ = made.expected(made.space.start)
    assert expected["fairness/dpr/group"] == pytest.approx(np.mean(dpr), abs=0.02)
    assert expected["fairness/eor/group"] == pytest.approx(np.mean(eor), abs=0.02)


def test_training_rows_take_the_luck_of_few_rows_off(rows, probability):
    """What a classifier reaches is then what it reaches on all rows, which no metric of the few rows alone says."""
    n = 300
    few, train = Table(rows.frame[:n], SCHEMA), Table(rows.frame[n:].reset_index(drop=True), SCHEMA)
    space = Space(Goal(), train)
    unseen = Unseen(train, probability[n:], probability[None, :n])
    alone, with_train = (Surface(space, few, min_group_rows=0, seed=0, unseen=known) for known in (None, unseen))
    own = train.frame.groupby("group")["hired"].mean()
    moved = expit(logit(probability) + (logit(train.y.mean()) - logit(rows.frame["group"].map(own))).to_numpy())
    for made in (alone, with_train):
        made.add(space.start, moved[:n])
    auc, rate = roc_auc_score(rows.y, moved), (moved > 0.5).mean()
    expected, _ = with_train.expected(space.start)
    assert expected["utility/auc"] == pytest.approx(auc, abs=3e-3)
    assert expected["utility/positive_rate"] == pytest.approx(rate, abs=3e-3)
    assert with_train.selection_rate == pytest.approx((probability > 0.5).mean())
    of_few, _ = alone.expected(space.start)
    assert abs(of_few["utility/auc"] - auc) > 0.01
    assert abs(of_few["utility/positive_rate"] - rate) > 0.01


def test_a_group_is_left_out_if_the_rows_have_few_of_it_whatever_the_training_rows_have(rows, probability):
    """A ratio is of other rows of the same number as those of the search."""
    n = 200
    frame = rows.frame.assign(group=np.where((np.arange(N) < n) & (np.arange(N) > 8), "a", rows.frame["group"]))
    few, train = Table(frame[:n], SCHEMA), Table(frame[n:].reset_index(drop=True), SCHEMA)
    unseen = Unseen(train, probability[n:], probability[None, :n])
    made = Surface(Space(Goal(), train), few, min_group_rows=15, seed=0, unseen=unseen)
    assert len(made.members["group"]) == 1
    assert made.n.sum() == pytest.approx(n)


def test_the_rate_of_a_small_group_is_right_on_average_over_draws_of_the_rows():
    """A correction that lowers a rate by .01 makes the group look treated worse than it is."""
    rng = np.random.default_rng(0)
    n_rows, n_draws, means = 200, 150, []
    for _ in range(n_draws):
        b = rng.random(2000) < 0.15  # about nine of the rows are b and hired
        hired = (rng.random(2000) < np.where(b, 0.3, 0.6)).astype(int)
        frame = pd.DataFrame({"group": np.where(b, "b", "a"), "hired": hired})
        log_odds = rng.normal(size=2000) + 1.5 * (hired - 0.5) - b
        few, train = Table(frame[:n_rows], SCHEMA), Table(frame[n_rows:].reset_index(drop=True), SCHEMA)
        real = Unseen(train, expit(log_odds[n_rows:]), expit(log_odds[None, :n_rows]))
        made = Surface(Space(Goal(), train), few, min_group_rows=0, seed=0, unseen=real)
        move = made.space.log_odds(made.space.start) - made.real_at
        made.add(made.space.start, expit(log_odds[:n_rows] + move[made.cell] + 0.1 * rng.normal(size=n_rows)))
        centre = np.array([[-0.75, 0.75], [-1.75, -0.25]]) + move[:, None]  # of the log-odds: [group, label]
        means.append(made.above[0, ..., CUT] / made.n - norm.sf(0, loc=centre))
    assert np.mean(means, axis=0) == pytest.approx(0, abs=0.009)  # two standard errors


def test_a_cell_counts_nowhere_if_the_rows_have_none_of_a_label(rows, probability):
    """Nothing is known of what the classifier of a synthetic table says of it."""
    n = 300
    few = Table(rows.frame[:n].query("group == 'a' or hired == 0").reset_index(drop=True), SCHEMA)
    asked = probability[:n][(rows.frame[:n]["group"] == "a") | (rows.frame[:n]["hired"] == 0)]
    train = Table(rows.frame[n:].reset_index(drop=True), SCHEMA)
    made = Surface(
        Space(Goal(), train), few, min_group_rows=0, seed=0, unseen=Unseen(train, probability[n:], asked[None])
    )
    made.add(made.space.start, asked)
    assert made.n[1].tolist() == [pytest.approx(made.n[1, 0]), 0]
    assert made.n.sum() == pytest.approx(len(few))
    assert not made.above[0, 1, 1].any()


def test_rows_of_groups_that_training_lacks_alone_are_no_error(rows, probability):
    few = Table(rows.frame[:50].assign(group="new"), SCHEMA)
    made = Surface(
        Space(Goal(), rows), few, min_group_rows=0, seed=0, unseen=Unseen(rows, probability, probability[None, :50])
    )
    made.add(made.space.start, probability[:50])
    assert made.n.sum() == 0
    assert made.expected(made.space.start)[0]["utility/auc"] == 0


def test_luck_is_a_difference_between_rows_and_not_between_classifiers(rows, probability):
    """Two classifiers say more of the rows and less; together they say what is said of training rows."""
    n = 2000
    few, train = Table(rows.frame[:n], SCHEMA), Table(rows.frame[:n].copy(), SCHEMA)
    both = np.stack([expit(logit(probability[:n]) + change) for change in (-0.3, 0.3)])
    unseen = Unseen(train, np.where(np.arange(n) % 2 == 0, *both), both)
    made = Surface(Space(Goal(), train), few, min_group_rows=0, seed=0, unseen=unseen)
    assert np.abs(made.luck[..., CUT]).max() < 0.02


def test_what_differs_between_classifiers_is_measured_on_the_rows_alone(rows, probability):
    """The classifier of a synthetic table may be worse than that of the real one."""
    n = 2000
    few, train = Table(rows.frame[:n], SCHEMA), Table(rows.frame[n:].reset_index(drop=True), SCHEMA)
    space = Space(Goal(), train)
    made = Surface(space, few, min_group_rows=0, seed=0, unseen=Unseen(train, probability[n:], probability[None, :n]))
    guessed = np.random.default_rng(3).permutation(probability[:n])
    made.add(space.start, guessed)
    assert made.expected(space.start)[0]["utility/auc"] == pytest.approx(roc_auc_score(few.y, guessed), abs=0.03)


def test_of_two_classifiers_the_nearer_one_counts_more(rows, probability):
    made = surface(rows)
    far = {**made.space.start, "offset/group/b": 1.0}
    made.add(made.space.start, probability)
    made.add(far, np.full(N, 0.01))  # selects nobody
    here, there = (made.expected(point)[0]["utility/positive_rate"] for point in (made.space.start, far))
    assert here > 0.6 * (probability > 0.5).mean() > there


def test_classifiers_that_disagree_have_a_standard_error(rows, probability):
    made = surface(rows)
    for change in (-0.2, 0.2):
        made.add(made.space.start, expit(logit(probability) + change))
    expected, error = made.expected(made.space.start)
    rates = [(expit(logit(probability) + change) > 0.5).mean() for change in (-0.2, 0.2)]
    assert expected["utility/positive_rate"] == pytest.approx(np.mean(rates), abs=2e-3)
    assert error["utility/positive_rate"] == pytest.approx(np.std(rates, ddof=1) / 2**0.5, rel=0.05)


def test_small_groups_are_left_out(rows, probability):
    frame = rows.frame.copy()
    frame.loc[:4, "group"], frame.loc[:4, "hired"] = "c", [0, 1, 0, 1, 0]
    small = Table(frame, SCHEMA)
    made = Surface(Space(Goal(), small), small, min_group_rows=15, seed=0)
    made.add(made.space.start, np.where(frame["group"] == "c", 0.01, probability))
    assert made.expected(made.space.start)[0]["fairness/dpr/group"] > 0.2  # with c it would be 0


def test_groups_are_crossed_if_the_goal_is_about_the_intersection():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"sex": rng.choice(["f", "m"], N), "race": rng.choice(["x", "y"], N)})
    frame["hired"] = rng.integers(0, 2, N)
    rows = Table(frame, Schema((), (), "hired", 1, ("sex", "race")))
    made = surface(rows, attributes="intersection")
    one_cell = (frame["sex"] == "f") & (frame["race"] == "x")
    made.add(made.space.start, np.where(one_cell, 0.4, 0.6))
    expected, _ = made.expected(made.space.start)
    assert list(made.members) == ["sex*race"]
    assert expected["fairness/dpr/sex*race"] == 0


def test_a_group_that_training_lacks_is_left_out(rows, probability):
    space = Space(Goal(), rows)
    frame = rows.frame.copy()
    frame.loc[:9, "group"] = "new"
    made = Surface(space, Table(frame, SCHEMA), min_group_rows=0, seed=0)
    made.add(space.start, probability)
    assert 0 < made.expected(space.start)[0]["fairness/dpr/group"] < 1


def test_twenty_groups_are_moved_each_by_its_own_step():
    rng = np.random.default_rng(0)
    groups = [f"group {i}" for i in range(20)]
    frame = pd.DataFrame({"group": rng.choice(groups, N), "hired": rng.integers(0, 2, N)})
    many = Table(frame, SCHEMA)
    probability = expit(rng.normal(size=N) + 1.5 * (many.y - 0.5))
    made = surface(many)
    made.add(made.space.start, probability)
    there = {name: rng.uniform(-1, 1) for name in made.space.offsets} | {"rate": made.space.start["rate"]}
    move = dict(zip(made.space.cells.get_level_values(0), made.space.log_odds(there) - made.at[0], strict=True))
    moved = expit(logit(probability) + frame["group"].map(move).to_numpy())
    expected, _ = made.expected(there)
    assert len(move) == 20
    assert expected["utility/auc"] == pytest.approx(roc_auc_score(many.y, moved), abs=1e-3)
    assert expected["utility/positive_rate"] == pytest.approx((moved > 0.5).mean(), abs=0.01)


@pytest.mark.parametrize("n_false", [1, 2, 3])
def test_groups_of_which_few_are_selected_wrongly_have_a_ratio_whatever_the_seed(n_false):
    """By luck nobody is in some of the draws, and these have no ratio."""
    frame = pd.DataFrame({"group": ["a", "b"] * 200, "hired": [0, 0, 1, 1] * 100})
    rows = Table(frame, SCHEMA)
    place = frame.groupby(["group", "hired"]).cumcount()
    selected = place < np.where(rows.y == 1, 50, n_false)
    expected = []
    for seed in range(6):
        made = Surface(Space(Goal(), rows), rows, min_group_rows=0, seed=seed)
        made.add(made.space.start, np.where(selected, 0.9, 0.1))
        expected.append(made.expected(made.space.start)[0]["fairness/eor/group"])
    assert min(expected) > 0.2


def test_everybody_selected_is_a_rate_of_one_if_some_rows_are_of_groups_that_training_lacks(rows):
    frame = rows.frame.assign(group=np.where(np.arange(N) % 2 == 0, "c", rows.frame["group"]))
    made = Surface(Space(Goal(), rows), Table(frame, SCHEMA), min_group_rows=0, seed=0)
    made.add(made.space.start, np.full(N, 0.9))
    assert made.expected(made.space.start)[0]["utility/positive_rate"] == pytest.approx(1.0)


def test_an_attribute_with_a_star_in_its_name_is_moved_like_any_other():
    frame = pd.DataFrame({"hired": [0, 1] * 20, "a*b": ["f", "m"] * 10 + ["m", "f"] * 10, "c": ["x"] * 20 + ["z"] * 20})
    space = Space(Goal(attributes="intersection"), Table(frame, Schema((), (), "hired", 1, ("a*b", "c"))))
    assert {name.split("/")[1] for name in space.offsets} == {"a*b", "c"}
