"""What a private fit knows of its rows: values, counts, the joint, and how many rows there are."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fairtab.datasets.loading import load_dataset
from fairtab.errors import InputError
from fairtab.joint import cell_counts
from fairtab.privacy import histogram
from fairtab.privacy.columns import cells, typed
from fairtab.privacy.look import look
from fairtab.settings import Privacy
from fairtab.table import Schema, Table


class NoNoise:
    """In place of the source of noise."""

    def normal(self, mean, scale, n):
        return np.zeros(n)


class Recorded:
    """Notes the scale of all noise."""

    def __init__(self):
        self.rng, self.scales = np.random.default_rng(0), []

    def normal(self, mean, scale, n):
        self.scales.append(scale)
        return self.rng.normal(mean, scale, n)


@pytest.fixture(scope="module")
def adult():
    return load_dataset("adult").train


def test_all_noise_is_what_the_ledger_was_charged_for(adult):
    rng = Recorded()
    known = look(adult, Privacy(epsilon=3), rng)
    assert rng.scales == [entry.noise_multiplier for entry in known.ledger.entries]
    assert len(rng.scales) == 1 + 6 + 3 * 6  # the joint, six columns of categories and six of numbers
    assert all(scale > 5 for scale in rng.scales)
    assert known.ledger.delta == pytest.approx(0.1 * 1e-5)


def test_a_value_of_one_row_is_selected_as_often_as_delta_says():
    rng, keys = np.random.default_rng(0), pd.Series(["a"] * 50 + ["rare"])
    found = sum("rare" in histogram.frequent(keys, 3.0, 0.05, rng).index for _ in range(4000))
    assert found / 4000 == pytest.approx(0.05, abs=0.015)


def test_counts_that_are_told_are_the_noisy_ones():
    class One:
        def normal(self, mean, scale, n):
            return np.ones(n)

    assert histogram.frequent(pd.Series(["a"] * 50), 3.0, 0.05, One()).to_dict() == {"a": 51}


def test_the_number_of_rows_is_the_sum_of_noisy_counts(adult):
    rng = Recorded()
    known = look(adult, Privacy(epsilon=3), rng)
    noise = np.random.default_rng(0).normal(0, rng.scales[0], len(cell_counts(adult)))
    assert known.n_rows == round(len(adult) + noise.sum()) != len(adult)


def test_a_rare_value_is_nowhere_in_what_is_known(adult):
    frame = adult.frame.copy()
    frame.loc[0, ["occupation", "age"]] = ["astronaut", 117]
    known = look(Table(frame, adult.schema), Privacy(epsilon=3), np.random.default_rng(1))
    assert "astronaut" not in known.columns["occupation"].values
    assert "astronaut" not in set(known.table.frame["occupation"])
    assert 117 not in known.columns["age"].values
    for name, column in known.columns.items():
        assert set(known.table.frame[name]) <= set(column.values)


def test_without_noise_the_joint_and_the_number_of_rows_are_the_tables_own(adult):
    known = look(adult, Privacy(epsilon=3), NoNoise())
    assert known.n_rows == len(adult)
    np.testing.assert_allclose(known.joint.probability, cell_counts(adult) / len(adult))


def test_the_joint_is_a_distribution_however_small_the_budget(adult):
    joint = look(adult, Privacy(epsilon=0.3), np.random.default_rng(0)).joint
    assert joint.probability.sum() == pytest.approx(1)
    assert (joint.probability >= 0).all()
    assert list(joint.probability.index) == list(cell_counts(adult).index)


def test_a_projection_moves_all_counts_alike_and_cuts_at_zero():
    p = histogram.onto_simplex(pd.Series([60.0, 45.0, -3.0, -2.0]))
    assert p.tolist() == pytest.approx([0.575, 0.425, 0, 0])


def test_a_number_that_is_not_frequent_becomes_the_nearest_known_one():
    age = np.r_[np.repeat([20, 40], 400), [29, 31]]
    frame = pd.DataFrame({"age": age, "sex": ["f", "m"] * 401, "y": [0, 1] * 401})
    known = look(Table(frame, Schema(("age",), (), "y", 1, ("sex",))), Privacy(epsilon=8), np.random.default_rng(0))
    assert known.columns["age"].values.tolist() == [20, 40]
    assert known.table.frame["age"].tolist()[-2:] == [20, 40]


def test_a_missing_number_is_a_value_like_others():
    age = np.r_[np.full(400, np.nan), np.full(400, 50.0)]
    frame = pd.DataFrame({"age": age, "sex": ["f", "m"] * 400, "y": [0, 1] * 400})
    table = Table(frame, Schema(("age",), (), "y", 1, ("sex",)))
    known = look(table, Privacy(epsilon=8), np.random.default_rng(0))
    assert known.table.frame["age"].isna().sum() == 400
    frame.loc[3:, "age"] = 50.0  # three missing ones are too few to be told
    known = look(Table(frame, table.schema), Privacy(epsilon=8), np.random.default_rng(0))
    assert known.table.frame["age"].tolist() == [50.0] * 800


def test_cells_of_numbers_without_bounds_are_exact_when_small_and_close_when_large():
    numbers = np.random.default_rng(0).lognormal(8, 3, 1000)
    middle = cells(pd.Series(np.r_[numbers, -numbers]), None)
    assert (np.abs(middle - np.r_[numbers, -numbers]) / np.r_[numbers, numbers]).max() <= 1 / 32
    assert cells(pd.Series(range(32)), None).tolist() == list(range(32))
    assert cells(pd.Series([1000, 1001]), None).nunique() == 1


def test_bounds_make_cells_of_equal_width_and_hold_all_numbers():
    middle = cells(pd.Series([-50.0, 0.0, 0.4, 99.0, 1e9]), (0, 64))
    assert middle.tolist() == [0.5, 0.5, 0.5, 63.5, 63.5]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"bounds": {"job": [0, 1]}}, "'job' is no numerical column"),
        ({"bounds": {"age": [3, 1]}}, "lowest and the highest"),
        ({"epsilon": 0.05}, "no value of"),
        ({"epsilon": 0.001}, "no noise is enough"),
        ({"epsilon": None}, "epsilon: expected a number above 0, got None"),
        ({"sample_rate": 0}, "sample_rate: expected a number above 0, at most 1, got 0"),
        ({"epochs": 2.5}, r"privacy.epochs: expected a whole number, got 2\.5"),
        ({"epochs": -1}, "privacy.epochs: expected at least 1, got -1"),
        ({"draws": 0}, "privacy.draws: expected at least 1, got 0"),
        ({"max_grad_norm": np.inf}, "max_grad_norm: expected a number above 0, got inf"),
        ({"learning_rate": "high"}, "learning_rate: expected a number above 0, got high"),
        ({"seeded": "false"}, "seeded: expected true or false"),
        ({"eps": 3}, "unknown setting of privacy 'eps': expected one of epsilon, "),
        ({"bounds": 5}, "privacy.bounds: expected entries by column, got 5"),
        ({"bounds": {"age": 5}}, "privacy.bounds.age: expected the lowest and the highest value, got 5"),
        ({"bounds": {"age": (0, np.inf)}}, "lowest and the highest"),
        ({"bounds": {"age": (-1e308, 1e308)}}, "lowest and the highest"),
        ({"fractional": ["years"]}, "privacy.fractional: no column to model: years"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(toy, settings, said):
    with pytest.raises(InputError, match=said) as refused:
        look(toy.train, Privacy.from_mapping({"epsilon": 3, **settings}), np.random.default_rng(0))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("schema", [{"dates": {"age": "%Y"}}, {"groups": {"sex": {"number": "age", "edges": [30]}}}])
def test_dates_and_groups_of_numbers_are_refused(toy, schema):
    train = Table(toy.train.frame, replace(toy.train.schema, **schema))
    with pytest.raises(InputError, match=r"no private fit of dates and of groups of numbers yet: (age|sex)"):
        look(train, Privacy(epsilon=3), np.random.default_rng(0))


def test_a_column_of_very_many_frequent_values_is_refused():
    n, each = 300, 120
    code = pd.Series(np.repeat(np.arange(n), each)).map("c{:03d}".format)
    frame = pd.DataFrame({"code": code, "sex": ["f", "m"] * (n * each // 2), "y": [0, 1] * (n * each // 2)})
    table = Table(frame, Schema((), ("code",), "y", 1, ("sex",)))
    with pytest.raises(InputError, match="'code' has more than 256 frequent values"):
        look(table, Privacy(epsilon=8), np.random.default_rng(0))


def test_a_small_table_keeps_coarse_cells_where_no_value_is_frequent():
    train = load_dataset("compas").train
    age = look(train, Privacy(epsilon=1), np.random.default_rng(0)).columns["age"]
    assert 2 < len(age.values) < 12


def plain(age, job, sex="fm") -> Table:
    n = len(age)
    frame = pd.DataFrame({"age": age, "job": job, "sex": list(sex) * (n // 2), "y": [0, 1] * (n // 2)})
    return Table(frame, Schema(("age",), ("job",), "y", 1, ("sex",)))


def test_a_missing_value_of_one_row_changes_no_type():
    whole = plain([20, 30] * 400, [7, 8, 7, 8] * 200)
    frame = pd.concat([whole.frame, pd.DataFrame({"age": [np.nan], "job": [np.nan], "sex": ["f"], "y": [0]})])
    assert frame["age"].dtype == frame["job"].dtype == "float64"  # pandas' way
    for table in (whole, Table(frame.reset_index(drop=True), whole.schema)):
        known = look(table, Privacy(epsilon=8), NoNoise())
        for name in ("age", "job"):
            assert known.columns[name].dtype == known.columns[name].values.dtype == known.table.frame[name].dtype
            assert known.columns[name].dtype == "int64"
    assert set(known.table.frame["age"]) == {20, 30}


def test_a_frequent_missing_value_keeps_floats():
    known = look(plain([20, np.nan] * 400, ["a", None] * 400), Privacy(epsilon=8), NoNoise())
    assert known.columns["age"].dtype == "float64"
    assert known.table.frame["age"].isna().sum() == known.table.frame["job"].isna().sum() == 400


def test_truth_values_are_known_with_and_without_a_missing_one():
    for job in ([True, False] * 400, [True, False] * 399 + [True, None]):
        known = look(plain([20, 30] * 400, job), Privacy(epsilon=8), NoNoise())
        assert known.columns["job"].values.tolist() == [False, True]
        assert known.table.frame["job"].dtype == bool


def test_whole_labels_and_groups_are_whole_beside_rows_that_were_left_out():
    table = plain([20, 30] * 400, ["a", "b"] * 400, sex=[1.0, 2.0])
    known = look(table, Privacy(epsilon=8), NoNoise())
    assert known.columns["sex"].dtype == "int64"
    assert [type(value) for value in known.joint.probability.index.get_level_values("sex")] == [int] * 4


def test_public_values_have_cells_even_if_training_has_no_row_of_them():
    table = plain([20, 30] * 400, ["a", "b"] * 400)
    known = look(table, Privacy(epsilon=8, values={"sex": ["x", "f", "m"]}), NoNoise())
    assert list(known.joint.probability.index) == [(y, sex) for y in (0, 1) for sex in "fmx"]
    assert known.columns["sex"].values.tolist() == ["f", "m", "x"]
    with pytest.raises(InputError, match=r"privacy\.values\.sex: the table has other values"):
        look(table, Privacy(epsilon=8, values={"sex": ["f"]}), NoNoise())


def test_a_table_without_features_is_refused():
    frame = pd.DataFrame({"sex": ["f", "m"] * 20, "y": [0, 1] * 20})
    with pytest.raises(InputError, match="expected columns to model"):
        look(Table(frame, Schema((), (), "y", 1, ("sex",))), Privacy(epsilon=3), NoNoise())


def test_numbers_that_a_double_does_not_hold_exactly_stay_floats():
    assert typed(pd.Series([1e20, -3e18])).tolist() == [1e20, -3e18]  # int64 has no such number


def test_a_public_value_that_is_named_twice_has_one_cell():
    table = plain([20, 30] * 400, ["a", "b"] * 400)
    known = look(table, Privacy(epsilon=8, values={"sex": ["m", "f", "m", "m"]}), NoNoise())
    assert known.n_rows == 800
    assert list(known.joint.probability.index) == [(y, sex) for y in (0, 1) for sex in "fm"]


def test_numbers_of_numpy_are_settings_too():
    settings = Privacy.from_mapping({"epsilon": np.int64(3), "epochs": np.int64(2)})
    assert [type(value) for value in (settings.epsilon, settings.epochs)] == [int, int]
    assert look(plain([20, 30] * 400, ["a", "b"] * 400), settings, NoNoise()).ledger.budget.epsilon == 3


@pytest.mark.parametrize("highest", [10, 60, 64, 100, 127, 1000])
def test_a_whole_number_between_bounds_is_in_its_own_cell(highest):
    numbers = pd.Series(range(highest + 1))
    middle, width = cells(numbers, (0, highest)), highest / 64
    if width <= 1:
        assert middle.tolist() == numbers.tolist()
    inside = (middle / width).astype(int).clip(upper=63) == (numbers / width).astype(int).clip(upper=63)
    assert inside.all()
    assert cells(pd.Series([-7, highest + 9]), (0, highest)).between(0, highest).all()


def test_rows_do_not_decide_whether_a_number_may_have_a_fraction():
    types = set()
    for age in ([20.0, 30.0] * 400, [20.5, *[20, 30] * 399, 30]):
        known = look(plain(age, ["a", "b"] * 400), Privacy(epsilon=8, fractional=["age"]), NoNoise())
        types.add((known.columns["age"].dtype, str(known.table.frame["age"].dtype)))
    assert types == {("float64", "float64")}


def test_public_values_decide_the_type_of_a_group():
    table = plain([20, 30] * 400, ["a", "b"] * 400, sex=[1.0, 2.0])
    known = look(table, Privacy(epsilon=8, values={"sex": [1, 2, 2.5]}), NoNoise())
    assert known.columns["sex"].values.tolist() == [1, 2, 2.5]


@pytest.mark.parametrize("name", ["age", "job"])
def test_a_column_may_be_missing_in_every_row(name):
    whole = plain([20, 30] * 400, ["a", "b"] * 400)
    missing = np.full(800, np.nan, dtype=whole.frame[name].dtype if name == "job" else float)
    known = look(Table(whole.frame.assign(**{name: missing}), whole.schema), Privacy(epsilon=8), NoNoise())
    assert known.table.frame[name].isna().all()
    assert known.columns[name].dtype == str(missing.dtype)
