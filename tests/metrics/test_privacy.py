import numpy as np
import pandas as pd
import pytest

from fairtab.metrics import privacy
from fairtab.metrics.closest import distances_to_closest
from fairtab.metrics.evaluate import evaluate
from fairtab.table import Schema, Split, Table
from tests.conftest import TOY_SCHEMA, toy_frame

PLAIN = Schema(("x",), (), "y", 1, ("s",))
FAST = {"iterations": 5}


def drawn(n: int, seed: int) -> Table:
    return Table(toy_frame(n, seed=seed), TOY_SCHEMA)


def plain(x: list[float]) -> Table:
    return Table(pd.DataFrame({"x": x, "y": 0, "s": "a"}), PLAIN)


def score(synthetic: Table, train: Table, holdout: Table) -> tuple[float, float, float]:
    near = distances_to_closest(synthetic, train, holdout, seed=0)
    return privacy.dcr(near), privacy.dcr_published(near), privacy.membership_auc(near)


def test_six_rows_by_hand():
    dcr, published, membership = score(plain([1, 2, 3, 11, 19, 10]), plain([0, 10]), plain([4, 20]))
    assert dcr == pytest.approx((3 + 0.5) / 6)  # the second row is a tie
    assert published == pytest.approx(1 - 3 / 6)
    # members are 1 and 0 away from the closest row, the others 1 and 1: of four pairs two are right, two are ties
    assert membership == pytest.approx((2 + 2 * 0.5) / 4)


def test_a_generator_that_memorises_nothing_scores_a_half_and_by_the_published_form_a_third():
    dcr, published, membership = score(drawn(4000, 1), drawn(4000, 2), drawn(2000, 3))
    assert dcr == pytest.approx(0.5, abs=0.03)
    assert published == pytest.approx(1 / 3, abs=0.04)
    assert membership == pytest.approx(0.5, abs=0.03)


def test_copies_of_training_rows_show():
    train, holdout = drawn(1000, 2), drawn(1000, 3)
    assert min(score(train, train, holdout)[::2]) > 0.99
    assert max(score(holdout, train, holdout)[::2]) < 0.01


def test_exact_copies_equal_a_row_in_every_column():
    frame = toy_frame(6, seed=1)
    frame.loc[0, "amount"] = np.nan
    train = Table(frame, TOY_SCHEMA)
    other = frame.copy()
    other.loc[1, "amount"] += 1e-6
    other.loc[2, "sex"] = {"Male": "Female", "Female": "Male"}[other.loc[2, "sex"]]
    shuffled = Table(pd.concat([other, other.iloc[:1]])[list(reversed(frame.columns))], TOY_SCHEMA)
    assert privacy.exact_copies(shuffled, train).tolist() == [True, False, False, True, True, True, True]


def test_as_many_copies_as_chance_has_are_none_too_many():
    few, many = np.arange(1000) < 10, np.arange(1000) < 100
    assert privacy.more_than_chance(many, few)
    assert not privacy.more_than_chance(few, many)
    assert not privacy.more_than_chance(many, many)
    assert not privacy.more_than_chance(np.arange(1000) < 15, few)  # five more: it happens


def test_a_table_with_copies_is_flagged(toy):
    parts = toy.train, toy.validation, toy.test
    copies = evaluate(toy.train, toy, seed=0, classifier=FAST)
    assert copies.metrics["privacy/exact_copies"] == 1
    assert any("privacy: more exact copies of training rows than chance has it: 100.00%" in n for n in copies.notes)
    fresh = evaluate(parts[1], Split(*parts), seed=0, classifier=FAST)
    assert fresh.metrics["privacy/exact_copies"] == fresh.metrics["privacy/exact_copies_of_holdout"] == 0
    assert not any(note.startswith("privacy") for note in fresh.notes)


def test_people_of_another_state_in_the_test_table_do_not_make_privacy_worse():
    train, own, synthetic = drawn(600, 1), drawn(600, 2), drawn(600, 3)
    away = Table(drawn(600, 4).frame.assign(amount=lambda frame: frame["amount"] * 5 + 3000), TOY_SCHEMA)
    near, far = Split(train, own, own), Split(train, own, away)
    kept = Split(train, own, away, others=own)
    found = [evaluate(synthetic, split, seed=0, classifier=FAST).metrics for split in (near, kept, far)]
    for name in ("privacy/dcr", "privacy/membership_auc", "privacy/exact_copies_of_holdout"):
        assert found[0][name] == found[1][name]
    assert found[2]["privacy/dcr"] > found[0]["privacy/dcr"] + 0.1  # what others are for


def test_a_column_that_is_empty_in_the_synthetic_table_equals_no_value():
    train = drawn(20, 1)
    empty = Table(train.frame.assign(job=np.nan), TOY_SCHEMA)
    assert not privacy.exact_copies(empty, train).any()


@pytest.mark.parametrize("name", ["found", "_merge", "self", "level_0"])
def test_copies_are_found_whatever_columns_are_called_and_however_large_numbers_are(name):
    schema = Schema((name,), (), "y", 1, ("s",))
    frame = pd.DataFrame({name: 2**60 + np.arange(10), "y": [0, 1] * 5, "s": "f"})
    rows = Table(frame, schema)
    assert privacy.exact_copies(rows, rows).all()
    shifted = frame.copy()
    shifted[name] += 20  # other numbers, but the same as doubles
    assert not privacy.exact_copies(Table(shifted, schema), rows).any()
