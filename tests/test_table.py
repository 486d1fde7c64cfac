from datetime import date

import numpy as np
import pandas as pd
import pytest

from fairtab.codec import Codec
from fairtab.dates import DateFormat
from fairtab.errors import InputError
from fairtab.table import Schema, Table
from tests.conftest import TOY_SCHEMA, toy_frame


def test_a_table_keeps_the_schemas_columns_in_the_frames_order():
    frame = toy_frame(20).assign(extra=1)
    table = Table(frame.iloc[5:], TOY_SCHEMA)
    assert list(table.frame.columns) == ["age", "job", "gain", "amount", "sex", "region", "approved"]
    assert list(table.frame.index) == list(range(15))
    assert list(table.inputs.columns) == ["age", "job", "gain", "amount", "sex", "region"]


def test_y_is_one_where_the_target_is_positive():
    table = Table(toy_frame(20), TOY_SCHEMA)
    assert table.y.tolist() == [int(value == "yes") for value in table.frame["approved"]]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda frame: frame.drop(columns=["job", "sex"]), "absent: job, sex"),
        (lambda frame: frame.iloc[:0], "empty"),
        (lambda frame: frame.assign(age="old"), "'age': expected numbers, got text, no number in "),
        (lambda frame: frame.assign(amount=np.inf), "'amount': expected finite"),
    ],
)
def test_a_table_that_breaks_its_schema_is_refused(spoil, message):
    with pytest.raises(InputError, match=message):
        Table(spoil(toy_frame(20)), TOY_SCHEMA)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sensitive": ("approved",)}, "target 'approved' is also listed as sensitive"),
        ({"sensitive": ()}, "at least one sensitive"),
        ({"categorical": ("job", "age")}, "more than one role: age"),
        ({"as_category": {"job": True}}, "not numerical: job"),
    ],
)
def test_a_schema_that_contradicts_itself_is_refused(change, message):
    roles = {"numerical": ("age",), "categorical": ("job",), "target": "approved", "positive": "yes"}
    with pytest.raises(InputError, match=message):
        Schema(**{**roles, "sensitive": ("sex",), **change})


def test_a_schema_survives_json():
    assert Schema.from_json(TOY_SCHEMA.to_json()) == TOY_SCHEMA


def test_missing_numbers_are_allowed():
    frame = toy_frame(20).assign(amount=[np.nan, *range(19)])
    assert pd.isna(Table(frame, TOY_SCHEMA).frame["amount"].iloc[0])


def test_pandas_own_types_become_plain_values():
    frame = toy_frame(20)
    frame["job"] = frame["job"].mask(frame.index < 3).astype("string")
    frame["sex"] = frame["sex"].astype("category")
    table = Table(frame, TOY_SCHEMA)
    assert table.frame["job"].dtype == table.frame["sex"].dtype == object
    assert table.frame["job"].isna().sum() == 3


def test_a_category_of_mixed_types_is_refused():
    with pytest.raises(InputError, match="'job': expected values of one type, got mixed"):
        Table(toy_frame(20).assign(job=[1, "clerk"] * 10), TOY_SCHEMA)


@pytest.mark.parametrize("name", ["approved", "sex"])
def test_label_and_groups_have_no_missing_values(name):
    frame = toy_frame(20)
    frame.loc[3, name] = None
    with pytest.raises(InputError, match=f"column '{name}': expected a value in every row, 1 are missing"):
        Table(frame, TOY_SCHEMA)


def test_a_group_is_not_called_as_a_joint_calls_its_numbers():
    with pytest.raises(InputError, match="'probability' would be that of a joint"):
        Schema(("age",), (), "y", 1, ("probability",))


@pytest.mark.parametrize(("positive", "plain"), [(np.int64(1), 1), (np.bool_(True), True), (np.str_("yes"), "yes")])
def test_a_positive_value_that_comes_from_numpy_survives_json(positive, plain):
    schema = Schema(("age",), (), "y", positive, ("sex",))
    assert Schema.from_json(schema.to_json()) == schema
    assert type(schema.positive) is type(plain)


@pytest.mark.parametrize("names", [((7,), "y"), (("age",), 8)])
def test_a_column_name_that_is_no_text_is_refused(names):
    numerical, target = names
    with pytest.raises(InputError, match=r"expected column names that are text, got [78]"):
        Schema(numerical, (), target, 1, ("sex",))


DATES = {
    "datetime64": pd.to_datetime(["2024-01-01", "2024-01-02"] * 10),
    "missing": pd.to_datetime(["2024-01-01", None] * 10),
    "time zone": pd.to_datetime(["2024-01-01", "2024-01-02"] * 10, utc=True),
    "date": [date(2024, 1, 1), None] * 10,
    "category": pd.Categorical(pd.to_datetime(["2024-01-01", "2024-01-02"] * 10)),
    "timedelta": pd.to_timedelta([1, 2] * 10),
    "period": pd.PeriodIndex(["2024", "2025"] * 10, freq="Y"),
}


@pytest.mark.parametrize("dates", DATES.values(), ids=DATES)
def test_categories_that_are_dates_are_refused_with_the_way_to_have_them(dates):
    with pytest.raises(InputError, match=r"column 'job': expected text.* Schema.dates and use Table.from_written") as e:
        Table(toy_frame(20).assign(job=dates), TOY_SCHEMA)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("dtype", ["Int64", "UInt64", "int64[pyarrow]"])
def test_whole_numbers_that_doubles_do_not_hold_are_refused_beside_missing_ones(dtype):
    def frame(*values: int | None) -> pd.DataFrame:
        return toy_frame(20).assign(amount=pd.array(list(values) * 10, dtype=dtype))

    with pytest.raises(InputError, match="'amount': values are missing, and doubles do not hold all others"):
        Table(frame(2**53 + 1, None), TOY_SCHEMA)
    assert Table(frame(2**60, None), TOY_SCHEMA).frame["amount"][0] == 2**60
    assert Table(frame(2**53 + 1, 2), TOY_SCHEMA).frame["amount"][0] == 2**53 + 1


def test_nanoseconds_that_doubles_do_not_hold_are_refused_beside_missing_ones():
    schema = Schema(("day",), (), "approved", "yes", ("sex",), dates={"day": DateFormat("timestamp[ns]", "ns")})
    day = pd.Series([pd.Timestamp(1704067200000000001), None] * 10)
    with pytest.raises(InputError, match="'day': values are missing"):
        Table.from_written(toy_frame(20).assign(day=day), schema)
    known = toy_frame(20).assign(day=day.fillna(day[0]))
    assert Table.from_written(known, schema).frame["day"][0] == 1704067200000000001


def test_numbers_in_half_precision_can_be_modelled():
    table = Table(toy_frame(20).assign(amount=np.arange(20, dtype="float16")), TOY_SCHEMA)
    assert table.frame["amount"].dtype == np.float32
    assert Codec.fit(table).encode(table).x_num.shape == (20, 2)
