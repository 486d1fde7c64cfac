from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import truncnorm

from baselines.arf import ARF, scores, truncated_normal
from baselines.arf.leaves import Leaves, split
from fairtab import InputError, Schema, Table
from fairtab.column import Column
from tests.conftest import TOY_SCHEMA, toy_frame

# A tree on two columns of codes. The root asks for column 0, its right child for column 1:
#
#     0: x0 <= 1.5 ?   yes: leaf 1   no: 2: x1 <= 0.5 ?   yes: leaf 3   no: leaf 4
TREE = SimpleNamespace(
    children_left=np.array([1, -1, 3, -1, -1]),
    children_right=np.array([2, -1, 4, -1, -1]),
    feature=np.array([0, -2, 1, -2, -2]),
    threshold=np.array([1.5, -2, 0.5, -2, -2]),
)
CODES = np.array([[0, 0], [1, 1], [3, 0], [4, 0], [2, 0], [3, 1]])


def boxes(min_rows: int) -> dict[tuple[int, ...], tuple[list[int], list[int]]]:
    return {tuple(box.rows): (box.low.tolist(), box.high.tolist()) for box in split(TREE, CODES, min_rows)}


@pytest.fixture(scope="module")
def model(toy) -> ARF:
    return ARF().fit(toy.train, toy.validation, seed=0)


def test_rows_and_boxes_of_a_tree_by_hand():
    assert boxes(1) == {
        (0, 1): ([0, 0], [1, 1]),
        (2, 3, 4): ([2, 0], [4, 0]),
        (5,): ([2, 1], [4, 1]),
    }


def test_a_side_with_too_few_rows_joins_the_other_and_the_split_is_no_bound():
    assert boxes(2) == {(0, 1): ([0, 0], [1, 1]), (2, 3, 4, 5): ([2, 0], [4, 1])}
    assert boxes(3) == {(0, 1, 2, 3, 4, 5): ([0, 0], [4, 1])}  # two rows on the left, then two on the right
    assert boxes(7) == boxes(3)  # both sides have too few


def test_a_leaf_comes_as_often_as_it_has_rows_and_each_column_is_drawn_by_itself():
    leaves = Leaves.of_forest([TREE], CODES, min_rows=2)
    rng = np.random.default_rng(0)
    leaf = leaves.draw(6000, rng)
    codes = leaves.draw_codes(CODES, leaf, rng)
    first = codes[:, 0] < 2  # the box of rows 0 and 1
    assert first.mean() == pytest.approx(2 / 6, abs=0.03)
    share = pd.crosstab(codes[first, 0], codes[first, 1], normalize=True).to_numpy()
    assert share == pytest.approx(np.full((2, 2), 1 / 4), abs=0.05)  # also (0, 1) and (1, 0), which no row has
    others = pd.Series(codes[~first, 0]).value_counts(normalize=True).sort_index()
    assert others.to_dict() == pytest.approx({2: 1 / 4, 3: 2 / 4, 4: 1 / 4}, abs=0.05)


def test_mean_and_deviation_of_a_leaf_by_hand():
    leaves = Leaves(np.array([[0, 1, 0, 0], [2, 2, 2, 2]]), np.zeros((3, 1)), np.zeros((3, 1)))
    mean, std = leaves.moments(np.array([1.0, 5.0, 2.0, 6.0]))
    assert mean.tolist() == [3, 5, 3.5]
    assert std == pytest.approx([7**0.5, 0, (17 / 3) ** 0.5])


def test_truncated_normal_has_the_quantiles_of_the_distribution_and_stays_inside():
    n = 20000
    low, high = np.float32(-0.5), np.float32(0.7)
    drawn = truncated_normal(*(np.full(n, x) for x in (0.3, 0.8, low, high)), np.random.default_rng(0))
    assert (drawn >= low).all()
    assert (drawn < high).all()
    u = np.array([0.1, 0.5, 0.9])
    expected = truncnorm.ppf(u, (low - 0.3) / 0.8, (high - 0.3) / 0.8, loc=0.3, scale=0.8)
    assert np.quantile(drawn, u) == pytest.approx(expected, abs=0.02)


def test_numbers_that_are_all_equal_in_a_leaf_stay_equal():
    ends = np.array([-np.inf, np.inf], dtype=np.float32)
    drawn = truncated_normal(
        np.full(9, 0.25), np.zeros(9), ends[:1].repeat(9), ends[1:].repeat(9), np.random.default_rng(0)
    )
    assert set(drawn) == {0.25}


def test_a_score_is_the_mean_of_the_numbers_that_a_code_is_spread_into():
    column = Column.from_series(pd.Series([7, 7, 9, 7], name="size"))
    edge = 0.6744898  # three quarters of a normal distribution are below
    density = np.exp(-(edge**2) / 2) / np.sqrt(2 * np.pi)
    assert scores(column) == pytest.approx([-density / 0.75, density / 0.25])


def pairs(n: int, *, dependent: bool) -> Table:
    """Two categories that are always equal, or that have nothing to do with each other; the rest is noise."""
    rng = np.random.default_rng(0)
    a, b, s, y = (rng.choice(["0", "1", "2", "3"], n), *(rng.choice(["0", "1"], n) for _ in range(3)))
    columns = {"a": a, "b": a if dependent else b, "s": s, "y": y}
    return Table(pd.DataFrame(columns), Schema((), ("a", "b"), "y", "1", ("s",)))


def test_forests_can_tell_rows_only_until_they_are_drawn_from_leaves():
    table = pairs(1000, dependent=True)
    accuracies = ARF().fit(table, table, seed=0).accuracies
    assert accuracies[0] > 0.8
    assert max(accuracies[1:]) < 0.55
    assert accuracies[-1] <= 0.5 or accuracies[-1] > accuracies[-2]  # why it ended


def test_independent_columns_cannot_be_told_from_permuted_ones():
    table = pairs(1000, dependent=False)
    assert ARF().fit(table, table, seed=0).accuracies == [pytest.approx(0.5, abs=0.05)]


@pytest.mark.parametrize("enough", [{"delta": 0.5}, {"max_rounds": 0}])
def test_one_forest_if_more_are_not_asked_for(enough):
    table = pairs(300, dependent=True)
    model = ARF(**enough).fit(table, table, seed=0)
    assert len(model.accuracies) == 1
    sample = model.sample(300, seed=0).frame
    assert (sample["a"] == sample["b"]).mean() > 0.9  # its leaves have learned it already


def test_no_leaf_has_fewer_rows_than_asked_for(toy):
    few, many = (ARF(n_trees=5, min_leaf_rows=m).fit(toy.train, toy.validation, seed=0) for m in (2, 20))
    assert few.leaves.counts.min() >= 2
    assert many.leaves.counts.min() >= 20
    assert few.n_parameters > many.n_parameters == len(many.leaves.counts) * (1 + 4 * 2)  # age and amount


@pytest.mark.parametrize("number", [0, 30, 60])
def test_rows_of_a_leaf_stay_within_its_box_and_have_its_categories(model, number, monkeypatch):
    monkeypatch.setattr(Leaves, "draw", lambda leaves, n, rng: np.full(n, number))
    codes = torch.cat(model.codec.encode(model.sample(500, seed=0))[:2], dim=1).numpy()
    low, high = model.leaves.low[number], model.leaves.high[number]
    assert (low <= codes).all()
    assert (codes <= high).all()
    assert low.any()
    rows = (model.leaves.of == number).any(axis=0)
    for j in range(len(model.codec.numerical), codes.shape[1]):
        assert set(codes[:, j]) == set(model.codes[rows, j])


def test_a_fit_learns_what_goes_with_what():
    """A column follows from a number, and a sensitive attribute from the label."""
    base = toy_frame(2000)
    labels = np.where(base["sex"] == "Male", "yes", "no")
    table = Table(base.assign(job=np.where(base["age"] > 49, "old", "young"), approved=labels), TOY_SCHEMA)
    sample = ARF().fit(table, table, seed=0).sample(2000, seed=0).frame
    assert ((sample["age"] > 49) == (sample["job"] == "old")).mean() > 0.95
    assert ((sample["sex"] == "Male") == (sample["approved"] == "yes")).mean() > 0.95


def test_columns_keep_their_distributions(model, toy):
    sample, train = model.sample(5000, seed=0).frame, toy.train.frame
    for name in ("job", "sex", "region", "approved"):
        expected = train[name].value_counts(normalize=True).to_dict()
        assert sample[name].value_counts(normalize=True).to_dict() == pytest.approx(expected, abs=0.04)
    for name in ("age", "amount"):
        u = np.array([0.1, 0.5, 0.9])
        ranks = (train[name].to_numpy()[:, None] <= sample[name].quantile(u).to_numpy()).mean(axis=0)
        assert ranks == pytest.approx(u, abs=0.05)


def test_a_number_that_is_mostly_one_value_is_a_category(model):
    """It is drawn by frequency: in a leaf with 0 and 7000, a normal distribution would also give 100 and 2500."""
    assert [column.name for column in model.codec.numerical] == ["age", "amount"]
    assert "gain" in [column.name for column in model.codec.categorical]


def test_rows_are_new(model, toy):
    """Columns of a leaf are drawn apart, and numbers are not those of its rows."""
    columns = list(toy.train.frame.columns)
    copies = model.sample(2000, seed=0).frame.merge(toy.train.frame.drop_duplicates(), on=columns)
    assert len(copies) < 20


def test_few_trees_are_no_reason_to_warn(toy):
    assert len(ARF(n_trees=2).fit(toy.train, toy.validation, seed=0).sample(10, seed=0)) == 10


def test_a_saved_model_samples_the_same_rows_and_holds_no_pickle(model, tmp_path):
    model.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".parquet", ".safetensors"}
    loaded = ARF.load(tmp_path)
    pd.testing.assert_frame_equal(loaded.sample(100, seed=0).frame, model.sample(100, seed=0).frame, check_exact=True)


def test_leaves_of_another_table_are_refused(model, tmp_path):
    model.save(tmp_path)
    model.train.frame.iloc[:150].to_parquet(tmp_path / "train.parquet")
    with pytest.raises(InputError, match="expected leaves of 150 rows, got 200"):
        ARF.load(tmp_path)
