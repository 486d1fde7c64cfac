import numpy as np
import pandas as pd
import pytest

from experiments.run import dataset_facts
from fairtab import marginals
from fairtab.datasets.description import PaperTable
from fairtab.table import Schema, Split, Table

SCHEMA = Schema(
    numerical=("x", "n"), categorical=("c",), target="y", positive=1, sensitive=("s",)
)  # x has many values, n few


def table(**columns) -> Table:
    n = 200
    frame = {"x": np.arange(n) / 10, "n": [0, 1] * 100, "c": ["a"] * 150 + ["b"] * 50}
    return Table(pd.DataFrame({**frame, "s": ["u", "u", "u", "v"] * 50, "y": [0, 1] * 100, **columns}), SCHEMA)


def test_counts_by_hand():
    real = table()
    counted = marginals.counts(real, marginals.bins(real))
    assert counted["columns"]["n"] == {"values": ["0", "1"], "counts": [100, 100]}
    assert counted["columns"]["c"] == {"values": ["a", "b"], "counts": [150, 50]}
    assert counted["groups"]["s"] == {"groups": ["u", "v"], "counts": [[100, 50], [0, 50]]}
    x = counted["columns"]["x"]
    assert (x["edges"][0], x["edges"][-1]) == (pytest.approx(0.199), pytest.approx(19.701))  # 1st, 99th percentile
    assert len(x["counts"]) == 20
    assert sum(x["counts"]) == 200  # those beyond the percentiles, too


def test_another_table_is_counted_by_the_real_ones_values():
    bins = marginals.bins(table())
    other = table(n=[0.0, 1.0] * 100, c=["b"] * 190 + ["new"] * 6 + [None] * 4, x=[np.nan] * 7 + [-99.0] * 193)
    columns = marginals.counts(other, bins)["columns"]
    assert columns["n"] == {"values": ["0", "1"], "counts": [100, 100]}
    assert columns["c"] == {"values": ["a", "b", "other values", "missing"], "counts": [0, 190, 6, 4]}
    assert columns["x"]["counts"] == [193] + [0] * 19
    assert columns["x"]["missing"] == 7


def test_what_one_row_alone_has_is_not_named_where_two_are_asked_for():
    rare = table(c=["a"] * 99 + ["b"] * 100 + ["mine"], n=[0, 1] * 99 + [0, 777])
    named = marginals.bins(rare, min_rows=2)
    assert (named["c"], named["n"]) == ({"values": ["b", "a"]}, {"values": ["0", "1"]})
    columns = marginals.counts(rare, named)["columns"]
    assert columns["c"] == {"values": ["b", "a", "other values"], "counts": [100, 99, 1]}
    assert "mine" in marginals.bins(rare)["c"]["values"]


def test_the_edges_of_a_spike_are_no_rows_values():
    spiky = np.zeros(5000)
    spiky[:22] = [*range(1, 22), 7654321]
    frame = pd.DataFrame({"x": spiky, "n": 0, "c": "a", "s": ["u", "v"] * 2500, "y": [0, 1] * 2500})
    spiked = Table(frame, SCHEMA)
    edges = marginals.bins(spiked, min_rows=2)["x"]["edges"]
    assert edges[0] == 0  # the spike
    assert 21 < edges[-1] < 7654321
    assert marginals.bins(spiked)["x"]["edges"][-1] == 7654321  # of a published table every value has a bin


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_edges_are_round_where_single_rows_are_not_to_be_told(scale):
    x = np.random.default_rng(0).lognormal(3, 1, 401) * scale  # the percentiles of 401 rows are rows
    real = Table(pd.DataFrame({"x": x, "n": 0, "c": "a", "s": "u", "y": [0, 1] * 200 + [1]}), SCHEMA)
    exact, edges = (marginals.bins(real, min_rows=n)["x"]["edges"] for n in (1, 2))
    assert exact[0] == pytest.approx(np.sort(x)[4])
    assert not np.isin(np.round(edges, 12), np.round(x, 12)).any()
    assert edges[0] <= exact[0]
    assert exact[-1] <= edges[-1] <= exact[-1] * 1.1
    assert len(f"{edges[-1]:.10g}".strip("0.").rstrip("0")) <= 3
    assert sum(marginals.counts(real, {**marginals.bins(real), "x": {"edges": edges}})["columns"]["x"]["counts"]) == 401


def test_whole_numbers_keep_their_ends_where_the_range_has_two_digits():
    ages = np.repeat(np.arange(17, 91), 3)
    real = Table(pd.DataFrame({"x": ages, "n": 0, "c": "a", "s": "u", "y": ages % 2}), SCHEMA)
    edges = marginals.bins(real, min_rows=2)["x"]["edges"]
    assert (edges[0], edges[-1]) == (17, 90)


def test_a_category_called_missing_is_counted_once():
    named = marginals.bins(table())
    rows = table(c=["a"] * 150 + ["missing"] * 30 + [None] * 20)
    counted = marginals.counts(rows, named)["columns"]["c"]
    assert counted == {"values": ["a", "b", "other values", "missing"], "counts": [150, 0, 30, 20]}


def test_numbers_that_read_the_same_are_counted_together():
    close = table(n=[0.12345678901, 0.12345678902] * 100)
    counted = marginals.counts(close, marginals.bins(close))["columns"]["n"]
    assert counted == {"values": ["0.123456789"], "counts": [200]}


def test_what_is_rare_among_many_values_goes_together():
    many = table(c=[f"rare {i}" for i in range(40)] + ["a"] * 160)
    counted = marginals.counts(many, marginals.bins(many))["columns"]["c"]
    assert counted["values"][0] == "a"
    assert counted["values"][-1] == "other values"
    assert counted["counts"] == [160] + [1] * 19 + [21]


def test_facts_by_hand():
    found = dataset_facts.describe(Split(table(), table(), table()), PaperTable("adult", "s"))
    assert found == {
        "rows": {"train": 200, "validation": 200, "test": 200},
        "n_numerical": 2,
        "n_categorical": 1,
        "target": "y",
        "positive": "1",
        "sensitive": ["s"],
        "positive_rate": 0.5,
        "groups": {
            "s": {"u": {"share": 0.75, "positive_rate": pytest.approx(1 / 3)}, "v": {"share": 0.25, "positive_rate": 1}}
        },
        "paper": {"name": "adult", "attribute": "s"},
    }


def test_large_numbers_that_differ_late_are_counted_apart():
    stamps = 1_700_000_000_000 + np.arange(200) % 5
    counted = marginals.counts(table(n=stamps), marginals.bins(table(n=stamps)))["columns"]["n"]
    assert counted == {"values": [str(1_700_000_000_000 + i) for i in range(5)], "counts": [40] * 5}
    late = table(x=1_700_000_000_000 + np.arange(200.0))
    counts = marginals.counts(late, marginals.bins(late))["columns"]["x"]["counts"]
    assert min(counts) > 5
