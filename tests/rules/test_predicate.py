"""Predicates: what they say of rows, what missing values do, and what is refused."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fairtab.errors import InputError
from fairtab.rules.predicate import Predicate

FRAME = pd.DataFrame(
    {
        "start": [1, 2, 3, 4],
        "end": [2.0, 2.0, 1.0, np.nan],
        "sex": ["F", "M", None, "F"],
        "pregnant": ["yes", "yes", "no", "no"],
        "hours per week": [40, 50, 60, 70],
        "employed": [True, False, True, False],
        "nothing": [None] * 4,
    }
)
T, F, U = True, False, None


def said(text: str, frame: pd.DataFrame = FRAME) -> list[bool | None]:
    predicate = Predicate(text)
    true, false = predicate.true(frame), predicate.false(frame)
    assert not (true & false).any()
    return [True if t else False if f else None for t, f in zip(true, false, strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("end >= start", [T, T, F, U]),
        ("pregnant == 'no' | sex == 'F'", [T, F, T, T]),  # | binds like or; true | unknown is true
        ("sex == 'F' & pregnant == 'yes'", [T, F, F, F]),  # unknown & false is false
        ("~(sex == 'F')", [F, T, U, F]),
        ("not sex == 'F' and employed", [F, F, U, F]),
        ("sex in ['F', 'X']", [T, F, U, T]),
        ("sex not in ('F',)", [F, T, U, F]),
        ("sex is None", [F, F, T, F]),
        ("end is not None", [T, T, T, F]),
        ("1 < start <= 3", [F, T, T, F]),
        ("`hours per week` > 45 & employed", [F, F, T, F]),
        ("~employed", [F, T, F, T]),
        ("employed == False", [F, T, F, T]),
        ("-start + 2 * start / 2 == 0", [T, T, T, T]),
        ("start / (start - 1) > 1", [U, T, T, T]),  # a division by 0 has no value
        ("nothing > 3 | nothing == 'a'", [U, U, U, U]),
        ("nothing is None", [T, T, T, T]),
        ("pregnant < 'z\\'`&='", [T, T, T, T]),  # what stands in quotes is text
        ("\n  start >\n 1 ", [F, T, T, T]),
    ],
)
def test_what_a_predicate_says_of_each_row(text, expected):
    assert said(text) == expected


def test_sums_hold_up_to_rounding_and_not_further():
    frame = pd.DataFrame({"a": [0.1, 0.1, 1e9], "b": [0.2, 0.2, 1e-3], "total": [0.3, 0.3001, 1e9]})
    assert said("a + b == total", frame) == [True, False, False]
    assert said("a + b != total", frame) == [False, True, True]
    assert said("total < a + b", frame) == [False, False, True]
    assert said("total >= a + b", frame) == [True, True, False]
    assert said("total == 0.3", pd.DataFrame({"total": [0.3, np.nextafter(0.3, 1)]})) == [True, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("finish >= start", "unknown column finish: expected one of start, .*`hours per week`"),
        ("sex == 1", r"cannot compare sex \(text\) with 1 \(numbers\)"),
        ("`hours per week` == 'long'", r"cannot compare `hours per week` \(numbers\) with 'long' \(text\)"),
        ("employed == 1", "cannot compare"),
        ("employed < True", "truth values have no order"),
        ("sex + 'a' == 'Fa'", "expected numbers, got sex, which has text"),
        ("start", "expected truth values, got start, which has numbers"),
        ("sex and employed", "expected truth values, got sex"),
        ("start ~ 3", "it cannot be read"),
        ("start = 3", "to compare, write ==, not ="),
        ("start > ", "it cannot be read"),
        ("`start > 1", "it cannot be read"),
        ("", "it cannot be read"),
        ("1 == 1", "expected the name of a column"),
        ("start in 'abc'", "expected a list"),
        ("start in []", "expected a list"),
        ("start is 1", "expected None after is"),
        ("start == None", "got None, which goes after is"),
        ("start > 1e999", "expected a number"),
        ("start == b'a'", "expected a number"),
        ("start ** 2 > 1", r"start \*\* 2 is not allowed"),
        ("__import__('os').system('true') == 0", "is not allowed"),
        ("sex.str == 'a'", "sex.str is not allowed"),
        ("[x for x in sex] == 1", "is not allowed"),
        ("(lambda: start)() > 1", "is not allowed"),
        ("f'{sex}' == 'F'", "is not allowed"),
        ("(start := 3) > 1", "is not allowed"),
        ("not " * 5000 + "employed", "it cannot be read|too many parts"),
        ("+".join(["start"] * 5000) + " > 1", "it cannot be read|too many parts"),
        ("start > " + "9" * 5000, "it cannot be read"),
        ("start > \0", "it cannot be read"),
        ("start > 1 # & sex == 'F'", "begins no comment"),
    ],
)
def test_what_is_no_predicate_is_refused_in_one_line(text, message):
    with pytest.raises(InputError, match=message) as caught:
        Predicate(text).true(FRAME)
    assert "\n" not in str(caught.value)


def test_a_column_that_is_neither_numbers_nor_text_is_refused_by_name_and_kind():
    with pytest.raises(InputError, match="'when': expected numbers, text or truth values, got datetime64 values"):
        Predicate("when > 3").true(pd.DataFrame({"when": pd.to_datetime(["2020-01-01"])}))


@pytest.mark.parametrize("dtype", ["category", "string", "object"])
def test_text_may_have_any_of_pandas_types(dtype):
    assert said("sex == 'F'", FRAME.astype({"sex": dtype})) == [True, False, None, True]


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "float32", "object"])
def test_numbers_may_have_any_of_pandas_types(dtype):
    frame = pd.DataFrame({"a": pd.Series([1, 2, None]).astype(dtype)})
    assert said("a > 1", frame) == [False, True, None]


def test_parts_together_are_the_whole():
    whole = Predicate("sex == 'F' & (start > 1 | employed) and not `hours per week` > 60")
    parts = whole.parts()
    assert [sorted(part.columns) for part in parts] == [["sex"], ["employed", "start"], ["hours per week"]]
    assert (np.all([part.true(FRAME) for part in parts], axis=0) == whole.true(FRAME)).all()


KLEENE: dict[bool | None, float] = {True: 1.0, None: 0.5, False: 0.0}
truths = st.sampled_from([True, False, None])
expressions = st.recursive(
    st.sampled_from(["a", "b", "c"]).map(lambda name: (name, (name,))),
    lambda inner: st.one_of(
        inner.map(lambda x: (f"~({x[0]})", ("not", x[1]))),
        st.tuples(inner, inner).map(lambda xy: (f"({xy[0][0]}) & ({xy[1][0]})", ("and", xy[0][1], xy[1][1]))),
        st.tuples(inner, inner).map(lambda xy: (f"({xy[0][0]}) or ({xy[1][0]})", ("or", xy[0][1], xy[1][1]))),
    ),
    max_leaves=8,
)


def kleene(tree: tuple[Any, ...], values: dict[str, bool | None]) -> float:
    """The logic of three values, as minimum and maximum of 0, 1/2 and 1."""
    match tree:
        case ("not", x):
            return 1 - kleene(x, values)
        case ("and", x, y):
            return min(kleene(x, values), kleene(y, values))
        case ("or", x, y):
            return max(kleene(x, values), kleene(y, values))
    return KLEENE[values[tree[0]]]


@settings(deadline=None)
@given(expression=expressions, rows=st.lists(st.tuples(truths, truths, truths), min_size=1, max_size=5))
def test_unknown_values_follow_the_logic_of_three_values(expression, rows):
    text, tree = expression
    frame = pd.DataFrame(rows, columns=["a", "b", "c"], dtype=object)
    found = [KLEENE[value] for value in said(text, frame)]
    assert found == [kleene(tree, dict(zip("abc", row, strict=True))) for row in rows]


@settings(deadline=None)
@given(
    a=st.floats(allow_nan=False, allow_infinity=False),
    b=st.floats(allow_nan=False, allow_infinity=False),
    operator=st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
)
def test_numbers_that_were_not_computed_are_compared_exactly(a, b, operator):
    expected = {"==": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]
    assert said(f"a {operator} b", pd.DataFrame({"a": [a], "b": [b]})) == [expected]
    assert math.isinf(a - b) or said("a - b == a - b", pd.DataFrame({"a": [a], "b": [b]})) == [True]


@settings(deadline=None)
@given(text=st.text(alphabet="ab' \"`&|~=<>()+-*/.,[]1\\\n:in", max_size=30))
@example(text="`a\nb` == 1")
def test_any_text_is_read_or_refused(text):
    try:
        Predicate(text).true(pd.DataFrame({"a": [1.0], "b": ["x"]}))
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - a text that is read is fine, too


@pytest.mark.parametrize(
    ("name", "asked"),
    [("µ", "µ"), ("a\u0302ge", "a\u0302ge"), ("a\u0302ge", "\u00e2ge"), ("\u00e2ge", "`a\u0302ge`"), ("ﬁn", "ﬁn")],
)
def test_a_name_is_that_of_the_table_however_its_letters_are_coded(name, asked):
    assert Predicate(f"{asked} > 40").true(pd.DataFrame({name: [50, 30]})).tolist() == [True, False]


@pytest.mark.parametrize("text", ["x >= -0.3", "-x <= 0.3", "x >= -(0.3)", "x in [-0.3]"])
def test_a_negative_number_is_compared_exactly(text):
    assert Predicate(text).true(pd.DataFrame({"x": [-0.30000000000000004, -0.3]})).tolist() == [False, True]
