import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from fairtab.metrics import closest
from fairtab.metrics.closest import distances_to_closest
from fairtab.table import Schema, Table
from tests.conftest import TOY_SCHEMA, toy_frame

PLAIN = Schema(("x",), (), "y", 1, ("s",))


def toy(n: int, seed: int) -> Table:
    return Table(toy_frame(n, seed=seed), TOY_SCHEMA)


def plain(x: list[float]) -> Table:
    return Table(pd.DataFrame({"x": x, "y": 0, "s": "a"}), PLAIN)


def test_six_rows_by_hand():
    near = distances_to_closest(plain([1, 2, 3, 11, 19, 10]), plain([0, 10]), plain([4, 20]), seed=0)
    each = {name: (np.sqrt(getattr(near, name)) * 5).tolist() for name in near._fields}  # train's std is 5
    assert each["to_train"] == pytest.approx([1, 2, 3, 1, 9, 0])
    assert each["to_holdout"] == pytest.approx([3, 2, 1, 7, 1, 6])
    assert sorted(each["from_train"]) == pytest.approx([0, 1])
    assert sorted(each["from_holdout"]) == pytest.approx([1, 1])


@pytest.mark.parametrize("many", [256, 2])  # with 2, two columns are compared by codes, and two are one-hot
def test_distances_are_the_plain_euclidean_ones_whatever_the_blocks(monkeypatch, many):
    monkeypatch.setattr(closest, "CHUNK", 7)
    monkeypatch.setattr(closest, "MANY", many)
    synthetic, train, holdout = toy(50, 1), toy(40, 2), toy(20, 3)
    tables = (synthetic, train, holdout)
    numerical = list(TOY_SCHEMA.numerical)
    mean, std = train.frame[numerical].mean(), train.frame[numerical].std(ddof=0)
    everything = pd.concat([t.frame for t in tables], keys=range(3))
    one_hot = pd.get_dummies(everything.drop(columns=numerical)).astype(float)
    vectors = pd.concat([(everything[numerical] - mean) / std, one_hot], axis=1)
    brute = cdist(vectors.loc[0], vectors.loc[1], "sqeuclidean")
    near = distances_to_closest(*tables, seed=0)
    assert near.to_train == pytest.approx(brute.min(1), abs=1e-5)
    assert sorted(near.from_train) == pytest.approx(sorted(brute.min(0)), abs=1e-5)


def test_missing_values_have_a_place():
    frame = toy_frame(60, seed=1)
    frame.loc[::3, "amount"] = np.nan
    frame.loc[::4, "job"] = None
    holes = Table(frame, TOY_SCHEMA)
    near = distances_to_closest(holes, holes, toy(50, 2), seed=0)
    assert near.to_train == pytest.approx(0, abs=1e-9)


def test_of_a_large_table_a_sample_is_compared_and_of_a_small_one_every_row(monkeypatch):
    tables = toy(60, 1), toy(80, 2), toy(40, 3)
    every = distances_to_closest(*tables, seed=0)
    monkeypatch.setattr(closest, "MAX_ROWS", 50)
    sample = distances_to_closest(*tables, seed=0)
    assert [len(sample.to_train), len(sample.from_train), len(sample.from_holdout)] == [50, 50, 40]
    assert [len(every.to_train), len(every.from_train)] == [60, 80]
