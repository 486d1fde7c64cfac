import numpy as np
import pandas as pd
import pytest
from sdmetrics.reports import QualityReport
from threadpoolctl import threadpool_limits

from fairtab import load_dataset
from fairtab.metrics import fidelity
from fairtab.table import Schema, Table
from tests.conftest import TOY_SCHEMA, toy_frame


def toy_pair() -> tuple[Table, Table]:
    return Table(toy_frame(300, seed=1), TOY_SCHEMA), Table(toy_frame(200, seed=2), TOY_SCHEMA)


def test_six_rows_by_hand():
    schema = Schema(("x",), (), "y", 1, ("s",))
    real = Table(pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "y": [0, 0, 0, 1, 1, 1], "s": list("aaabbb")}), schema)
    synthetic = Table(pd.DataFrame({"x": [1, 2, 3, 4, 5, 9], "y": [0, 0, 0, 0, 1, 1], "s": list("aaabbb")}), schema)
    errors = fidelity.column_errors(synthetic, real)
    assert errors == pytest.approx({"x": 1 / 6, "y": 1 / 6, "s": 0})
    assert fidelity.column_error(synthetic, real) == pytest.approx(1 / 9)
    # the bins' ends are open, so 9 falls in with 6: only row 4 moves, in (x, y) and in (y, s)
    assert fidelity.pair_error(synthetic, real) == pytest.approx((1 / 6 + 0 + 1 / 6) / 3)


def test_a_table_is_no_distance_from_itself():
    real, _ = toy_pair()
    assert fidelity.column_error(real, real) == pytest.approx(0)
    assert fidelity.pair_error(real, real) == pytest.approx(0)


def test_both_agree_with_sdmetrics_own_report():
    synthetic, real = toy_pair()
    sdtypes = {name: "numerical" if name in TOY_SCHEMA.numerical else "categorical" for name in real.frame.columns}
    columns = {name: {"sdtype": sdtype} for name, sdtype in sdtypes.items()}
    metadata = {"tables": {"toy": {"columns": columns}}, "relationships": []}
    report = QualityReport()
    report.generate({"toy": real.frame}, {"toy": synthetic.frame}, metadata, verbose=False)
    shapes = report.get_details("Column Shapes").set_index("Column")["Score"]
    assert {n: 1 - e for n, e in fidelity.column_errors(synthetic, real).items()} == pytest.approx(shapes.to_dict())
    trends = report.get_details("Column Pair Trends").set_index(["Column 1", "Column 2"])["Score"]
    pair = ["sex", "approved"]  # of the kind that later versions bin no differently and leave in as strong enough
    assert 1 - fidelity._pair_error(pair, synthetic, real) == pytest.approx(trends[tuple(pair)])


def test_a_pair_of_numbers_is_compared_by_correlation():
    synthetic, real = toy_pair()
    correlations = [np.corrcoef(t.frame["age"], t.frame["amount"])[0, 1] for t in (synthetic, real)]
    expected = abs(correlations[0] - correlations[1]) / 2
    assert fidelity._pair_error(["age", "amount"], synthetic, real) == pytest.approx(expected)


def test_a_correlation_that_the_real_table_lacks_is_left_out_and_one_that_was_lost_counts():
    synthetic, real = toy_pair()
    constant = Table(real.frame.assign(age=30), TOY_SCHEMA)
    assert np.isnan(fidelity._pair_error(["age", "amount"], synthetic, constant))
    assert np.isfinite(fidelity.pair_error(synthetic, constant))
    lost = np.corrcoef(real.frame["age"], real.frame["amount"])[0, 1]
    assert fidelity._pair_error(["age", "amount"], constant, real) == pytest.approx(abs(lost) / 2)


def test_missing_values_are_compared_as_what_is_there():
    synthetic, real = toy_pair()
    holes = real.frame.assign(amount=real.frame["amount"].mask(np.arange(200) % 3 == 0))
    assert np.isfinite(fidelity.pair_error(synthetic, Table(holes, TOY_SCHEMA)))
    correlations = [frame["age"].corr(frame["amount"]) for frame in (synthetic.frame, holes)]  # of rows that have both
    error = fidelity._pair_error(["age", "amount"], synthetic, Table(holes, TOY_SCHEMA))
    assert error == pytest.approx(abs(correlations[0] - correlations[1]) / 2)


def test_a_column_lost_altogether_is_as_wrong_as_can_be():
    synthetic, real = toy_pair()
    empty = Table(real.frame.assign(amount=np.nan), TOY_SCHEMA)
    assert fidelity.column_errors(empty, real)["amount"] == 1
    assert fidelity.column_errors(synthetic, empty)["amount"] == 1
    assert fidelity.column_errors(empty, empty)["amount"] == 0


def test_errors_do_not_depend_on_the_number_of_threads():
    """Sums of a correlation over more than 10,000 rows are divided among them."""
    split = load_dataset("adult")

    def errors(threads: int) -> tuple[float, float]:
        with threadpool_limits(threads):
            return fidelity.column_error(split.train, split.test), fidelity.pair_error(split.train, split.test)

    assert errors(1) == errors(2)


@pytest.mark.parametrize(
    ("real", "synthetic", "expected"),
    [
        ([1, 2, 1, 2], [1, 2, None, None], 1 / 2),  # of equal distributions, if missing ones were left out
        ([None, None, 1, 2], [None, None, 2, 2], 1 / 4),
        ([None, None, 1, 2], [None, None, None, None], 1 / 2),
        ([None, 1, 2, 2], [None, 1, 2, 2], 0),
    ],
)
def test_another_share_of_missing_values_is_an_error(real, synthetic, expected):
    schema = Schema(("x",), ("c",), "y", 1, ("s",))
    rest = {"y": [0, 1, 0, 1], "s": list("abab")}
    words = {1: "one", 2: "two"}
    tables = [
        Table(pd.DataFrame({"x": np.array(x, dtype=float), "c": [words.get(value) for value in x], **rest}), schema)
        for x in (synthetic, real)
    ]
    errors = fidelity.column_errors(*tables)
    assert (errors["x"], errors["c"]) == pytest.approx((expected, expected))


def test_many_values_have_the_distance_of_few():
    """SDMetrics would take the square of their number."""
    schema = Schema((), ("town",), "y", 1, ("s",))
    towns = [np.array([f"town {i}" for i in range(start, start + 3000)]) for start in (0, 1500)]
    real, synthetic = (Table(pd.DataFrame({"town": town, "y": 0, "s": "a"}), schema) for town in towns)
    assert fidelity.column_errors(synthetic, real)["town"] == pytest.approx(1 / 2)


def test_numbers_that_no_row_has_together_have_no_error_in_the_real_table_and_no_correlation_in_a_synthetic_one():
    schema = Schema(("p", "q"), (), "y", 1, ("s",))
    apart = Table(pd.DataFrame({"p": [1, np.nan] * 4, "q": [np.nan, 2] * 4, "y": 0, "s": "a"}), schema)
    together = Table(pd.DataFrame({"p": range(8), "q": range(8), "y": 0, "s": "a"}), schema)
    assert np.isnan(fidelity.pair_errors(together, apart)["p", "q"])
    assert fidelity.pair_errors(apart, together)["p", "q"] == 1 / 2  # a correlation of 0 in place of 1


def test_a_correlation_lost_in_the_rows_that_have_both_numbers_counts():
    schema = Schema(("n", "m"), (), "y", 1, ("s",))
    n = np.arange(20.0)
    real = pd.DataFrame({"n": n, "m": n, "y": [0, 1] * 10, "s": "f"})
    synthetic = real.assign(n=np.repeat([5.0, 6.0], 10), m=np.where(n < 10, n, np.nan))  # n is constant where m is
    assert fidelity.pair_errors(Table(synthetic, schema), Table(real, schema))["n", "m"] == pytest.approx(0.5)
