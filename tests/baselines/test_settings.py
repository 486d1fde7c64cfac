"""A setting that cannot be used is named in one line, before anything is trained."""

import pytest

from baselines.arf import ARF
from baselines.codi import CoDi
from baselines.faircb import FairCB
from baselines.fairtgan import FairTGAN
from baselines.great import GReaT
from baselines.resample import Resample
from baselines.sdv import CTGAN, TVAE
from baselines.smote import Smote
from baselines.stasy import STaSy
from baselines.tabddpm import TabDDPM
from baselines.tabdiff import TabDiff
from baselines.tabsyn import TabSyn
from fairtab import FairTab, InputError
from fairtab.neural.synthesizer import NeuralSynthesizer
from fairtab.table import Table

PHASE = {"epochs": 1, "batch_size": 50, "learning_rate": 1e-3}
USELESS = [
    (CoDi, {"T": 0}, "T: expected at least 1, got 0"),
    (CoDi, {"n_levels": 0}, "n_levels: expected at least 1, got 0"),
    (ARF, {"n_trees": 0}, "n_trees: expected at least 1, got 0"),
    (ARF, {"min_leaf_rows": 0}, "min_leaf_rows: expected at least 1, got 0"),
    (ARF, {"max_rounds": -1}, "max_rounds: expected at least 0, got -1"),
    (CTGAN, {"batch_size": 64}, "batch_size: expected a multiple of 10, got 64"),
    (CTGAN, {"batch_size": 0}, "batch_size: expected a multiple of 10, got 0"),
    (FairCB, {"k": 0}, "k: expected at least 1, got 0"),
    (FairCB, {"max_clusters": 0}, "max_clusters: expected at least 1, got 0"),
    (FairTab, {"batch_size": 0}, "batch_size: expected at least 1, got 0"),
    (FairTab, {"sampler": {"steps": 6}}, "unknown setting of sampler 'steps': expected one of n_steps, solver, "),
    (FairTab, {"sampler": {"guidance": {"name": "joint", "w": 1}}}, "unknown setting of guidance joint 'w'"),
    (
        FairTab,
        {"backbone": {"name": "mlp", "depth": 6}},
        "unknown setting of backbone mlp 'depth': expected one of wid",
    ),
    (FairTab, {"backbone": {"width": 6}}, "unknown backbone None: expected one of mlp, unet"),
    (FairTab, {"backbone": {"name": "unet", "n_heads": 5}}, "channels: expected multiples of 40, got"),
    (FairTab, {"condition_dropout": 2.0}, "condition_dropout: expected a share below 1, got 2.0"),
    (FairTab, {"backbone": {"name": "unet", "side": 6}}, "side: expected a multiple of 4, .* got 6"),
    (FairTGAN, {"epochs": 0, "fair_epochs": 0}, "epochs and fair_epochs: expected at least 1 together, got 0"),
    (FairTGAN, {"critic_steps": 0}, "critic_steps: expected at least 1, got 0"),
    (FairTGAN, {"temperature": 0}, "temperature: expected a number above 0, got 0"),
    (GReaT, {"n_heads": 0}, "n_heads: expected at least 1, got 0"),
    (GReaT, {"batch_size": 0}, "batch_size: expected at least 1, got 0"),
    (Smote, {"k": 0}, "k: expected at least 1, got 0"),
    (STaSy, {"paced": 0}, "paced: expected a share above 0, got 0"),
    (STaSy, {"epochs": 0, "min_steps": 2}, "epochs: expected at least 1, got 0"),
    (STaSy, {"n_steps": 0}, "n_steps: expected at least 1, got 0"),
    (TabDDPM, {"learning_rate": -1}, "learning_rate: expected a number of at least 0, got -1"),
    (TabDDPM, {"ema_decay": 2.0}, "ema_decay: expected a share below 1, got 2.0"),
    (TabDDPM, {"T": -1}, "T: expected at least 1, got -1"),
    (TabDiff, {"churn": -9}, "churn: expected a number of at least 0, got -9"),
    (TabDiff, {"n_steps": 0}, "n_steps: expected at least 1, got 0"),
    (TabDiff, {"n_heads": 3}, "d_token: expected a multiple of n_heads = 3, got 4"),
    (TabSyn, {"n_heads": 3}, "d_token: expected a multiple of n_heads = 3, got 4"),
    (TabSyn, {"diffusion": {"epochs": 1}}, "diffusion: expected batch_size, epochs, learning_rate, got epochs"),
    (TabSyn, {"diffusion": {**PHASE, "batch_size": 0}}, "diffusion.batch_size: expected at least 1, got 0"),
    (TVAE, {"batch_size": 0}, "batch_size: expected at least 1, got 0"),
]


@pytest.mark.parametrize(("method", "settings", "message"), USELESS)
def test_a_setting_that_cannot_be_used_is_named_before_the_fit(toy, method, settings, message):
    trainer = {"trainer": pytest.fail} if issubclass(method, NeuralSynthesizer) else {}
    model = method(**settings, **trainer)
    with pytest.raises(InputError, match=message) as caught:
        model.fit(toy.train, toy.validation, seed=0)
    assert "\n" not in str(caught.value)


def test_without_fine_tuning_stasy_needs_no_epochs_beside_its_steps(toy):
    model = STaSy(width=8, epochs=0, min_steps=1, n_steps=1, fine_tuning_epochs=0)
    assert len(model.fit(toy.train, toy.validation, seed=0).sample(5, seed=0)) == 5


SMALL = [STaSy(width=8, epochs=1, min_steps=0, n_steps=1, fine_tuning_epochs=0), Smote(), Resample(), ARF(n_trees=2)]


@pytest.mark.parametrize("model", SMALL, ids=lambda model: type(model).__name__)
def test_fewer_rows_than_one_are_refused(toy, model):
    model.fit(toy.train, toy.validation, seed=0)
    for n in (0, -3):
        with pytest.raises(InputError, match=f"n: expected at least 1 row, got {n}"):
            model.sample(n, seed=0)


@pytest.mark.parametrize(("method", "part"), [(ARF, "_forest"), (FairCB, "_clusters"), (CTGAN, "_fit_sdv")])
def test_a_fit_that_fails_leaves_the_method_not_fitted(toy, tmp_path, monkeypatch, method, part):
    small = {"n_trees": 2} if method is ARF else {"epochs": 1, "min_steps": 1} if method is CTGAN else {}
    model = method(**small).fit(toy.train, toy.validation, seed=0)
    monkeypatch.setattr(method, part, interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(toy.train, toy.validation, seed=1)
    for use in (lambda: model.sample(5, seed=0), lambda: model.save(tmp_path / "model")):
        with pytest.raises(InputError, match=f"this {method.__name__} is not fitted: call fit or load"):
            use()
    assert not (tmp_path / "model").exists()


def interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("method", [Smote, FairCB])
def test_numbers_that_are_too_large_to_interpolate_are_named(toy, method):
    frame = toy.train.frame.assign(age=toy.train.frame["age"] * 1e200)
    model = method().fit(Table(frame, toy.train.schema), toy.validation, seed=0)
    with pytest.raises(InputError, match="column 'age': numbers are too large to interpolate"):
        model.sample(5, seed=0)
