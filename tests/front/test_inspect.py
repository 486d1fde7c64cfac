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


def test_what_make_refuses_is_refused_here_too():
    frame = pd.DataFrame({"price": ["1,200", "80"] * 60, "sex": ["f", "m"] * 60, "y": [0, 1] * 60})
    frame = frame.assign(
        day=pd.date_range("2024-01-01", periods=120).strftime("%Y-%m-%d"), name=[f"n{i}" for i in range(120)]
    )
    for options, said in (
        ({"numerical": "price"}, "numerical column 'price': expected numbers, got text, no number in 60 of 120 rows"),
        ({"leave_out": "nmae"}, "leave_out: no column nmae"),
        ({"sensitive": "day"}, "sensitive column 'day': expected groups, got 120 different values"),
        ({"target": "name"}, "target 'name': expected 2 to 50 classes, got 120"),
    ):
        with pytest.raises(InputError, match=said):
            inspect(
                frame,
                **{"target": "y", "positive": 1, "sensitive": "sex", **options} if "target" not in options else options,
            )


def test_many_groups_are_counted_and_what_looks_like_numbers_is_said():
    frame = pd.DataFrame(
        {"town": [f"t{i % 40}" for i in range(400)], "rate": ["7%", "8%"] * 200, "y": [0, 1, 1, 0] * 100}
    )
    text = str(inspect(frame, target="y", sensitive="town"))
    assert ", and 20 more" in text
    assert "small cell: and 60 more" in text
    assert "rate (numbers with a percent sign)" in text
    assert "is counted, the rarer label" in text
