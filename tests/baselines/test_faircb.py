import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from baselines.faircb import FairCB
from fairtab import InputError, Schema, Table

SCHEMA = Schema(("a", "b"), ("c",), "t", 1, ("s",))


def islands(*sizes: int, label: int) -> pd.DataFrame:
    """Distant islands of rows with one label, of these sizes. The sensitive attribute is independent of them."""
    rng = np.random.default_rng(label)
    island = np.repeat(np.arange(len(sizes)), sizes)
    n = len(island)
    columns = {
        "a": 1000 * island + rng.random(n),
        "b": rng.random(n) - 1000 * island,
        "c": np.array(["x", "y", "z"])[island],
    }
    return pd.DataFrame({**columns, "s": rng.choice(["m", "f"], n), "t": label})


@pytest.fixture
def train() -> Table:
    return Table(pd.concat([islands(90, 30, label=0), islands(10, 50, 20, label=1)]), SCHEMA)


def test_classes_and_the_clusters_of_each_get_equal_shares(train):
    method = FairCB(max_clusters=4).fit(train, train, seed=0)
    new = method.sample(600, seed=0).frame
    assert new.groupby(["t", "c"]).size().to_dict() == {(0, "x"): 150, (0, "y"): 150, **{(1, c): 100 for c in "xyz"}}
    assert method.shares().tolist() == pytest.approx([1 / 4, 1 / 4, 1 / 6, 1 / 6, 1 / 6])


def test_sensitive_attributes_do_not_shape_the_clusters(train):
    other = Table(train.frame.assign(s=["m", "f"] * 100), SCHEMA)
    groups = [FairCB().fit(table, table, seed=0).groups for table in (train, other)]
    assert (groups[0] == groups[1]).all()


def test_training_rows_stand_among_the_new_ones_as_in_the_smallest_balanced_table(train):
    """The largest cluster, 90 rows, is a quarter of the table: the smallest balanced table has 360 rows, from 200."""
    method = FairCB(max_clusters=4).fit(train, train, seed=0)
    real = set(train.frame["a"])
    made = method.sample(360, seed=0).frame
    kept = made[made["a"].isin(real)]
    assert kept.groupby(["t", "c"]).size().to_dict() == train.frame.groupby(["t", "c"]).size().to_dict()
    assert not kept.duplicated().any()
    half = method.sample(180, seed=0).frame
    assert half["a"].isin(real).sum() == pytest.approx(100, abs=3)
    many = method.sample(3600, seed=0).frame
    assert many["a"].isin(real).sum() == 200  # no row twice
    method.keep_rows = False
    assert not method.sample(360, seed=0).frame["a"].isin(real).any()


def test_new_rows_lie_within_a_cluster(train):
    new = FairCB(max_clusters=4, keep_rows=False).fit(train, train, seed=0).sample(500, seed=0).frame
    assert (new["a"] % 1000 <= 1).all()
    assert (new["c"] == np.array(["x", "y", "z"])[(new["a"] // 1000).astype(int)]).all()


def test_a_class_too_small_for_clusters_is_one(train):
    few = Table(pd.concat([islands(90, 30, label=0), islands(3, 3, label=1)]), SCHEMA)
    method = FairCB(max_clusters=4, k=5).fit(few, few, seed=0)
    assert np.bincount(method.groups).tolist()[4:] == [6]
    one = Table(few.frame.iloc[:-5], SCHEMA)
    with pytest.raises(InputError, match="at least two training rows of each label, got 120 and 1"):
        FairCB().fit(one, one, seed=0)


def test_there_must_be_features_to_cluster(train):
    bare = Table(train.frame, Schema((), (), "t", 1, ("s",)))
    with pytest.raises(InputError, match="columns to cluster"):
        FairCB().fit(bare, bare, seed=0)


def test_clusters_are_computed_by_one_thread_on_any_machine(train, monkeypatch):
    seen, clusters = [], FairCB._clusters
    monkeypatch.setattr(FairCB, "_clusters", lambda *args: (seen.append(n_threads()), clusters(*args))[1])

    def n_threads() -> int:
        return max(pool["num_threads"] for pool in threadpool_info())

    with threadpool_limits(2):
        FairCB(max_clusters=2).fit(train, train, seed=0)
        assert (seen, n_threads()) == ([1, 1], 2)
