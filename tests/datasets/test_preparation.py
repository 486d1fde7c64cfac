import numpy as np
import pandas as pd
import pytest

from fairtab import InputError
from fairtab.datasets.preparation import meant, prepare

FRAME = pd.DataFrame({"age": [20, 25, np.nan, 26], "code": ["A", "B", "A", "B"], "Class": [1, 2, 2, 1]})


def test_derived_columns():
    rules = {
        "group": {"from": "age", "at_most": 25, "then": "young", "otherwise": "older"},
        "sex": {"from": "code", "map": {"A": "male", "B": "female"}},
        "Class": {"from": "Class", "map": {"1": "no", "2": "yes"}},
    }
    got = prepare(FRAME, derive=rules)
    assert got["group"].fillna("?").tolist() == ["young", "young", "?", "older"]
    assert got["sex"].tolist() == ["male", "female", "male", "female"]
    assert got["Class"].tolist() == ["no", "yes", "yes", "no"]
    assert list(FRAME) == ["age", "code", "Class"]  # left alone


@pytest.mark.parametrize(
    ("rows", "kept"),
    [({"age": {"min": 21}}, [1, 3]), ({"age": {"max": 25}}, [0, 1]), ({"code": {"not": "A"}, "age": {"max": 25}}, [1])],
)
def test_rows_are_kept_by_their_values_and_never_by_a_missing_one(rows, kept):
    assert list(prepare(FRAME, rows=rows).index) == kept


def test_names_by_spelling_and_by_position():
    assert list(prepare(FRAME, spelling=["c_lass", "other"])) == ["age", "code", "c_lass"]
    assert list(prepare(FRAME, columns=["code", "age", "class"])) == ["age", "code", "class"]
    assert list(prepare(FRAME, columns=["x", "y", "z"])) == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ({"derive": {"x": {"from": "town", "map": {}}}}, r"derive x: expected a column 'town' \(the table has: age"),
        ({"derive": {"x": {"from": "code", "map": {"A": 1}}}}, "'code' has values that are not in its map: B"),
        ({"derive": {"x": {"from": "code", "at_most": 1, "then": 0, "otherwise": 1}}}, "'code', got text"),
        ({"derive": {"x": {"from": "code"}}}, "derive x: expected from with map, or from with at_most"),
        ({"rows": {"town": {"min": 0}}}, "rows: expected a column 'town'"),
        ({"rows": {"age": {"above": 0}}}, "rows age: expected min, max or not, got above"),
        ({"rows": {"code": {"min": 0}}}, "rows code: expected values that compare with"),
        ({"columns": ["a", "b"]}, r"expected 2 columns \(a, b\), got 3"),
    ],
)
def test_what_does_not_fit_the_table_is_refused(description, message):
    with pytest.raises(InputError, match=message):
        prepare(FRAME, **description)


@pytest.mark.parametrize(
    ("asked", "values", "found"),
    [
        (1, ["0", "1"], "1"),
        (1, [0.0, 1.0], 1.0),
        ("1", [0, 1], 1),
        (True, ["False", "True"], "True"),
        (1, ["False", "True"], "True"),
        (False, [0, 1], 0),
        ("Yes", ["no", "yes"], "yes"),
        ("yes", ["Yes", "yes"], "yes"),
        ("maybe", ["no", "yes"], "maybe"),
    ],
)
def test_a_value_is_found_as_the_file_spells_it(asked, values, found):
    got = meant(asked, values)
    assert (got, type(got)) == (found, type(found))


def test_a_map_prefers_the_value_as_it_is_written():
    frame = pd.DataFrame({"code": ["01", "1", "2_1", "21", "A", "a"]})
    new = {"01": "p", "1": "q", "2_1": "r", "21": "s", "A": "t", "a": "u"}
    assert prepare(frame, derive={"new": {"from": "code", "map": new}})["new"].tolist() == list("pqrstu")
    numbers = prepare(pd.DataFrame({"code": [1, 21]}), derive={"new": {"from": "code", "map": new}})
    assert numbers["new"].tolist() == ["q", "s"]


def test_entries_name_a_column_however_its_letters_are_coded():
    frame = pd.DataFrame({"a\u0302ge": [20, 60]})
    made = prepare(frame, rows={"\u00e2ge": {"max": 50}}, derive={"g": {"from": "\u00e2ge", "map": {20: "young"}}})
    assert made["g"].tolist() == ["young"]
