import json

import hypothesis.extra.pandas as st_pandas
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fairtab.codec import Codec
from fairtab.column import Column
from fairtab.errors import InputError
from fairtab.settings import CategoryRule
from fairtab.table import Schema, Table
from tests.conftest import TOY_SCHEMA, toy_frame


def one_column(values: pd.Series, as_category: bool | None = None) -> Table:
    override = {} if as_category is None else {"x": as_category}
    schema = Schema(("x",), (), "y", 1, ("s",), override)
    n = len(values)
    return Table(pd.DataFrame({"x": values.to_numpy(), "y": [0, 1] * (n // 2) + [0] * (n % 2), "s": "a"}), schema)


def round_trip(codec: Codec, table: Table) -> Table:
    encoded = codec.encode(table)
    return codec.decode(codec.spread(encoded.x_num), encoded.x_cat, encoded.condition)


numbers = st.one_of(
    st_pandas.series(elements=st.floats(allow_infinity=False, width=64), index=st_pandas.range_indexes(min_size=1)),
    st_pandas.series(elements=st.sampled_from([0, 0, 0, 7, 10**12]), index=st_pandas.range_indexes(min_size=1)),
    st_pandas.series(elements=st.integers(-(2**63), 2**63 - 1), dtype="int64"),
    st_pandas.series(elements=st.just(3.5), index=st_pandas.range_indexes(min_size=1)),
)


@settings(deadline=None)
@given(values=numbers.filter(len), as_category=st.sampled_from([True, False]))
def test_any_column_comes_back_exactly(values, as_category):
    table = one_column(values, as_category)
    codec = Codec.fit(table)
    pd.testing.assert_frame_equal(round_trip(codec, table).frame, table.frame, check_exact=True)
    again = Codec.from_dict(json.loads(json.dumps(codec.to_dict())))
    pd.testing.assert_frame_equal(round_trip(again, table).frame, table.frame, check_exact=True)


def test_a_mixed_table_with_missing_values_comes_back_exactly():
    frame = toy_frame(300)
    frame.loc[::7, "amount"] = np.nan
    frame.loc[::5, "job"] = None
    table = Table(frame, TOY_SCHEMA)
    restored = round_trip(Codec.fit(table), table).frame
    pd.testing.assert_frame_equal(restored, table.frame, check_exact=True)


@pytest.mark.parametrize(
    "values",
    [
        np.zeros(4000),
        np.repeat([0, 1, 5], [3600, 300, 100]),
        np.arange(4000.0),
        np.repeat([np.nan, 1, 5], [3000, 700, 300]),
    ],
)
def test_a_spread_column_is_standard_normal_whatever_its_shape(values):
    table = one_column(pd.Series(values), as_category=False)
    codec = Codec.fit(table)
    x_num = codec.spread(codec.encode(table).x_num, torch.Generator().manual_seed(0))
    assert stats.kstest(x_num[:, 0].numpy(), "norm").pvalue > 0.01


def test_spreading_draws_afresh_and_keeps_the_order_of_values():
    table = one_column(pd.Series([1.0, 2.0, 2.0, 3.0] * 50), as_category=False)
    codec = Codec.fit(table)
    codes = codec.encode(table).x_num
    a, b = codec.spread(codes), codec.spread(codes)
    assert not torch.equal(a, b)
    assert a[codes == 0].max() < a[codes == 1].min()
    assert a[codes == 1].max() < a[codes == 2].min()


def test_a_missing_number_lies_below_the_smallest():
    table = one_column(pd.Series([np.nan, 1.0, 2.0, np.nan]), as_category=False)
    codec = Codec.fit(table)
    assert codec.encode(table).x_num[:, 0].tolist() == [0, 1, 2, 0]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.arange(20), True),  # few values
        (np.arange(21), False),
        (np.r_[np.zeros(900), np.arange(1, 101)], True),  # a spike of 90%
        (np.r_[np.zeros(890), np.arange(1, 111)], False),
        (np.r_[np.zeros(9000), np.arange(1, 1001)], False),  # a spike, but too wide
    ],
)
def test_which_numerical_columns_are_modelled_as_categories(values, expected):
    assert CategoryRule(few=20, spike=0.9, many=512)(Column.from_series(pd.Series(values))) is expected


def test_the_schema_overrides_the_rule():
    values = pd.Series([1, 2] * 10)
    assert Codec.fit(one_column(values)).cardinalities == (2,)
    assert Codec.fit(one_column(values, as_category=False)).cardinalities == ()


@pytest.mark.parametrize("conditions", [("approved",), ()])
def test_label_and_sensitive_columns_that_are_no_conditions_are_modelled(conditions):
    table = Table(toy_frame(50), TOY_SCHEMA)
    codec = Codec.fit(table, conditions=conditions)
    assert tuple(column.name for column in codec.conditions) == conditions
    expected = [name for name in ("job", "approved", "sex", "region") if name not in conditions]
    assert [column.name for column in codec.categorical] == ["gain", *expected]  # gain by the rule
    x_num, x_cat, condition = codec.encode(table)
    assert codec.decode(codec.spread(x_num), x_cat, condition).frame.equals(table.frame)


def test_unseen_numbers_take_a_neighbour_and_unseen_categories_are_refused():
    frame = toy_frame(100)
    codec = Codec.fit(Table(frame, TOY_SCHEMA), CategoryRule(few=0, spike=2))
    other = frame.head(3).assign(age=[0, 200, frame["age"].min()])
    codes = codec.encode(Table(other, TOY_SCHEMA)).x_num[:, 0].tolist()
    assert codes == [0, frame["age"].nunique() - 1, 0]
    strange = Table(frame.head(3).assign(job=["clerk", "pilot", "nurse"]), TOY_SCHEMA)
    assert codec.seen(strange).tolist() == [True, False, True]
    with pytest.raises(InputError, match="'job': values not in the training table: pilot"):
        codec.encode(strange)


def test_an_unseen_number_takes_the_next_larger_one_also_beside_missing_ones():
    codec = Codec.fit(one_column(pd.Series([np.nan, 1.0, 3.0, 5.0]), as_category=False))
    unseen = one_column(pd.Series([0.0, 2.0, 4.0, np.nan]), as_category=False)
    assert codec.encode(unseen).x_num[:, 0].tolist() == [1, 2, 3, 0]


@pytest.mark.parametrize("values", [[True, False, None], [1, 2, None], ["a", "b", None], [True, False, True]])
def test_categories_of_any_type_survive_json(values):
    frame = toy_frame(60).assign(job=pd.Series(values * 20, dtype=object))
    table = Table(frame, TOY_SCHEMA)
    codec = Codec.from_dict(json.loads(json.dumps(Codec.fit(table).to_dict())))
    pd.testing.assert_frame_equal(round_trip(codec, table).frame, table.frame, check_exact=True)
