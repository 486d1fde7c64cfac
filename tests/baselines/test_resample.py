from dataclasses import replace

import pandas as pd
import pytest

from baselines.resample import Resample
from fairtab import InputError, Joint, Table
from fairtab.errors import SmallCellWarning
from tests.conftest import TOY_SCHEMA


def counted(table: Table) -> pd.Series:
    return table.frame.value_counts()


def test_resample_draws_training_rows_to_the_joint(toy):
    method = Resample().fit(toy.train, toy.validation, seed=0)
    joint = Joint.from_table(toy.train).balanced(10)
    sample = method.sample(400, seed=0, joint=joint)
    assert set(counted(sample).index) <= set(counted(toy.train).index)
    assert (Joint.from_table(sample).probability - joint.probability).abs().max() < 1 / 400
    assert not sample.frame.equals(method.sample(400, seed=1, joint=joint).frame)


def test_resample_uses_up_a_cell_before_a_row_comes_again(toy):
    method = Resample().fit(toy.train, toy.validation, seed=0)
    pd.testing.assert_series_equal(
        counted(method.sample(200, seed=0)).sort_index(), counted(toy.train).sort_index()
    )  # asked for its own joint and size, each row once


def test_resample_draws_from_a_labels_other_cells_where_one_is_empty(toy):
    frame = toy.train.frame
    empty = (frame["sex"] == "Male") & (frame["region"] == "north") & (frame["approved"] == "no")
    method = Resample().fit(Table(frame[~empty], TOY_SCHEMA), toy.validation, seed=0)
    joint = Joint.from_table(toy.train).balanced(10)
    with pytest.warns(SmallCellWarning, match="no training row to draw for no, Male, north"):
        found = Joint.from_table(method.sample(1000, seed=0, joint=joint)).probability
    expected = joint.probability["no"].sum() / 3
    assert found["no", "Male", "north"] == 0
    assert found["no"][found["no"] > 0].tolist() == pytest.approx([expected] * 3, abs=1 / 1000)
    assert found["yes"].tolist() == pytest.approx(joint.probability["yes"].tolist(), abs=1 / 1000)


def test_resample_needs_rows_of_every_label_asked_for(toy):
    frame = toy.train.frame
    only = Table(frame[frame["approved"] == "no"], TOY_SCHEMA)
    method = Resample().fit(only, toy.validation, seed=0)
    with pytest.warns(SmallCellWarning), pytest.raises(InputError, match="has no training rows"):
        method.sample(100, seed=0, joint=Joint.from_table(toy.train))


def test_saved_rows_keep_the_types_that_parquet_does_not_have(toy, tmp_path):
    codes = pd.Series([1, 2, None, 3] * (len(toy.train) // 4), dtype="Int64")
    flags = pd.Series([True, None, False, True] * (len(toy.train) // 4), dtype="boolean")
    frame = toy.train.frame.head(len(codes)).reset_index(drop=True).assign(job=codes, region=flags)
    schema = replace(TOY_SCHEMA, categorical=("job", "region"), sensitive=("sex",))
    table = Table(frame, schema)
    method = Resample().fit(table, table, seed=0)
    method.save(tmp_path)
    made, again = (each.sample(50, seed=0).frame for each in (method, Resample.load(tmp_path)))
    pd.testing.assert_frame_equal(made, again)
    assert {type(value) for value in again["job"].dropna()} == {int}
    assert {type(value) for value in again["region"].dropna()} == {bool}
