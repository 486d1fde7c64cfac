"""Columns may have any name."""

import pandas as pd
import pytest

from fairtab.datasets.preparation import prepare
from fairtab.dates import DateFormat, numbered, written
from fairtab.frames import as_spelled, crossed, with_columns
from fairtab.groups import Groups, with_groups


@pytest.mark.parametrize("name", ["self", "columns", "**kwargs", "", "DataFrame"])
def test_a_column_may_be_called_like_anything_of_python(name: str) -> None:
    frame = pd.DataFrame({name: ["1970-01-03", "1970-01-05"], "age": [20, 30]})
    formats = {name: DateFormat("YYYY-MM-DD", "D")}
    numbers = numbered(frame, formats)
    assert numbers[name].tolist() == [2, 4]
    assert written(numbers, formats).equals(frame)
    group = {"from": "age", "at_most": 25, "then": "young", "otherwise": "older"}
    assert prepare(frame, derive={name: group})[name].tolist() == ["young", "older"]
    assert with_groups(frame, [Groups("age", (25,))]).columns.tolist() == [name, "age", "age-group"]


def test_the_frame_that_was_given_stays_and_so_does_the_order_of_its_columns() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=[7, 9])
    changed = with_columns(frame, {"a": [5, 6], "c": pd.Series([8, 9], index=[9, 7])})
    assert changed.to_dict("list") == {"a": [5, 6], "b": [3, 4], "c": [9, 8]}  # a Series goes by its index
    assert frame.to_dict("list") == {"a": [1, 2], "b": [3, 4]}


def test_other_values_crossed_have_other_names():
    frame = pd.DataFrame({"r": ["x, y", "x", 'x"', "x"], "s": ["z", "y, z", "z", '"z']})
    assert crossed(frame).nunique() == len(frame)
    assert crossed(pd.DataFrame({"sex": ["f"], "age": [3], "race": ["x"]})).tolist() == ["f, 3, x"]


def test_of_two_columns_that_differ_in_coding_alone_each_is_found_by_its_own_name():
    one, two = "\u00e9", "e\u0301"
    assert as_spelled([one, two], pd.DataFrame({one: [1], two: [2]})) == [one, two]
