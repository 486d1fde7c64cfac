"""Any small table is read with the values in the file, or refused in one line."""

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fairtab import Codec, InputError, load_dataset
from fairtab.datasets.csv_files import MISSING, SPACES
from fairtab.datasets.reading import plain, read
from fairtab.front.own import read_own

N = 24
VALUES = (
    st.integers(),
    st.integers(-(2**63), 2**64),
    st.floats(),
    st.floats(allow_nan=False, width=32),
    st.booleans(),
    st.dates().map(datetime.date.isoformat),
    st.text(max_size=6),
    st.from_regex(r"[-+]?[0-9,.' ]{1,6}[%€]?", fullmatch=True),
    st.sampled_from(
        ["0123", "1,5", "1.5", "2", "inf", "NA", "1e5", "true", "é", "e\u0301", "🙂", " a", "b ", '"', "x\ny"]
    ),
)
CELLS = st.sampled_from(VALUES).flatmap(lambda values: st.lists(st.none() | values, min_size=N, max_size=N))
TABLES = st.lists(st.tuples(st.text(max_size=4) | st.sampled_from(["sex", "a b", "1"]), CELLS), min_size=2, max_size=4)
FORMATS = st.fixed_dictionaries({"sep": st.sampled_from(",;\t"), "quoting": st.sampled_from([0, 1])})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


def text_of(value: Any) -> str:
    """The text of a value in the file."""
    return "" if value is None else str(value)


def written(columns: list[tuple[str, list[Any]]], path: Path, **options: Any) -> list[list[str]]:
    """Write a CSV file of columns of text, and return them."""
    cells = [[text_of(value) for value in values] for _, values in columns]
    frame = pd.DataFrame(dict(enumerate(cells)), dtype=object).set_axis([name for name, _ in columns], axis=1)
    frame.to_csv(path, index=False, **options)
    return cells


def agree(value: Any, text: str, *, comma: bool) -> bool:
    """Tell whether a cell has the value in the file, without surrounding spaces."""
    text = text.strip(SPACES)
    if text in MISSING or pd.isna(value):
        return text in MISSING and pd.isna(value)
    if isinstance(value, str):
        return value == text
    number = text.replace(",", ".") if comma else text
    return value == (float(number) if isinstance(value, float) else int(number))


def has_carriage_return(columns: list[tuple[str, list[Any]]]) -> bool:
    """Tell whether a name or a cell has one: pandas writes it with no quotation marks, and then it ends a line."""
    return "\r" in "".join([name + "".join(map(text_of, values)) for name, values in columns])


def one_line(error: InputError) -> None:
    assert "\n" not in str(error)


@settings(max_examples=150, deadline=None)
@given(columns=TABLES, options=FORMATS)
def test_any_table_is_read_with_its_values_or_refused(folder, columns, options):
    assume(options["quoting"] or not has_carriage_return(columns))
    path = folder / "table.csv"
    cells = written(columns, path, **options)
    try:
        frame = read(path)
    except InputError as error:
        one_line(error)
        return
    assert frame.shape == (N, len(columns))
    names = [" ".join(name.split()) or f"column {i + 1}" for i, (name, _) in enumerate(columns)]
    assert list(frame.columns) == names
    for name, texts in zip(names, cells, strict=True):
        for value, text in zip(frame[name].tolist(), texts, strict=True):
            assert agree(value, text, comma=options["sep"] != ","), (name, value, text)


@settings(max_examples=50, deadline=None)
@given(columns=TABLES)
def test_any_table_comes_back_from_the_codec_or_is_refused(folder, columns):
    assume(not has_carriage_return(columns))
    path = folder / "coded.csv"
    conditions = [("paid", ["yes", "no", "no"] * (N // 3)), ("group", ["a", "a", "b", "b"] * (N // 4))]
    written([*columns, *conditions], path)
    try:
        split = load_dataset("table", path=str(path), target="paid", positive="yes", sensitive="group")
    except InputError as error:
        one_line(error)
        return
    whole = read(path)
    assert sum(map(len, (split.train, split.validation, split.test))) == N
    codec = Codec.from_dict(Codec.fit(split.train).to_dict())
    codes = codec.encode(split.train)
    back = codec.decode(codec.spread(codes.x_num), codes.x_cat, codes.condition).frame
    pd.testing.assert_frame_equal(back, split.train.frame)
    for name, column in back.items():
        assert set(column.dropna()) <= set(whole[name].dropna())


BIG = 2**53 + 1


@pytest.mark.parametrize("dtype", ["Int64", "object", "int64[pyarrow]"])
def test_large_whole_numbers_of_a_frame_stay_exact_if_some_are_missing(dtype):
    column = plain(pd.DataFrame({"id": pd.Series([BIG, None, BIG + 1], dtype=dtype)}))["id"]
    assert column.dropna().tolist() == [str(BIG), str(BIG + 1)]
    small = plain(pd.DataFrame({"id": pd.Series([3, None, 4], dtype=dtype)}))["id"]
    assert small.dropna().tolist() == [3.0, 4.0]
    whole = plain(pd.DataFrame({"id": pd.Series([BIG, BIG + 1], dtype=dtype)}))["id"]
    assert whole.tolist() == [BIG, BIG + 1]


@pytest.mark.parametrize("dtype", ["datetime64[us]", "timestamp[us][pyarrow]", "date32[pyarrow]"])
def test_dates_of_a_frame_are_dates_whatever_library_holds_them(dtype):
    days = pd.Series(pd.date_range("2020-01-01", periods=40)).mask(np.arange(40) % 5 == 0).astype(dtype)
    frame = pd.DataFrame({"age": [30, 41, 52, 63] * 10, "sex": ["f", "m"] * 20, "repaid": [0, 0, 1, 1] * 10})
    frame["opened"] = days
    own = read_own(frame, target="repaid", positive=1, sensitive="sex")
    assert list(own.table.schema.dates) == ["opened"]
    assert own.table.frame["opened"].isna().sum() == 8
