"""inspect: what is said of a table before anything is made."""

import pandas as pd
import pytest

from fairtab import InputError, inspect
from tests.conftest import toy_frame


def test_labels_groups_and_small_cells_are_counted():
    frame = toy_frame(200)
    found = inspect(frame, target="approved", positive="yes", sensitive=["sex", "region"]).facts
    female = frame[frame["sex"] == "Female"]
    assert found["groups"]["sex"]["Female"]["rows"] == len(female)
    assert found["groups"]["sex"]["Female"]["positive"] == pytest.approx((female["approved"] == "yes").mean(), abs=1e-4)
    for cell in found["small_cells"]:
        rows = frame[(frame[list(cell["cell"])] == list(cell["cell"].values())).all(axis=1)]
        assert cell["rows"] == len(rows) < 30


def test_it_needs_neither_groups_nor_the_positive_value():
    text = str(inspect(toy_frame(200), target="approved"))
    assert "numerical: age (" in text
    assert "approved: " in text


def test_a_positive_value_of_many_values_is_said_to_need_a_label_of_two():
    frame = toy_frame(200)
    hints = inspect(frame, target="age", positive=int(frame["age"].iloc[0])).facts["hints"]
    assert any("a positive value needs a label of two" in hint for hint in hints)


def test_a_value_that_is_none_of_the_labels_is_refused():
    with pytest.raises(InputError, match="expected 'maybe' as one of its values, got"):
        inspect(toy_frame(200), target="approved", positive="maybe")


def test_dates_are_said_to_be_dates():
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(range(200), unit="D")
    found = inspect(toy_frame(200).assign(opened=days.strftime("%Y-%m-%d")), target="approved")
    assert found.facts["columns"]["opened"]["kind"] == "date"
    assert "date: opened (200 values)" in str(found)


@pytest.mark.parametrize(
    ("frame", "options", "said"),
    [
        ({"y": [None] * 20, "sex": ["f", "m"] * 10}, {"sensitive": "sex"}, "no row has a value|expected"),
        ({"y": [0, 1] * 10, "sex": ["f", "m"] * 10}, {"sensitive": ["sex", "sex"]}, "each once"),
        ({"y": [0, 1] * 10, "sex": ["f", "m"] * 10}, {"sensitive": ["y"]}, "expected other columns than y"),
    ],
)
def test_what_cannot_be_inspected_is_said_in_one_line(frame, options, said):
    with pytest.raises(InputError, match=said):
        inspect(pd.DataFrame({"age": range(20), **frame}), target="y", **options)


def test_labels_may_be_called_like_entries():
    frame = pd.DataFrame({"age": range(90), "sex": ["f", "m"] * 45, "y": ["rows", "positive", "c"] * 30})
    found = inspect(frame, target="y", sensitive="sex")
    assert {group: of["rows"] for group, of in found.facts["groups"]["sex"].items()} == {"f": 45, "m": 45}
    assert "f 45, m 45" in str(found)
    numbers = frame.assign(rows=[i / 2 for i in range(90)]).drop(columns="y")
    assert "sex" in str(inspect(numbers, target="rows", sensitive="sex"))


def test_rows_that_would_be_dropped_are_not_counted():
    frame = pd.DataFrame({"age": [None, 40.0, *range(30, 68)], "sex": ["f", "m"] * 20, "paid": [0, 0, 1, 1] * 10})
    found = inspect(frame, target="paid", sensitive="sex", missing={"policy": "drop"})
    assert (found.facts["rows"], found.facts["rows_left_out"]) == (39, 1)
    assert "Missing values" not in str(found)
