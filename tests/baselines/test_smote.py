import numpy as np
import pandas as pd
import pytest

from baselines.smote import Smote
from fairtab import InputError, Schema, Table

SCHEMA = Schema(("a", "b"), ("c",), "t", "yes", ("s",))


def two_islands(n: int = 80) -> pd.DataFrame:
    """Each label has two distant islands of rows. The lines through the islands of both labels are mirror images."""
    rng = np.random.default_rng(0)
    yes, far = rng.random(n) < 0.3, rng.random(n) < 0.5
    return pd.DataFrame(
        {
            "a": far * 100 + rng.random(n),
            "b": np.where(yes == far, 100, 0) + rng.integers(0, 5, n),
            "c": np.where(far, "far", "near"),
            "s": rng.choice(["x", "y"], n),
            "t": np.where(yes, "yes", "no"),
        }
    )


def sample(frame: pd.DataFrame, n: int, schema: Schema = SCHEMA, **options: int) -> pd.DataFrame:
    train = Table(frame, schema)
    return Smote(**options).fit(train, train, seed=0).sample(n, seed=0).frame


def test_rows_lie_between_neighbours_of_the_same_label():
    frame = two_islands()
    new = sample(frame, 500, k=1)
    for label in ("yes", "no"):
        real, made = frame[frame["t"] == label], new[new["t"] == label]
        a, b = real[["a", "b"]].to_numpy(float), made[["a", "b"]].to_numpy(float)
        start, step = a[:, None], a[None] - a[:, None]  # every segment between two rows of the label
        length = np.maximum((step**2).sum(-1), 1e-12)
        along = np.clip(((b[:, None, None] - start) * step).sum(-1) / length, 0, 1)
        gap = np.abs(start + along[..., None] * step - b[:, None, None])
        assert gap.max(-1).min((1, 2)).max() <= 0.5  # b is rounded to whole numbers
        assert not made["a"].between(5, 95).any()  # none between the islands: those are no neighbours
        assert set(made["a"] > 50) == {True, False}
        assert (made["c"] == np.where(made["a"] > 50, "far", "near")).all()


def test_no_training_row_is_handed_through():
    frame = two_islands()
    assert not set(sample(frame, 2000)["a"]) & set(frame["a"])


@pytest.mark.parametrize("n", [1, 33, 80, 1000])
def test_labels_keep_their_share(n):
    frame = two_islands()
    new = sample(frame, n)
    assert len(new) == n
    assert abs((new["t"] == "yes").sum() - n * (frame["t"] == "yes").mean()) < 1


def test_a_label_with_fewer_rows_than_neighbours_is_interpolated_among_those_it_has():
    frame = two_islands()
    few = pd.concat([frame[frame["t"] == "no"], frame[frame["t"] == "yes"].iloc[:3]])
    new = sample(few, 400, k=21)
    made, real = new[new["t"] == "yes"], few[few["t"] == "yes"]
    assert len(made) > 10
    assert made["a"].between(real["a"].min(), real["a"].max()).all()
    one = pd.concat([frame[frame["t"] == "no"], frame[frame["t"] == "yes"].iloc[:1]])
    with pytest.raises(InputError, match=f"at least two training rows of each label, got {len(one) - 1} and 1"):
        sample(one, 10)


def test_missing_values_keep_their_share():
    rng = np.random.default_rng(1)
    frame = pd.concat([two_islands(200)] * 3, ignore_index=True)
    frame["a"] += rng.random(len(frame))
    frame.loc[rng.random(len(frame)) < 0.2, "b"] = np.nan
    frame.loc[frame["a"] > 50, "c"] = None
    new = sample(frame, 3000)
    assert new["b"].isna().mean() == pytest.approx(frame["b"].isna().mean(), abs=0.05)
    assert (new["b"].dropna() % 1 == 0).all()
    assert (new["c"].isna() == (new["a"] > 50)).all()


def test_without_numbers_every_value_is_the_neighbours_most_frequent():
    """Two patterns, each with a few rows that differ in one column. The vote of neighbours restores the pattern."""
    common = pd.DataFrame({"p": ["a", "b"] * 30, "q": ["a", "b"] * 30, "r": ["a", "b"] * 30, "s": ["x", "y"] * 30})
    common["t"] = (common["p"] == "a").astype(int)
    odd = common.iloc[:4].assign(r=["b", "a", "b", "a"])
    new = sample(pd.concat([common, odd]), 200, Schema((), ("p", "q", "r"), "t", 1, ("s",)))
    assert set(map(tuple, new.to_numpy())) >= {("a", "a", "a", "x", 1), ("b", "b", "b", "y", 0)}
    assert (new["p"] == new["q"]).all()
    assert (new["p"] == new["r"]).mean() > 0.9
