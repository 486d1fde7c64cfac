import numpy as np
import pandas as pd

from baselines.independent import Independent
from fairtab import Schema, Table


def test_columns_keep_their_distribution_and_lose_their_association():
    rng = np.random.default_rng(0)
    a = rng.integers(0, 10, 2000)
    frame = pd.DataFrame({"a": a, "b": a + 100, "s": np.where(a > 4, "x", "y"), "t": np.where(a > 6, 1, 0)})
    train = Table(frame, Schema(("a", "b"), (), "t", 1, ("s",)))
    new = Independent().fit(train, train, seed=0).sample(20000, seed=0).frame
    assert frame.corr(numeric_only=True).abs().to_numpy().min() > 0.6
    assert new.corr(numeric_only=True).where(~np.eye(3, dtype=bool)).abs().max().max() < 0.05
    assert abs(new.groupby("s")["t"].mean().diff().iloc[-1]) < 0.05
    for name in frame.columns:
        expected, found = (each[name].value_counts(normalize=True) for each in (frame, new))
        assert (expected - found).abs().max() < 0.02
