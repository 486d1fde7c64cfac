import numpy as np
import pandas as pd
import pytest

from baselines.tabddpm import TabDDPM
from fairtab import InputError, Joint, Table
from tests.conftest import TOY_SCHEMA, toy_frame

TINY = {"width": 16, "n_layers": 1, "T": 10, "epochs": 2, "min_steps": 0, "batch_size": 64}


@pytest.fixture(scope="module")
def model(toy):
    return TabDDPM(**TINY).fit(toy.train, toy.validation, seed=0)


def test_labels_are_drawn_from_the_training_tables_own(model, toy):
    sample = model.sample(4000, seed=0)
    assert sample.y.mean() == pytest.approx(toy.train.y.mean(), abs=0.03)
    assert sample.y.mean() != toy.train.y.mean()  # drawn, not dealt out


def test_the_label_is_the_only_condition_and_sensitive_attributes_are_columns(model):
    assert [column.name for column in model.codec.conditions] == ["approved"]
    assert [column.name for column in model.codec.categorical] == ["job", "sex", "region"]
    assert [column.name for column in model.codec.numerical] == ["age", "gain", "amount"]  # no number is a category


def test_it_cannot_be_steered(model, toy):
    with pytest.raises(InputError, match="cannot be steered"):
        model.sample(10, seed=0, joint=Joint.from_table(toy.train))


def test_a_saved_model_samples_the_same_rows_and_holds_no_pickle(model, tmp_path):
    model.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".safetensors"}
    loaded = TabDDPM.load(tmp_path)
    pd.testing.assert_frame_equal(loaded.sample(100, seed=0).frame, model.sample(100, seed=0).frame, check_exact=True)
    assert loaded.n_parameters == model.n_parameters


def test_parameters_are_those_of_the_layers(model):
    width, flat = 16, 3 + 3 + 2 + 2  # three numbers; jobs, sexes, regions
    step, label = 2 * (width * width + width), 2 * width
    assert model.n_parameters == flat * width + width + step + label + width * width + width + width * flat + flat


def test_a_fit_learns_what_goes_with_what():
    """A column follows from a number, and a sensitive attribute from the label."""
    base = toy_frame(2000)
    labels = np.where(base["sex"] == "Male", "yes", "no")
    table = Table(base.assign(job=np.where(base["age"] > 49, "old", "young"), approved=labels), TOY_SCHEMA)
    model = TabDDPM(width=64, min_steps=0, n_layers=2, T=100, epochs=60, learning_rate=4e-3).fit(table, table, seed=0)
    sample = model.sample(2000, seed=0).frame
    assert ((sample["age"] > 49) == (sample["job"] == "old")).mean() > 0.85
    assert ((sample["sex"] == "Male") == (sample["approved"] == "yes")).mean() > 0.9
