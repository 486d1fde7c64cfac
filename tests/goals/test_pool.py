import pandas as pd
import pytest

from baselines.resample import Resample
from fairtab.errors import SmallCellWarning
from fairtab.goals.pool import Pool
from fairtab.joint import Joint
from fairtab.table import Table


@pytest.fixture
def resample(toy):
    return Resample().fit(toy.train, toy.validation, seed=0)


def rows(table: Table) -> set[tuple]:
    return set(table.frame.itertuples(index=False, name=None))


def test_a_table_has_the_joint_asked_for(resample, toy):
    own = Joint.from_table(toy.train)
    joint = own.with_odds("yes", {"sex": {"Female": 0.8}})
    table = Pool(resample, own.with_odds("yes"), 300, seed=0).table(joint)
    assert len(table) == 300
    found = table.frame.groupby(list(toy.schema.conditions)).size()
    assert found.to_dict() == {cell: n for cell, n in joint.counts(300).items() if n}


def test_a_table_does_not_depend_on_those_before_it(resample, toy):
    own = Joint.from_table(toy.train).with_odds("yes")
    far = own.with_odds("yes", {"sex": {"Female": 1.5}})  # needs a second block
    fresh, used = (Pool(resample, own, 300, seed=0) for _ in range(2))
    used.table(far)
    pd.testing.assert_frame_equal(used.table(own).frame, fresh.table(own).frame)
    assert len(used.blocks) == 2


def test_joints_close_to_each_other_share_their_rows(resample, toy):
    own = Joint.from_table(toy.train).with_odds("yes")
    pool = Pool(resample, own, 100, seed=0)
    near = own.with_odds("yes", {"sex": {"Female": 0.1}})
    tables = [
        {
            cell: rows(Table(frame, toy.schema))
            for cell, frame in pool.table(joint).frame.groupby(list(toy.schema.conditions))
        }
        for joint in (own, near)
    ]
    assert tables[0] != tables[1]
    for cell in tables[0]:
        few, many = sorted((by_cell[cell] for by_cell in tables), key=len)
        assert few <= many, cell  # of a cell, the joint that wants more has all that the other has


def test_a_cell_that_the_synthesizer_cannot_fill_is_left_out(toy):
    frame = toy.train.frame
    gone = (frame["approved"] == "yes") & (frame["sex"] == "Female") & (frame["region"] == "north")
    train = Table(frame[~gone], toy.schema)
    resample = Resample().fit(train, toy.validation, seed=0)
    joint = Joint.from_table(train).with_odds("yes")
    with pytest.warns(SmallCellWarning):
        table = Pool(resample, joint, 200, seed=0).table(joint)
    assert len(table) == 200 - joint.counts(200)["yes", "Female", "north"]
