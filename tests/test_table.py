import numpy as np
import pandas as pd
import pytest

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
        (lambda frame: frame.assign(age="old"), "'age': expected numbers, got object values, not numbers in "),
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
