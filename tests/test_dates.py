"""Dates are numbers inside, and come back in the very spelling or type that they had."""

import datetime
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairtab import Codec, InputError
from fairtab.datasets.reading import plain
from fairtab.dates import DateFormat, format_of, readings
from fairtab.table import Schema, Table

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("values", "form", "unit", "numbers"),
    [
        (["1970-01-01", "1970-01-31", "1969-12-31"], "YYYY-MM-DD", "D", [0, 30, -1]),
        (["2024-02-28", "2024-03-01"], "YYYY-MM-DD", "D", [19781, 19783]),  # with a leap day between
        (["1600-01-01", "9999-12-31"], "YYYY-MM-DD", "D", [-135140, 2932896]),
        (["1600-01-01T00:00:01", "9999-12-31T23:59:59"], "YYYY-MM-DDThh:mm:ss", "s", [-11676095999, 253402300799]),
        (["2024-01-01", None], "YYYY-MM-DD", "D", [19723, np.nan]),
        (["31/12/1970", "01/02/1970"], "DD/MM/YYYY", "D", [364, 31]),
        (["12/31/1970", "01/02/1970"], "MM/DD/YYYY", "D", [364, 1]),
        (["31.1.1970", "1.2.1970"], "D.M.YYYY", "D", [30, 31]),
        (["1/31/1970 0:30", "1/1/1970 10:00"], "M/D/YYYY h:mm", "m", [30 * 1440 + 30, 600]),
        (["1970-01-02 00:00:00"] * 2, "YYYY-MM-DD hh:mm:ss", "D", [1, 1]),  # the resolution is a day
        (["1970-01-01 00:00:01.50", "1970-01-01 00:00:00.25"], "YYYY-MM-DD hh:mm:ss.ff", "ms", [1500, 250]),
        (["1970-01-01T00:00:00.0000001Z"], "YYYY-MM-DDThh:mm:ss.fffffffZ", "ns", [100]),
        (["1970-01-01T01:00+01:00", "1970-01-01T03:00+01:00"], "YYYY-MM-DDThh:mm+01:00", "h", [1, 3]),
        (["00:01", "23:59"], "hh:mm", "m", [1, 1439]),
        (["00:00:01", None], "hh:mm:ss", "s", [1, np.nan]),
        ([datetime.date(1970, 1, 2), None], "date32[day]", "D", [1, np.nan]),
        ([datetime.time(0, 0, 2), datetime.time(1)], "time64[us]", "s", [2, 3600]),
        (pd.to_datetime(["1970-01-02", None]), "timestamp[ns]", "D", [1, np.nan]),
        (pd.to_datetime(["1970-01-01 01:00"]).tz_localize(BERLIN), f"timestamp[ns, tz={BERLIN}]", "D", [0]),
        (np.array(["1600-01-01"], "datetime64[us]"), "timestamp[us]", "D", [-135140]),
    ],
)
def test_dates_by_hand(values, form, unit, numbers):
    column = pd.Series(values, name="x")
    assert readings(column) == [DateFormat(form, unit)]
    found = readings(column)[0]
    np.testing.assert_array_equal(found.read(column), numbers)
    assert found.read(column).dtype == (float if column.isna().any() else np.int64)
    as_read = column.where(column.notna(), np.nan) if column.dtype == object else column
    pd.testing.assert_series_equal(found.write(found.read(column)), as_read)


@pytest.mark.parametrize(
    "values",
    [
        ["2023-02-29"],  # no leap year
        ["1900-02-29"],
        ["2024-01-01", "01/02/2024"],
        ["2024-01-01T10:00:00+01:00", "2024-07-01T10:00:00+02:00"],  # an instant does not tell its zone
        ["2024-01-01 10:00:00.5", "2024-01-01 10:00:00"],
        ["2024-01-01", "soon"],
        ["31/12/24"],  # of which century?
        ["24:00"],
        ["23:59:60"],
        ["9:30"],  # perhaps a ratio
        ["2024-13-01"],
        ["0999-01-01"],
        ["20241231"],
        ["1.2.3"],
        [None, None],
        [20241231, 20250101],
        ["2024-01-01 00:00:00.000000001", None],  # a double does not hold it
        ["1600-01-01 00:00:00.000000001"],
        ["2024-01-01 "],
        ["2024-01-01\n"],
    ],
)
def test_all_else_is_no_date(values):
    assert readings(pd.Series(values)) == []


def test_days_and_months_that_cannot_be_told_apart_have_two_readings():
    column = pd.Series(["01/02/2024", "03/04/2024"], name="day")
    assert [found.form for found in readings(column)] == ["DD/MM/YYYY", "MM/DD/YYYY"]
    assert format_of(column, "MM/DD/YYYY").read(column).tolist() == [19724, 19786]
    with pytest.raises(InputError, match="column 'day': expected dates and times as YYYY-MM-DD in every row") as caught:
        format_of(column, "YYYY-MM-DD")
    assert "2024" not in str(caught.value)


@pytest.mark.parametrize("form", ["YYYY-MM-DD MM", "soon", "MM", "DD/DD/YYYY", "timestamp[us]", ""])
def test_a_form_that_makes_no_sense_is_refused(form):
    with pytest.raises(InputError, match="expected dates and times as"):
        format_of(pd.Series(["2024-01-01"], name="day"), form)


def test_numbers_between_dates_become_legal_dates_of_the_resolution():
    days = DateFormat("YYYY-MM-DD hh:mm:ss", "D")
    assert days.write(pd.Series([58.6, 59.4, np.nan])).tolist()[:2] == ["1970-03-01 00:00:00"] * 2
    assert DateFormat("YYYY-MM-DD", "D").write(pd.Series([19781.6])).tolist() == ["2024-02-29"]


def test_dates_of_another_form_or_type_are_read_too():
    days = DateFormat("YYYY-MM-DD", "D")
    assert days.read(pd.Series(["31/01/1970"])).tolist() == [30]
    assert days.read(pd.Series(["1970-01-02 12:00"])).tolist() == [1.5]
    assert days.read(pd.Series(pd.to_datetime(["1970-01-03"]))).tolist() == [2]
    assert DateFormat("timestamp[ns]", "s").read(pd.Series(["1970-01-02"])).tolist() == [86400]
    with pytest.raises(InputError, match="expected dates"):
        days.read(pd.Series([1, 2]))


moments = st.datetimes(datetime.datetime(1000, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59, 999999))
PATTERNS = ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%Y/%m/%d", "%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f"]


@settings(deadline=None)
@given(
    values=st.lists(moments, min_size=1, max_size=20), pattern=st.sampled_from(PATTERNS), n_missing=st.integers(0, 2)
)
def test_any_dates_come_back_in_their_spelling_and_order(values, pattern, n_missing):
    text = [value.strftime(pattern) for value in values]
    column = pd.Series(text + [None] * n_missing, name="x", dtype=object)
    found = readings(column)
    if not found:  # microseconds of years far away, beside missing ones
        assert n_missing
        assert "%f" in pattern
        return
    numbers = found[0].read(column)
    back = found[0].write(numbers)
    assert back.tolist()[: len(text)] == text
    assert back.isna().sum() == n_missing
    order = np.argsort(numbers[: len(text)].to_numpy(), kind="stable")
    assert sorted(text) == [text[i] for i in order]  # such text has the order of its dates


@settings(deadline=None)
@given(
    values=st.lists(
        st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2200, 1, 1)), min_size=1, max_size=20
    ),
    unit=st.sampled_from(["s", "ms", "us", "ns"]),
    zone=st.sampled_from([None, "UTC", BERLIN]),
)
def test_any_datetimes_come_back_in_their_type(values, unit, zone):
    column = pd.Series(np.array(values, dtype="datetime64[us]").astype(f"datetime64[{unit}]"), name="x")
    column = column if zone is None else column.dt.tz_localize("UTC").dt.tz_convert(zone)
    found = readings(column)[0]
    pd.testing.assert_series_equal(found.write(found.read(column)), column)


def dated(days: list[str | None]) -> tuple[pd.DataFrame, Schema]:
    frame = pd.DataFrame({"day": days, "sex": ["f", "m"] * (len(days) // 2), "y": [0, 1] * (len(days) // 2)})
    return frame, Schema(("day",), (), "y", 1, ("sex",), dates={"day": DateFormat("YYYY-MM-DD", "D")})


def test_a_table_has_numbers_and_is_written_with_dates():
    frame, schema = dated(["2024-02-29", None, "1970-01-02", "1600-01-01"])
    table = Table.from_written(frame, schema)
    assert table.frame["day"].iloc[2] == 1
    assert table.written["day"].tolist()[::2] == ["2024-02-29", "1970-01-02"]
    assert pd.isna(table.written["day"].iloc[1])
    pd.testing.assert_frame_equal(Table.from_written(table.written, schema).frame, table.frame)
    assert Schema.from_json(schema.to_json()) == schema
    codec = Codec.from_dict(json.loads(json.dumps(Codec.fit(table).to_dict())))
    codes = codec.encode(table)
    back = codec.decode(codec.spread(codes.x_num), codes.x_cat, codes.condition)
    pd.testing.assert_frame_equal(back.written, table.written)


def test_a_schema_without_dates_is_written_as_it_always_was():
    assert "dates" not in Schema(("x",), (), "y", 1, ("s",)).to_json()


def test_only_numerical_columns_have_dates():
    with pytest.raises(InputError, match="dates names columns that are not numerical: sex"):
        Schema(("day",), (), "y", 1, ("sex",), dates={"sex": DateFormat("YYYY", "D")})


@pytest.mark.parametrize("form", ["DD/MM/YYYY", "date32[day]", "timestamp[ns]", f"timestamp[us, tz={BERLIN}]"])
def test_dates_keep_their_rows_whatever_the_index(form):
    numbers = pd.Series([19000.0, 19001.0, 19002.0], index=[7, 2, 9], name="x")
    written = DateFormat(form, "D").write(numbers)
    assert list(written.index) == [7, 2, 9]
    pd.testing.assert_series_equal(
        written.reset_index(drop=True), DateFormat(form, "D").write(numbers.reset_index(drop=True))
    )


def test_a_frame_of_datetimes_keeps_its_rows_whatever_the_index():
    days = [datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 2), None]
    found = plain(pd.DataFrame({"day": pd.Series(days, index=[2, 0, 9], dtype=object)}))["day"]
    assert found.isna().tolist() == [False, False, True]
    assert found[2] == days[0]
