"""A loss that is not finite ends a fit at once, and the last good weights are kept."""

from dataclasses import replace

import pytest
import torch

from baselines.fairtgan import FairTGAN
from baselines.fairtgan.network import TabFairGAN
from baselines.sdv import CTGAN
from baselines.stasy import STaSy
from baselines.tabddpm import TabDDPM
from baselines.tabdiff import TabDiff
from baselines.tabsyn import TabSyn
from experiments.run.failures import StageFailed
from experiments.store import frames
from experiments.store.run import Run
from fairtab import FairTab, Table, complete
from fairtab.diffusion.process import Diffusion
from fairtab.errors import Diverged
from tests.conftest import TOY_SCHEMA
from tests.experiments.toy import config, run_cell

PHASE = {"epochs": 1, "batch_size": 50, "learning_rate": 1e-3}
FAIRTAB = {"backbone": {"name": "mlp", "width": 8, "n_blocks": 1}, "epochs": 4, "min_steps": 0, "batch_size": 50}
METHODS = {
    "fairtab": (lambda **more: FairTab(**FAIRTAB, **more), "diffusion", Diffusion, "loss"),
    "tabddpm": (
        lambda **more: TabDDPM(width=8, epochs=4, min_steps=0, batch_size=50, **more),
        "diffusion",
        Diffusion,
        "loss",
    ),
    "fairtgan": (
        lambda **more: FairTGAN(epochs=3, fair_epochs=1, min_steps=0, batch_size=50, **more),
        "gan",
        TabFairGAN,
        "generator_loss",
    ),
}


@pytest.fixture(params=METHODS)
def method(request):
    return METHODS[request.param]


def spoil(monkeypatch, network: type, name: str, at: int, value: float = float("nan")) -> None:
    """Make a network's training loss `value` at its n-th computation (n = `at`, from 1)."""
    real, n = getattr(network, name), 0

    def loss(self, *args, **options):
        nonlocal n
        n += self.training
        return real(self, *args, **options) * (value if self.training and n == at else 1)

    monkeypatch.setattr(network, name, loss)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_the_epoch_and_the_step_are_named_at_once(method, toy, monkeypatch, value):
    make, _, network, name = method
    spoil(monkeypatch, network, name, at=7, value=value)
    with pytest.raises(Diverged, match=rf"train/loss became (-?{abs(value)}|nan) in epoch 2 of 4, step 3 of 4"):
        make().fit(toy.train, toy.validation, seed=0)


def test_the_weights_are_those_the_last_good_epoch_was_validated_with(method, toy, monkeypatch, tmp_path):
    make, attribute, network, name = method
    seen = []
    validated = "distance" if network is TabFairGAN else name
    real = getattr(network, validated)

    def noted(self, *batch):
        if not self.training:
            seen.append({key: value.clone() for key, value in self.state_dict().items()})
        return real(self, *batch)

    monkeypatch.setattr(network, validated, noted)
    spoil(monkeypatch, network, name, at=11)
    fitted = make()
    with pytest.raises(Diverged, match="epoch 3 of 4, step 3 of 4"):
        fitted.fit(toy.train, toy.validation, seed=0)
    left = fitted.networks[attribute].state_dict()
    assert len(seen) == 3  # before the first epoch, and after two
    assert all(torch.equal(left[key], seen[-1][key]) for key in left)
    assert not all(torch.equal(left[key], seen[0][key]) for key in left)
    assert not fitted.networks[attribute].training
    fitted.save(tmp_path)
    assert len(type(fitted).load(tmp_path).sample(5, seed=0)) == 5


def test_a_learning_rate_that_is_far_too_high_is_found_out(method, toy):
    make, attribute, *_ = method
    fitted = make(learning_rate=1e30)
    with pytest.raises(Diverged, match="a lower learning_rate may help"):
        fitted.fit(toy.train, toy.validation, seed=0)
    assert all(value.isfinite().all() for value in fitted.networks[attribute].state_dict().values())


def test_a_last_step_that_spoils_the_weights_is_seen_in_validation(method, toy, monkeypatch):
    make, _, network, name = method
    real, n = getattr(network, name), 0

    def loss(self, *args, **options):
        nonlocal n
        n += self.training
        value = real(self, *args, **options)
        if self.training and n == 16:  # the last: a finite loss with a gradient that is not
            value.register_hook(lambda gradient: gradient * torch.nan)
        return value

    monkeypatch.setattr(network, name, loss)
    with pytest.raises(Diverged, match=r"validation/(loss|distance) became nan in epoch 4 of 4:"):
        make().fit(toy.train, toy.validation, seed=0)


def test_a_diverged_fit_is_a_failure_and_its_last_good_weights_are_beside_the_error(toy_file, tmp_path, monkeypatch):
    tiny = config(toy_file, tmp_path, "method.epochs=3", "method.batch_size=100", "method.min_steps=0")
    spoil(monkeypatch, Diffusion, "loss", at=4)
    with pytest.raises(StageFailed, match=r"^fit failed: Diverged: train/loss became nan in epoch 2 of 3, step 2 of 2"):
        run_cell(tiny)
    run = Run(tmp_path / "runs", "toy", "fairtab", "default", 0, "balance-10")
    assert run.error_path.read_text().startswith("stage: fit\n")
    assert not run.fit_folder.exists()
    assert frames.frame(run.root).empty
    assert len(FairTab.load(run.diverged_folder).sample(5, seed=0)) == 5
    assert (run.diverged_folder / "metrics.csv").exists()
    monkeypatch.undo()
    run_cell(tiny)
    assert not run.diverged_folder.exists()


def test_sdv_which_goes_on_to_its_end_is_looked_at_there(toy, monkeypatch):
    network = torch.nn.Linear(1, 1)
    monkeypatch.setattr(CTGAN, "_fit_sdv", lambda *_, **__: None)
    monkeypatch.setattr(CTGAN, "_network", lambda _: network)
    CTGAN().fit(toy.train, toy.validation, seed=0)
    torch.nn.init.constant_(network.bias, torch.nan)
    with pytest.raises(Diverged, match="weights are not finite"):
        CTGAN().fit(toy.train, toy.validation, seed=0)


WILD = {
    "stasy": lambda: STaSy(width=8, epochs=1, min_steps=0, batch_size=50, n_steps=2, fine_tuning_epochs=0),
    "tabsyn": lambda: TabSyn(width=8, d_hidden=8, n_steps=2, min_steps=0, autoencoder=PHASE, diffusion=PHASE),
    "tabdiff": lambda: TabDiff(width=8, epochs=1, min_steps=0, batch_size=50, n_steps=2),
    **{name: make for name, (make, *_) in METHODS.items()},
}


@pytest.mark.parametrize("numerical", [TOY_SCHEMA.numerical, ()])
@pytest.mark.parametrize("name", WILD)
def test_rows_that_are_not_finite_are_no_table(toy, name, numerical):
    """An undefined number would become the largest one of training, and undefined scores the first category."""
    table = Table(toy.train.frame, replace(TOY_SCHEMA, numerical=numerical))
    fitted = WILD[name]().fit(table, table, seed=0)
    for network in fitted.networks.values():
        for layer in network.modules():
            if isinstance(layer, torch.nn.Linear):
                torch.nn.init.constant_(layer.weight, torch.nan)
    with pytest.raises(Diverged, match="are not finite: a lower learning_rate may help"):
        fitted.sample(20, seed=0)


def test_numbers_that_are_not_finite_complete_no_row(toy):
    fitted = FairTab(**FAIRTAB).fit(toy.train, toy.validation, seed=0)
    for parameter in fitted.diffusion.parameters():
        torch.nn.init.constant_(parameter, torch.nan)
    with pytest.raises(Diverged, match="are not finite"):
        complete(fitted, toy.train.frame[["job", "sex"]].head(3), seed=0, n_steps=2, n_particles=2)


def test_a_fit_of_stasy_whose_log_probabilities_are_not_finite_says_so(toy, monkeypatch):
    monkeypatch.setattr(STaSy, "log_probability", lambda self, encoded: torch.full((len(encoded.x_num),), torch.nan))
    model = STaSy(width=8, epochs=1, min_steps=0, batch_size=50, n_steps=2)
    with pytest.raises(Diverged, match="log-probabilities of training rows are not finite: a lower learning_rate"):
        model.fit(toy.train, toy.validation, seed=0)
    assert model.networks
