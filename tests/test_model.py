import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
import torch

from fairtab import FairTab, InputError, Joint, Schema, Table
from fairtab.errors import Diverged, SmallCellWarning
from fairtab.model import rows_sha256
from fairtab.model.completing import complete
from fairtab.neural.training import quiet_trainer
from tests.conftest import TOY_SCHEMA, toy_frame

TINY = {
    "backbone": {"name": "mlp", "width": 16, "n_blocks": 1},
    "epochs": 2,
    "min_steps": 20,
    "sampler": {"n_steps": 4},
}


@pytest.fixture(scope="module")
def model(toy):
    return FairTab(**TINY).fit(toy.train, toy.validation, seed=0)


def test_a_sample_obeys_the_training_tables_schema(model, toy):
    sample = model.sample(57, seed=0)
    assert len(sample) == 57
    assert sample.frame.dtypes.equals(toy.train.frame.dtypes)
    for name in sample.frame.columns:
        assert set(sample.frame[name]) <= set(toy.train.frame[name])


@pytest.mark.parametrize("level", [0, 5, 10])
def test_the_joint_of_a_sample_is_the_one_asked_for(model, toy, level):
    joint = Joint.from_table(toy.train).balanced(level)
    found = Joint.from_table(model.sample(1000, seed=0, joint=joint)).probability
    assert (found - joint.probability).abs().max() < 1 / 1000


def test_without_a_joint_a_sample_has_the_training_tables_own(model, toy):
    pd.testing.assert_series_equal(
        Joint.from_table(model.sample(200, seed=3)).probability, Joint.from_table(toy.train).probability
    )


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(model, toy):
    frame = model.sample(100, seed=0).frame
    again = FairTab(**TINY).fit(toy.train, toy.validation, seed=0).sample(100, seed=0).frame
    pd.testing.assert_frame_equal(frame, again, check_exact=True)
    assert not frame.equals(model.sample(100, seed=1).frame)
    other_fit = FairTab(**TINY).fit(toy.train, toy.validation, seed=1)
    assert not frame.equals(other_fit.sample(100, seed=0).frame)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_rows_in_another_process(model, tmp_path):
    code = """
from tests.conftest import *; from tests.test_model import TINY; from fairtab import FairTab
frame = toy_frame(400); train, validation = (Table(f, TOY_SCHEMA) for f in (frame[:200], frame[200:300]))
FairTab(**TINY).fit(train, validation, seed=0).sample(100, seed=0).frame.to_parquet({path!r})
"""
    path = str(tmp_path / "sample.parquet")
    subprocess.run([sys.executable, "-c", code.replace("{path!r}", repr(path))], check=True, capture_output=True)
    pd.testing.assert_frame_equal(pd.read_parquet(path), model.sample(100, seed=0).frame, check_exact=True)


def test_the_bytes_of_a_fit_do_not_depend_on_the_number_of_threads():
    table = Table(toy_frame(4000), TOY_SCHEMA)

    def weights(threads: int) -> list[torch.Tensor]:
        before = torch.get_num_threads()
        torch.set_num_threads(threads)
        try:
            model = FairTab(epochs=1, min_steps=4, batch_size=2000).fit(table, table, seed=0)
            assert torch.get_num_threads() == threads  # the caller's number comes back
        finally:
            torch.set_num_threads(before)
        return list(model.diffusion.state_dict().values())

    assert all(torch.equal(one, two) for one, two in zip(weights(1), weights(2), strict=True))


def test_a_saved_model_samples_the_same_rows_and_holds_no_pickle(model, tmp_path):
    model.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".safetensors"}
    loaded = FairTab.load(tmp_path)
    pd.testing.assert_frame_equal(loaded.sample(100, seed=0).frame, model.sample(100, seed=0).frame, check_exact=True)


@pytest.mark.parametrize("n_numbers", [0, 1, 4])
def test_with_bins_too_a_fit_samples_saves_and_completes(toy, n_numbers, tmp_path):
    names = ("age", "income", "hours", "score")[:n_numbers]
    rng = np.random.default_rng(0)
    own = {name: rng.normal(size=len(toy.train)).round(k) for k, name in enumerate(names)}
    frame = toy.train.frame[["job", "sex", "approved"]].assign(**own)
    table = Table(frame, Schema(names, ("job",), "approved", "yes", ("sex",)))
    model = FairTab(**TINY, parametrization="bins").fit(table, table, seed=0)
    model.save(tmp_path)
    sample = model.sample(60, seed=0).frame
    assert FairTab.load(tmp_path).sample(60, seed=0).frame.equals(sample)
    for name in names:
        assert set(sample[name]) <= set(frame[name])
    known = sample[["sex", *names[:2]]].head(5)
    completed = complete(model, known, seed=0, n_steps=4, n_particles=4).frame
    assert completed[list(known)].equals(known)


def test_another_format_is_named(model, tmp_path):
    model.save(tmp_path)
    path = tmp_path / "model.json"
    path.write_text(path.read_text().replace('"format": 2', '"format": 99'))
    with pytest.raises(InputError, match="format 2, got FairTab of 99"):
        FairTab.load(tmp_path)


def test_training_rows_are_left_as_they_were(toy):
    before = toy.train.frame.copy()
    FairTab(**TINY).fit(toy.train, toy.validation, seed=0)
    pd.testing.assert_frame_equal(toy.train.frame, before)


def test_validation_rows_do_not_change_what_is_learned(model, toy):
    strange = toy.validation.frame.assign(age=999, job=["pilot"] * 40 + ["nurse"] * 60)
    other = FairTab(**TINY).fit(toy.train, Table(strange, TOY_SCHEMA), seed=0)
    assert other.sample(50, seed=0).frame.equals(model.sample(50, seed=0).frame)


def test_a_validation_table_of_another_world_is_refused(toy):
    strange = Table(toy.validation.frame.assign(job="pilot"), TOY_SCHEMA)
    with pytest.raises(InputError, match="validation: every row"):
        FairTab(**TINY).fit(toy.train, strange, seed=0)


def test_cells_too_small_to_learn_from_are_named(toy):
    frame = toy.train.frame
    rare = frame[~((frame["sex"] == "Female") & (frame["region"] == "north") & (frame["approved"] == "yes"))]
    with pytest.warns(SmallCellWarning, match="yes, Female, north: 0"):
        FairTab(**TINY).fit(Table(rare, TOY_SCHEMA), toy.validation, seed=0)


@pytest.mark.parametrize("numerical", [(), ("age", "gain", "amount")])
@pytest.mark.parametrize("categorical", [(), ("job",)])
def test_tables_of_any_mix_of_columns(numerical, categorical):
    if not numerical and not categorical:
        pytest.skip("nothing to learn")
    frame = toy_frame(80)
    frame.loc[::9, [*numerical, *categorical]] = np.nan
    schema = type(TOY_SCHEMA)(numerical, categorical, "approved", "yes", ("sex",))
    table = Table(frame, schema)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallCellWarning)
        sample = FairTab(**TINY).fit(table, table, seed=0).sample(300, seed=0)
    assert sample.frame.isna().any().equals(table.frame.isna().any())


def test_an_unknown_backbone_is_named(toy):
    with pytest.raises(InputError, match="unknown backbone 'gru': expected one of mlp"):
        FairTab(backbone={"name": "gru"}).fit(toy.train, toy.validation, seed=0)


@pytest.mark.slow
def test_a_fit_learns_the_data():
    """One column follows from another. After a short fit this holds in a sample, too."""
    rng = np.random.default_rng(0)
    base = toy_frame(2000)
    frame = base.assign(job=np.where(base["age"] > 49, "old", "young"), gain=rng.integers(0, 3, 2000))
    table = Table(frame, TOY_SCHEMA)
    model = FairTab(backbone={"name": "mlp", "width": 64, "n_blocks": 2}, epochs=1, min_steps=600)
    sample = model.fit(table, table, seed=0).sample(2000, seed=0).frame
    assert ((sample["age"] > 49) == (sample["job"] == "old")).mean() > 0.9
    assert abs(sample["age"].mean() - frame["age"].mean()) < 2


def test_hidden_conditions_are_those_dropped_at_the_asked_rate():
    from fairtab.diffusion.loss import drop_conditions

    torch.manual_seed(0)
    condition, cardinalities = torch.zeros(100_000, 2, dtype=torch.long), torch.tensor([2, 5])
    dropped = drop_conditions(condition, cardinalities, 0.1)
    assert dropped.unique(dim=0).tolist() == [[0, 0], [0, 5], [2, 0], [2, 5]]
    assert (dropped == cardinalities).float().mean(0).tolist() == pytest.approx([0.1, 0.1], abs=0.005)
    both = (dropped == cardinalities).all(1).float().mean().item()
    assert both == pytest.approx(0.01, abs=0.002)  # independently


def test_mixed_precision_fits_too(toy):
    from functools import partial

    trainer = partial(quiet_trainer, precision="bf16-mixed", accelerator="cpu")
    sample = FairTab(**TINY, trainer=trainer).fit(toy.train, toy.validation, seed=0).sample(50, seed=0)
    assert len(sample) == 50


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"parametrization": "epsilon"}, "unknown parametrization 'epsilon': expected one of bins, eps, x_0, v"),
        ({"sampler": {"solver": "euler"}}, "unknown solver 'euler'"),
        ({"epochs": 1.5}, r"epochs: expected a whole number, got 1\.5"),
        ({"epochs": -1}, "epochs: expected at least 0, got -1"),
        ({"batch_size": 100.5}, r"batch_size: expected a whole number, got 100\.5"),
        ({"categories": {"fwe": 2}}, "unknown setting of categories 'fwe': expected one of few, spike, many"),
        ({"sampler": {"n_steps": 2000}}, "expected 1 to 1000 sampling steps, got 2000"),
        ({"sampler": {"guidance": {"name": "none"}}}, "unknown guidance 'none': expected one of joint, composed"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_a_fit(toy, settings, message):
    model = FairTab(**settings, trainer=pytest.fail)
    with pytest.raises(InputError, match=message):
        model.fit(toy.train, toy.validation, seed=0)


def test_a_table_without_features_is_refused(toy):
    table = Table(toy.train.frame, type(TOY_SCHEMA)((), (), "approved", "yes", ("sex",)))
    with pytest.raises(InputError, match="expected columns to model"):
        FairTab(**TINY).fit(table, table, seed=0)


def test_what_is_not_fitted_says_so():
    with pytest.raises(InputError, match="not fitted"):
        FairTab().sample(10, seed=0)


def test_a_fit_that_ended_well_knows_its_rows_and_any_other_knows_none(toy, tmp_path):
    model = FairTab(**TINY).fit(toy.train, toy.validation, seed=0)
    assert model.fitted_to == rows_sha256(toy.train) != rows_sha256(toy.test)
    model.save(tmp_path)
    assert FairTab.load(tmp_path).fitted_to == model.fitted_to
    model.learning_rate = 1e25
    with pytest.raises(Diverged):
        model.fit(toy.train, toy.validation, seed=0)
    assert model.fitted_to is None
