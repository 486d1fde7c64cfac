"""A method that passes over a small table only as often as over a large one would not have learned it."""

import pytest

from baselines.codi import CoDi
from baselines.fairtgan import FairTGAN
from baselines.sdv import CTGAN, TVAE
from baselines.stasy import STaSy
from baselines.tabddpm import TabDDPM
from baselines.tabdiff import TabDiff
from baselines.tabsyn import TabSyn
from fairtab import FairTab

PHASE = {"epochs": 2, "batch_size": 64, "learning_rate": 1e-3}
METHODS = {
    CoDi: {"width": 16, "n_levels": 2, "T": 10},
    FairTab: {"backbone": {"name": "mlp", "width": 8}},
    TabDDPM: {"width": 16},
    TabDiff: {"width": 16},
}


def epochs_of(model, toy) -> list[int]:
    """Fit, and return the number of epochs of each phase."""
    seen, original = [], model.trainer
    model.trainer = lambda phase, **options: (seen.append(options["max_epochs"]), original(phase, **options))[1]
    model.fit(toy.train, toy.validation, seed=0)
    return seen


@pytest.mark.parametrize(("min_steps", "epochs"), [(0, 2), (6, 2), (7, 3)])
@pytest.mark.parametrize("method", METHODS)
def test_a_small_table_has_further_epochs(toy, method, min_steps, epochs):
    """200 rows in batches of 64 are three steps an epoch."""
    model = method(**METHODS[method], epochs=2, min_steps=min_steps, batch_size=64)
    assert epochs_of(model, toy) == [epochs]


def test_each_phase_of_tabsyn_has_the_steps(toy):
    model = TabSyn(width=16, d_hidden=8, n_steps=2, min_steps=7, autoencoder=PHASE, diffusion={**PHASE, "epochs": 5})
    assert epochs_of(model, toy) == [3, 5]


def test_fine_tuning_of_stasy_grows_with_the_epochs_before_it(toy):
    sizes = {"width": 16, "n_steps": 2, "batch_size": 64, "fine_tuning_epochs": 1}
    assert epochs_of(STaSy(**sizes, epochs=2, min_steps=0), toy) == [2, 1]
    assert epochs_of(STaSy(**sizes, epochs=2, min_steps=18), toy) == [6, 3]


def test_both_kinds_of_epochs_of_fairtgan_grow(toy):
    model = FairTGAN(epochs=3, fair_epochs=1, min_steps=24, batch_size=64)
    assert epochs_of(model, toy) == [8]
    assert model.gan.unfair_epochs == 6


@pytest.mark.parametrize("method", [CTGAN, TVAE])
def test_sdv_has_the_steps(toy, method):
    model = method(epochs=2, min_steps=7, batch_size=64 if method is TVAE else 60).fit(
        toy.train, toy.validation, seed=0
    )
    assert model.sdv.get_loss_values()["Epoch"].nunique() == 3
