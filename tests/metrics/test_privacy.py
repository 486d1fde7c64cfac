import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from fairtab.metrics import privacy
from fairtab.table import Schema, Table
from tests.conftest import TOY_SCHEMA, toy_frame


def toy(n: int, seed: int) -> Table:
    return Table(toy_frame(n, seed=seed), TOY_SCHEMA)


def score(synthetic: Table, train: Table, holdout: Table) -> tuple[float, float]:
    closest = privacy.distances_to_closest(synthetic, train, holdout, seed=0)
    return privacy.dcr(closest), privacy.dcr_published(closest)


def test_six_rows_by_hand():
    schema = Schema(("x",), (), "y", 1, ("s",))

    def table(x: list[float]) -> Table:
        return Table(pd.DataFrame({"x": x, "y": 0, "s": "a"}), schema)

    train, holdout = table([0.0, 10.0]), table([4.0, 20.0])
    closest = privacy.distances_to_closest(table([1.0, 2.0, 3.0, 11.0, 19.0, 10.0]), train, holdout, seed=0)
    assert (np.sqrt(closest.train) * 5).tolist() == pytest.approx([1, 2, 3, 1, 9, 0])  # train's std is 5
    assert (np.sqrt(closest.holdout) * 5).tolist() == pytest.approx([3, 2, 1, 7, 1, 6])
    assert privacy.dcr(closest) == pytest.approx((3 + 0.5) / 6)  # the second row is a tie
    assert privacy.dcr_published(closest) == pytest.approx(1 - 3 / 6)


def test_distances_are_the_plain_euclidean_ones_whatever_the_blocks(monkeypatch):
    monkeypatch.setattr(privacy, "CHUNK", 7)
    synthetic, train, holdout = toy(50, 1), toy(40, 2), toy(20, 3)
    tables = (synthetic, train, holdout)
    numerical = list(TOY_SCHEMA.numerical)
    mean, std = train.frame[numerical].mean(), train.frame[numerical].std(ddof=0)
    everything = pd.concat([t.frame for t in tables], keys=range(3))
    one_hot = pd.get_dummies(everything.drop(columns=numerical)).astype(float)
    vectors = pd.concat([(everything[numerical] - mean) / std, one_hot], axis=1)
    brute = cdist(vectors.loc[0], vectors.loc[1], "sqeuclidean").min(1)
    closest = privacy.distances_to_closest(*tables, seed=0)
    assert closest.train == pytest.approx(brute, abs=1e-5)


def test_a_generator_that_memorises_nothing_scores_a_half_and_by_the_published_form_a_third():
    fair, published = score(toy(4000, 1), toy(4000, 2), toy(2000, 3))
    assert fair == pytest.approx(0.5, abs=0.03)
    assert published == pytest.approx(1 / 3, abs=0.04)


def test_copies_of_training_rows_show():
    train, holdout = toy(1000, 2), toy(1000, 3)
    assert score(train, train, holdout)[0] > 0.99
    assert score(holdout, train, holdout)[0] < 0.01


def test_missing_values_have_a_place():
    frame = toy_frame(60, seed=1)
    frame.loc[::3, "amount"] = np.nan
    frame.loc[::4, "job"] = None
    holes = Table(frame, TOY_SCHEMA)
    closest = privacy.distances_to_closest(holes, holes, toy(50, 2), seed=0)
    assert closest.train == pytest.approx(0, abs=1e-9)
