"""Memorisation rejection: on a method that copies, on one that remembers nothing, and on one that does both."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from baselines.resample import Resample
from fairtab.joint import Joint, requested
from fairtab.metrics import privacy
from fairtab.metrics.closest import distances_to_closest
from fairtab.rules import memorised
from fairtab.rules.drawing import draw
from fairtab.rules.memorised import Cap
from fairtab.synthesizer import Synthesizer
from fairtab.table import Schema, Table

SCHEMA = Schema(("a", "b"), (), "y", 1, ("s",))


def drawn(n: int, seed: int, joint: Any = None) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([[0, 1], ["f", "m"]], names=["y", "s"])
    frame = requested(joint, Joint(pd.Series([0.3, 0.2, 0.1, 0.4], index=index))).draw(n, seed=seed)
    return frame.assign(a=rng.normal(frame["y"], 1), b=rng.normal(0, 1, n))


@dataclass
class Remembers(Synthesizer):  # type: ignore[misc]
    """Draws from the true distribution, but puts a share of its rows beside training rows of their cell."""

    train: pd.DataFrame
    share: float
    steerable: bool = True  # type: ignore[misc]

    @property
    def joint(self) -> Joint:
        return Joint.from_table(Table(self.train, SCHEMA))

    def sample(self, n: int, *, seed: int, joint: Any = None) -> Table:
        rng = np.random.default_rng(seed)
        frame = drawn(n, seed, joint)
        for (y, s), rows in frame.groupby(["y", "s"]).groups.items():
            own = self.train[self.train["y"].eq(y) & self.train["s"].eq(s)]
            near = rows[rng.random(len(rows)) < self.share]
            beside = own.iloc[rng.integers(0, len(own), len(near))][["a", "b"]] + rng.normal(0, 0.001, (len(near), 2))
            frame.loc[near, ["a", "b"]] = beside.to_numpy()
        return Table(frame, SCHEMA)


@pytest.fixture(scope="module")
def real() -> tuple[Table, Table, Table]:
    """Training, holdout and test rows."""
    return tuple(Table(drawn(n, seed), SCHEMA) for n, seed in ((600, 11), (400, 12), (400, 13)))


def dcr(table: Table, train: Table, test: Table) -> float:
    return privacy.dcr(distances_to_closest(table, train, test, seed=0))


def test_what_is_remembered_is_drawn_again(real):
    train, holdout, test = real
    method = Remembers(train.frame, share=0.4)
    plain = draw(method, 2000, seed=0)
    capped = draw(method, 2000, seed=0, cap=Cap(train, holdout, seed=0))
    assert dcr(plain.table, train, test) > 0.58
    assert dcr(capped.table, train, test) < 0.54
    assert 0.3 < capped.share < 0.8
    assert capped.rejected[Cap.text] == capped.n_drawn - capped.n_accepted


def test_of_a_method_that_remembers_nothing_few_rows_are_rejected(real):
    train, holdout, _ = real
    capped = draw(Remembers(train.frame, share=0), 2000, seed=0, cap=Cap(train, holdout, seed=0))
    assert capped.share > 0.6
    assert capped.table.frame["a"].mean() == pytest.approx(0.5, abs=0.1)  # rows are what they were


def test_the_joint_holds_to_the_row(real):
    train, holdout, _ = real
    joint = Joint.from_table(train).balanced(10)
    capped = draw(Remembers(train.frame, share=0.4), 1000, seed=0, joint=joint, cap=Cap(train, holdout, seed=0))
    counts = capped.table.frame.groupby(["y", "s"]).size().to_dict()
    assert counts == joint.counts(1000).to_dict()


def test_a_ratio_by_hand():
    schema = Schema(("x",), (), "y", 1, ("s",))
    train = Table(pd.DataFrame({"x": np.arange(10) * 1.0, "y": 0, "s": "a"}), schema)
    cap = Cap(train, train, seed=0)
    # the first is a copy; the second is 1/2 from its closest row, and 9 and 1/2 from the tenth
    ratio = cap.ratio(pd.DataFrame({"x": [0.0, -0.5], "y": 0, "s": "a"}))
    assert ratio == pytest.approx([0, 0.5 / 9.5], abs=1e-5)
    same = Table(pd.DataFrame({"x": [3.0] * 20, "y": 0, "s": "a"}), schema)
    assert Cap(same, same, seed=0).ratio(same.frame) == pytest.approx(1)  # a copy of twenty rows is a copy of none


def test_the_same_seed_rejects_the_same_rows(real):
    train, holdout, _ = real
    method = Remembers(train.frame, share=0.4)
    first, again = (draw(method, 500, seed=3, cap=Cap(train, holdout, seed=0)).table.frame for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


def test_small_cells_share_one_acceptance(real, monkeypatch):
    train, holdout, _ = real
    monkeypatch.setattr(memorised, "MIN_CELL", 100)
    seen = []
    learn = memorised._acceptance
    monkeypatch.setattr(memorised, "_acceptance", lambda *given: seen.append(len(given[1])) or learn(*given))
    Cap(train, holdout, seed=0).rejecting(Remembers(train.frame, share=0), None, seed=0)
    sizes = holdout.frame.groupby(["y", "s"]).size()
    small, large = sizes[sizes < 100], sizes[sizes >= 100]
    assert len(small) == 2
    assert sorted(seen) == sorted([*large, small.sum()])


def test_a_method_that_copies_everything_comes_to_an_end(real):
    train, holdout, _ = real
    capped = draw(Resample().fit(train, train, seed=0), 100, seed=0, cap=Cap(train, holdout, seed=0))
    assert len(capped.table) == 100
    assert capped.share < 0.1


def test_rows_that_are_counted_as_accepted_are_those_that_are_given(real):
    """The cap rejects at random. So each row is judged once."""
    train, holdout, _ = real
    model, cap = Remembers(train.frame, share=0.3), Cap(train, holdout, seed=0)
    judged: list[int] = []
    ratio = cap.ratio

    def counted(frame: pd.DataFrame) -> np.ndarray:
        judged.append(len(frame))
        return ratio(frame)

    cap.ratio = counted
    made = draw(model, 200, seed=0, cap=cap)
    assert made.n_accepted >= len(made.table) == 200
    assert sum(judged) == made.n_drawn + memorised.N_PILOT + len(holdout)
