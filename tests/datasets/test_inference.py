"""Your own table: the inferred roles of columns, and the log about them."""

import logging

import numpy as np
import pandas as pd
import pytest

from fairtab import Codec, InputError, load_dataset
from tests.conftest import toy_frame

N = 400
GIVEN = {"target": "approved", "positive": "yes", "sensitive": ["sex"]}


@pytest.fixture
def loaded(tmp_path, caplog):
    """Load a frame as dataset=table does, from a file of either format. `caplog` has the log."""

    def load(frame, ending="csv", **more):
        path = tmp_path / f"loans.{ending}"
        frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
        caplog.clear()
        with caplog.at_level(logging.INFO, "fairtab"):
            return load_dataset("table", **{"path": str(path), **GIVEN, **more})

    return load


def everything(split):
    return pd.concat([part.frame for part in (split.train, split.validation, split.test)])


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_roles_are_seen_and_said(loaded, caplog, ending):
    split = loaded(toy_frame(N), ending)
    assert split.schema.numerical == ("age", "gain", "amount")
    assert split.schema.categorical == ("job", "region")
    assert "numerical: age, gain, amount" in caplog.messages
    assert "categorical: job (3 values), region (2 values)" in caplog.messages
    assert not any("left out" in message for message in caplog.messages)


def test_roles_can_be_overridden_by_name(loaded):
    frame = toy_frame(N).assign(zip=np.arange(N) % 30, price=[f"{i % 50}.5" for i in range(N)])
    split = loaded(frame, "parquet", categorical=["zip"], numerical=["price"], leave_out=["gain"])
    assert split.schema.numerical == ("price", "age", "amount")
    assert split.schema.categorical == ("zip", "job", "region")
    assert split.train.frame["price"].dtype == float


def test_several_sensitive_attributes_of_several_groups(loaded):
    frame = toy_frame(N).assign(origin=[("north", "east", "south")[i % 3] for i in range(N)])
    split = loaded(frame, sensitive=["sex", "origin"])
    assert split.schema.sensitive == ("sex", "origin")
    assert split.train.frame["origin"].nunique() == 3
    assert loaded(frame, sensitive="origin").schema.sensitive == ("origin",)


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ([f"customer {i}" for i in range(N)], "identifier"),
        (range(N), "identifier"),
        (range(7000, 7000 - N, -1), "identifier"),
        ([f"note {i % 380}" for i in range(N)], "identifier"),
        (["same"] * N, "constant"),
        ([7.0] * N, "constant"),
        ([None] * N, "constant"),
        ([f"street {i % 200}" for i in range(N)], None),
        (["said"] * 100 + [None] * 300, None),
        (np.arange(N) ** 2, None),
        (np.arange(N) + 0.5, None),
    ],
)
def test_columns_that_say_nothing_are_named_and_left_out(loaded, caplog, column, reason):
    frame = toy_frame(N).assign(more=column)
    split = loaded(frame)
    assert ("more" not in split.schema.features) == (reason is not None)
    assert (f"left out: more ({reason})" in caplog.messages) == (reason is not None)
    if reason == "identifier":  # unless they are asked for
        assert "more" in loaded(frame, categorical=["more"]).schema.categorical


def test_numbers_called_an_identifier_are_one(loaded):
    spread = np.arange(N) ** 2
    for name, is_identifier in {
        "customer_id": True,
        "customerID": True,
        "Id": True,
        "paid": False,
        "bid": False,
    }.items():
        assert (name not in loaded(toy_frame(N).assign(**{name: spread})).schema.numerical) == is_identifier, name


def test_missing_values_are_kept_or_dropped(loaded):
    frame = toy_frame(N)
    frame.loc[:39, "job"], frame.loc[20:59, "amount"] = None, None
    kept = everything(loaded(frame))
    assert (len(kept), kept["job"].isna().sum(), kept["amount"].isna().sum()) == (N, 40, 40)
    for drop in ("drop", {"marker": None, "policy": "drop"}):
        assert len(everything(loaded(frame, missing=drop))) == N - 60
    frame["age"] = frame["age"].astype(object).where(frame.index > 9, "unknown")
    marked = loaded(frame, missing={"marker": "unknown", "policy": "keep"})
    assert "age" in marked.schema.numerical
    assert everything(marked)["age"].isna().sum() == 10


def test_rows_without_label_or_group_are_left_out(loaded, caplog):
    frame = toy_frame(N).assign(sex=lambda frame: (frame["sex"] == "Male").astype(float))
    frame.loc[:9, "sex"], frame.loc[5:14, "approved"] = None, None
    split = loaded(frame)
    assert len(everything(split)) == N - 15
    assert "15 rows left out: no value in approved or sex" in caplog.messages
    assert split.train.frame["sex"].dtype == np.int64


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("labels", [(0, 1), ("0", "1"), (0.0, 1.0), (False, True), ("no", "1")])
def test_positive_is_found_however_the_file_spells_it(loaded, ending, labels):
    frame = toy_frame(N)
    n_positive = int((frame["approved"] == "yes").sum())
    frame["approved"] = [labels[int(value == "yes")] for value in frame["approved"]]
    split = loaded(frame, ending, positive=1)
    assert sum(int(part.y.sum()) for part in (split.train, split.validation, split.test)) == n_positive


def test_it_goes_through_the_codec_and_back(loaded):
    frame = toy_frame(N).assign(flag=lambda frame: (frame["age"] > 40).astype(object), when=pd.Timestamp("2020-01-01"))
    frame.loc[::5, "flag"], frame.loc[::7, "job"], frame.loc[::2, "when"] = None, None, pd.NaT
    train = loaded(frame, "parquet").train
    codec = Codec.from_dict(Codec.fit(train).to_dict())
    codes = codec.encode(train)
    back = codec.decode(codec.spread(codes.x_num), codes.x_cat, codes.condition)
    pd.testing.assert_frame_equal(back.frame, train.frame)


def test_groups_can_be_derived(loaded):
    rule = {"from": "age", "at_most": 40, "then": "young", "otherwise": "older"}
    split = loaded(toy_frame(N), derive={"age-group": rule}, sensitive=["age-group"])
    assert set(split.train.frame["age-group"]) == {"young", "older"}
    assert "age" in split.schema.numerical


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"target": "default"}, r"no column default \(the table has: age, job"),
        ({"sensitive": ["sex", "race"]}, "no column race"),
        ({"categorical": ["town"]}, "no column town"),
        ({"sensitive": ["age"]}, "sensitive column 'age': expected groups, got 62 different values"),
        ({"positive": "maybe"}, "expected 'maybe' as one of its classes, got no, yes"),
        ({"target": "job"}, "'job': expected two classes, got 3"),
        ({"sensitive": ["approved"]}, "also listed as sensitive"),
        ({"numerical": ["job"]}, "'job': expected numbers"),
        ({"numerical": ["age"], "categorical": ["age"]}, "more than one role: age"),
        ({"path": "nowhere.csv"}, "no file 'nowhere.csv'"),
        ({"sha256": "0123"}, "changed: expected the SHA-256 0123, got"),
        ({"target": "???", "positive": "???"}, "expected values for target, positive, as in dataset.target=VALUE"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(loaded, change, message):
    with pytest.raises(InputError, match=message) as caught:
        loaded(toy_frame(N), **change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("sex", "message"),
    [
        ("Male", "sensitive column 'sex': expected two groups or more, got one"),
        ([f"person {i}" for i in range(N)], "sensitive column 'sex': expected groups, got 400 different"),
        (None, "expected a table with rows"),
    ],
)
def test_a_sensitive_column_must_make_groups(loaded, sex, message):
    with pytest.raises(InputError, match=message):
        loaded(toy_frame(N).assign(sex=sex))
