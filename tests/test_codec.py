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
from fairtab.grouping import Grouping
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
    with pytest.raises(InputError, match="'job': values not in the training table in 1 rows"):
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


def with_towns(n: int, n_towns: int, seed: int = 0) -> pd.DataFrame:
    """Draw towns whose frequencies have a long tail. The approved prefer the even ones."""
    rng = np.random.default_rng(seed)
    frame = toy_frame(n, seed)
    weights = 1 / (np.arange(n_towns) + 3)
    even = np.where(np.arange(n_towns) % 2 == 0, 4, 1)
    towns = np.empty(n, dtype=int)
    for label, w in (("yes", weights * even), ("no", weights)):
        rows = frame["approved"] == label
        towns[rows] = rng.choice(n_towns, int(rows.sum()), p=w / w.sum())
    return frame.assign(town=[f"town {town}" for town in towns])


TOWN_SCHEMA = Schema(("age", "amount"), ("town", "job"), "approved", "yes", ("sex", "region"))


def test_a_column_of_many_values_has_few_codes_and_comes_back_in_its_own_values():
    table = Table(with_towns(20_000, 3000), TOWN_SCHEMA)
    codec = Codec.from_dict(json.loads(json.dumps(Codec.fit(table).to_dict())))
    assert table.frame["town"].nunique() > 2000
    assert codec.cardinalities == (256, 3)
    encoded = codec.encode(table)
    assert encoded.x_cat[:, 0].max() < 256

    def decoded(seed: int) -> pd.Series:
        return codec.decode(codec.spread(encoded.x_num), encoded.x_cat, encoded.condition, seed=seed).frame["town"]

    town, counts = decoded(0), table.frame["town"].value_counts()
    assert set(town) <= set(counts.index)
    assert town.equals(decoded(0))
    assert not town.equals(decoded(1))
    frequent = counts.index[:100]  # these have codes of their own
    assert town[table.frame["town"].isin(frequent)].equals(table.frame["town"][table.frame["town"].isin(frequent)])
    # the tail has its share, at every frequency, and so has the label in it
    for rows in ([1], range(2, 5), range(5, 15)):
        tail = counts.index[counts.isin(rows)]
        real, synthetic = table.frame["town"].isin(tail), town.isin(tail)
        assert synthetic.mean() == pytest.approx(real.mean(), rel=0.15)
    tail = ~table.frame["town"].isin(counts.index[:128])
    even = [values.str.split().str[1].astype(int) % 2 == 0 for values in (table.frame["town"], town)]
    gaps = [values[tail & (table.y == 1)].mean() - values[tail & (table.y == 0)].mean() for values in even]
    assert gaps[0] > 0.25
    assert gaps[1] > 0.4 * gaps[0]


def test_rows_of_unseen_values_can_be_encoded_if_values_share_codes():
    codec = Codec.fit(Table(with_towns(5000, 1500), TOWN_SCHEMA))
    other = Table(with_towns(10, 5).assign(town="Atlantis"), TOWN_SCHEMA)
    assert codec.seen(other).all()
    assert set(codec.encode(other).x_cat[:, 0].tolist()) == {255}


def test_a_fit_has_no_new_entry_if_no_values_share_codes():
    assert "groupings" not in Codec.fit(Table(toy_frame(200), TOY_SCHEMA)).to_dict()
    few = Table(with_towns(5000, 256), TOWN_SCHEMA)
    codec = Codec.fit(few)
    assert not codec.groupings
    pd.testing.assert_frame_equal(round_trip(codec, few).frame, few.frame, check_exact=True)


@settings(deadline=None)
@given(
    values=st.lists(st.integers(0, 30), min_size=1, max_size=200),
    max_codes=st.integers(2, 12),
    n_cells=st.integers(1, 3),
)
def test_a_value_is_drawn_from_the_group_of_its_code(values, max_codes, n_cells):
    values = np.unique(values, return_inverse=True)[1]
    cells = np.arange(len(values)) % n_cells
    grouping = Grouping.fit(values, cells, max_codes)
    codes = grouping.encode(values)
    assert grouping.n_groups <= max(max_codes, 2)
    assert set(codes.tolist()) == set(range(grouping.n_groups))
    drawn = grouping.draw(codes, cells, np.random.default_rng(0))
    assert (grouping.encode(drawn) == codes).all()
    counts = np.bincount(values)
    least = [counts[grouping.group == group].min() for group in range(grouping.n_groups)]
    assert least == sorted(least, reverse=True)


def test_a_value_is_drawn_by_its_frequency_in_the_cell_smoothed_by_the_groups():
    """Values 2 and 3 share a group: 30 and 10 rows, of which 0 and 10 are in cell 1."""
    values = np.repeat([0, 1, 2, 3], [100, 90, 30, 10])
    cells = np.repeat([0, 1], [220, 10])
    grouping = Grouping.fit(values, cells, max_codes=3)
    assert grouping.group.tolist() == [0, 1, 2, 2]
    n = 40_000
    drawn = grouping.draw(np.full(n, 2), np.ones(n, dtype=int), np.random.default_rng(0))
    assert (drawn == 3).mean() == pytest.approx((10 + 10 * 10 / 40) / (10 + 10), abs=0.01)
    drawn = grouping.draw(np.full(n, 2), np.full(n, 7), np.random.default_rng(0))  # a cell that training lacks
    assert (drawn == 3).mean() == pytest.approx(10 / 40, abs=0.01)


@pytest.mark.parametrize("conditions", [None, ("approved",), ()])
def test_rare_values_keep_their_relation_to_the_label_for_any_method(conditions):
    table = Table(with_towns(20_000, 3000), TOWN_SCHEMA)
    codec = Codec.fit(table, conditions=conditions)
    encoded = codec.encode(table)
    made = codec.decode(codec.spread(encoded.x_num), encoded.x_cat, encoded.condition).frame

    def gap(frame: pd.DataFrame) -> float:
        """How much more often the rare towns of the approved are even."""
        rare = frame[~frame["town"].isin(table.frame["town"].value_counts().index[:128])]
        even = rare["town"].str.removeprefix("town ").astype(int) % 2 == 0
        return even.groupby(rare["approved"]).mean()["yes"] - even.groupby(rare["approved"]).mean()["no"]

    assert gap(made) > 0.6 * gap(table.frame) > 0.1


def test_a_number_that_is_missing_in_validation_alone_cannot_be_encoded():
    codec = Codec.fit(one_column(pd.Series([1.0, 3.0, 5.0]), as_category=False))
    other = one_column(pd.Series([2.0, np.nan, 9.0]), as_category=False)
    assert codec.seen(other).tolist() == [True, False, True]
    with pytest.raises(InputError, match="'x': 1 values are missing, and none is in training"):
        codec.encode(other)
    with_gap = Codec.fit(one_column(pd.Series([1.0, np.nan, 5.0]), as_category=False))
    assert with_gap.seen(other).all()
