import sys

import numpy as np
import pandas as pd
import pytest
import torch

from baselines.sdv import CTGAN, TVAE
from fairtab import InputError, Joint

KINDS = [CTGAN, TVAE]


@pytest.mark.parametrize("kind", KINDS)
def test_where_sdv_is_missing_the_way_to_install_it_is_said(kind, toy, monkeypatch):
    monkeypatch.setitem(sys.modules, "sdv", None)
    with pytest.raises(InputError, match=r"pip install 'fairtab\[sdv\]'"):
        kind().fit(toy.train, toy.validation, seed=0)


@pytest.fixture(scope="module", params=KINDS)
def model(request, toy):
    return request.param(epochs=2, min_steps=0, batch_size=100).fit(toy.train, toy.validation, seed=0)


def test_a_sample_obeys_the_training_tables_schema(model, toy):
    sample, train = model.sample(57, seed=0).frame, toy.train.frame
    assert len(sample) == 57
    assert sample.dtypes.equals(train.dtypes)
    for name in ("job", "sex", "region", "approved"):
        assert set(sample[name]) <= set(train[name])
    assert sample["age"].between(train["age"].min(), train["age"].max()).all()


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(model, toy):
    frame = model.sample(100, seed=0).frame
    pd.testing.assert_frame_equal(model.sample(100, seed=0).frame, frame, check_exact=True)
    assert not frame.equals(model.sample(100, seed=1).frame)
    again = type(model)(epochs=2, min_steps=0, batch_size=100).fit(toy.train, toy.validation, seed=0)
    pd.testing.assert_frame_equal(again.sample(100, seed=0).frame, frame, check_exact=True)


def test_the_callers_random_streams_are_left_as_they_were(model):
    np.random.seed(5)
    torch.manual_seed(5)
    expected = np.random.rand(), torch.rand(1).item()
    np.random.seed(5)
    torch.manual_seed(5)
    model.sample(10, seed=0)
    assert (np.random.rand(), torch.rand(1).item()) == expected


def test_a_saved_model_samples_the_same_rows_and_holds_no_pickle(model, tmp_path):
    model.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".safetensors", ".parquet"}
    loaded = type(model).load(tmp_path)
    pd.testing.assert_frame_equal(loaded.sample(100, seed=3).frame, model.sample(100, seed=3).frame, check_exact=True)
    assert loaded.n_parameters == model.n_parameters > 0


def test_it_cannot_be_steered(model, toy):
    with pytest.raises(InputError, match="cannot be steered"):
        model.sample(10, seed=0, joint=Joint.from_table(toy.train))


def test_a_fit_and_a_load_have_one_thread_on_any_machine(model, toy, tmp_path, monkeypatch):
    seen, given = [], type(model)._to_sdv
    monkeypatch.setattr(
        type(model), "_to_sdv", lambda self, frame: (seen.append(torch.get_num_threads()), given(self, frame))[1]
    )
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        type(model)(epochs=1, min_steps=0, batch_size=100).fit(toy.train, toy.validation, seed=0).save(tmp_path)
        type(model).load(tmp_path)
        assert (seen, torch.get_num_threads()) == ([1, 1], 2)
    finally:
        torch.set_num_threads(before)
