import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from baselines.shared.edm import noise_levels
from baselines.tabsyn import TabSyn
from baselines.tabsyn.autoencoder import AdaptiveBeta, Autoencoder
from baselines.tabsyn.diffusion import SIGMA_DATA, LatentDiffusion, LatentTraining
from fairtab import Table, seeds
from tests.conftest import TOY_SCHEMA, toy_frame

PHASE = {"epochs": 2, "batch_size": 50, "learning_rate": 2e-3}
TINY = {"min_steps": 0, "d_hidden": 8, "width": 16, "n_steps": 4, "autoencoder": PHASE, "diffusion": PHASE}
OPTIMISER = {"learning_rate": 1e-3, "weight_decay": 0.0, "ema_decay": 0.0}


@pytest.fixture(scope="module")
def model(toy):
    return TabSyn(**TINY).fit(toy.train, toy.validation, seed=0)


def autoencoder(d_num: int = 1, cardinalities: tuple[int, ...] = (2,)) -> Autoencoder:
    torch.manual_seed(0)
    return Autoencoder(d_num=d_num, cardinalities=cardinalities, d_token=4, n_layers=1, n_heads=1, d_hidden=8)


class Constant(nn.Module):
    """A transformer that returns one value, whatever the tokens."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def forward(self, tokens):
        return torch.full_like(tokens, self.value)


class Zero(nn.Module):
    """A denoising MLP that returns 0. With it, a diffusion is exact for normal vectors."""

    def forward(self, x, c_noise):
        return torch.zeros_like(x)


def normal_diffusion() -> LatentDiffusion:
    diffusion = LatentDiffusion(3, 8)
    diffusion.network = Zero()
    return diffusion


# The method


def test_label_and_sensitive_attributes_are_columns_like_the_others(model):
    assert not model.codec.conditions
    assert [column.name for column in model.codec.categorical] == ["job", "approved", "sex", "region"]
    assert [column.name for column in model.codec.numerical] == ["age", "gain", "amount"]  # no number is a category
    z = model.networks["autoencoder"].d_latent
    assert z == 7 * 4 == len(model.networks["diffusion"].mean)


def test_the_validation_table_teaches_nothing(model, toy):
    """The reconstruction of training rows decides beta."""
    other = TabSyn(**TINY).fit(toy.train, Table(toy.validation.frame[:20], toy.validation.schema), seed=0)
    pd.testing.assert_frame_equal(other.sample(50, seed=0).frame, model.sample(50, seed=0).frame, check_exact=True)


def test_the_second_phase_leaves_the_autoencoder_as_it_is(model, toy):
    longer = TabSyn(**{**TINY, "diffusion": {**PHASE, "epochs": 4}}).fit(toy.train, toy.validation, seed=0)
    before, after = (each.networks["autoencoder"].state_dict() for each in (model, longer))
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert torch.equal(model.networks["diffusion"].scale, longer.networks["diffusion"].scale)


def test_training_rows_are_measured_to_have_the_size_that_the_scalings_expect():
    diffusion, z = LatentDiffusion(3, width=8), torch.tensor([[1.0, 0, 5], [3, 0, 9], [2, 0, 1]])
    diffusion.scale_to(z)
    x_0 = (z - diffusion.mean) / diffusion.scale
    assert torch.allclose(x_0.mean(0), torch.zeros(3), atol=1e-6)
    assert x_0.square().mean().sqrt() == pytest.approx(SIGMA_DATA)


def test_latent_training_rows_have_the_size_that_the_scalings_expect(model, toy):
    autoencoder, diffusion = model.parts
    codes = model.codec.encode(toy.train)
    spread = [model.codec.spread(codes.x_num, seeds.torch_generator(i, "spread")) for i in range(20)]
    with torch.no_grad():
        z = torch.cat([autoencoder.encode(x_num, codes.x_cat) for x_num in spread])
    x_0 = (z - diffusion.mean) / diffusion.scale
    assert x_0.mean(0).abs().max() < 0.1  # numbers were spread differently when they were measured
    assert x_0.square().mean().sqrt() == pytest.approx(SIGMA_DATA, rel=0.05)


def test_a_loaded_model_has_the_latent_scale_again(model, tmp_path):
    model.save(tmp_path)
    loaded = TabSyn.load(tmp_path)
    for name in ("mean", "scale"):
        assert torch.equal(getattr(loaded.networks["diffusion"], name), getattr(model.networks["diffusion"], name))
    pd.testing.assert_frame_equal(loaded.sample(50, seed=0).frame, model.sample(50, seed=0).frame, check_exact=True)


@pytest.mark.slow
def test_a_fit_learns_what_goes_with_what():
    """A column follows from a number, and a sensitive attribute from the label."""
    base = toy_frame(1500)
    labels = np.where(base["sex"] == "Male", "yes", "no")
    table = Table(base.assign(job=np.where(base["age"] > 49, "old", "young"), approved=labels), TOY_SCHEMA)
    model = TabSyn(
        width=64,
        d_hidden=16,
        min_steps=0,
        n_steps=10,
        autoencoder={"epochs": 15, "batch_size": 100, "learning_rate": 1e-2},
        diffusion={"epochs": 50, "batch_size": 100, "learning_rate": 4e-3},
    ).fit(table, table, seed=0)
    sample = model.sample(1500, seed=0).frame
    assert ((sample["age"] > 49) == (sample["job"] == "old")).mean() > 0.85
    assert ((sample["sex"] == "Male") == (sample["approved"] == "yes")).mean() > 0.9
    assert (sample["sex"] == "Male").mean() == pytest.approx((base["sex"] == "Male").mean(), abs=0.06)
    assert sample["age"].mean() == pytest.approx(base["age"].mean(), abs=3)


# The autoencoder


def test_the_divergence_is_that_of_normal_posteriors_from_the_standard_normal():
    network = autoencoder()
    network.mean, network.log_variance = Constant(1.0), Constant(math.log(4))
    _, divergence = network.losses(torch.zeros(5, 1), torch.zeros(5, 1, dtype=torch.int64))
    assert float(divergence) == pytest.approx((1**2 + 4 - math.log(4) - 1) / 2)


def test_each_column_has_the_same_weight_in_the_reconstruction(monkeypatch):
    network = autoencoder(2, (2,))
    decoded = torch.tensor([[1.0, 3.0]]), [torch.tensor([[0.0, math.log(3)]])]
    monkeypatch.setattr(network, "decode", lambda z: decoded)
    reconstruction, _ = network.losses(torch.tensor([[1.0, 1.0]]), torch.tensor([[0]]))
    assert float(reconstruction) == pytest.approx((0 + 2**2 + math.log(4)) / 3)


def test_the_loss_adds_beta_times_the_divergence():
    network = autoencoder()
    batch = torch.randn(5, 1), torch.tensor([[0], [1], [0], [1], [1]])
    network.beta = 0.25
    torch.manual_seed(1)
    loss = network.loss(*batch, torch.empty(5, 0))
    torch.manual_seed(1)
    reconstruction, divergence = network.losses(*batch)
    torch.testing.assert_close(loss, reconstruction + 0.25 * divergence)
    assert torch.equal(network.reconstruction, reconstruction)


def test_encoding_has_no_noise_and_training_has():
    network = autoencoder()
    batch = torch.randn(5, 1), torch.tensor([[0], [1], [0], [1], [1]])
    assert torch.equal(network.encode(*batch), network.encode(*batch))
    assert network.losses(*batch)[0] != network.losses(*batch)[0]


def test_beta_falls_when_the_reconstruction_gets_no_better_and_never_below_its_minimum():
    network = autoencoder()
    module = AdaptiveBeta(network, beta_max=1.0, beta_min=0.3, beta_decay=0.5, patience=2, **OPTIMISER)
    betas = []
    for error in (5.0, 4.0, 4.0, 4.5, 3.9, 4.0, 4.0, 4.0, 4.0, 4.0):
        module.error = error
        module.on_train_epoch_end()
        betas.append(network.beta)
    assert betas == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.3, 0.3, 0.3, 0.3]


def test_a_fit_adapts_beta(toy):
    """Steps of a hopeless size never reach a new lowest error twice in a row."""
    wild = {"epochs": 8, "batch_size": 50, "learning_rate": 0.5}
    model = TabSyn(**{**TINY, "autoencoder": wild}, ema_decay=0.5).fit(toy.train, toy.validation, seed=0)
    assert 1e-5 <= model.networks["autoencoder"].beta < 1e-2


# The diffusion


def test_the_denoiser_is_exact_for_normal_vectors_if_its_network_is_zero():
    """E[x_0 | x] = x * sigma_data^2 / (sigma^2 + sigma_data^2)."""
    x, sigma = torch.randn(2, 3), torch.tensor([0.5, 2.0])
    expected = x * torch.tensor([[0.5], [0.25 / 4.25]])
    torch.testing.assert_close(normal_diffusion().denoise(x, sigma), expected)


def test_the_loss_of_normal_vectors_is_one_if_the_network_is_zero():
    torch.manual_seed(0)
    diffusion = normal_diffusion()
    diffusion.scale_to(z := 7 + 3 * torch.randn(20_000, 3))
    assert float(diffusion.scale) == pytest.approx(3 / SIGMA_DATA, rel=0.02)
    assert float(diffusion.loss(z)) == pytest.approx(1, abs=0.02)


def test_a_small_latent_number_stays_small():
    diffusion = LatentDiffusion(2, 8)
    diffusion.scale_to(torch.tensor([[1.0, 0.01], [-1.0, -0.01]]))
    x_0 = torch.tensor([1.0, 0.01]) / diffusion.scale
    assert float(x_0[0] / x_0[1]) == pytest.approx(100)


def test_heuns_method_by_hand():
    diffusion = normal_diffusion()
    drawn = diffusion.sample(4, 2, generator=torch.Generator().manual_seed(0))
    x = 80 * torch.randn((4, 3), generator=torch.Generator().manual_seed(0))

    def slope(x, sigma):  # of the zero network
        return x * sigma / (sigma**2 + SIGMA_DATA**2)

    low = 0.002
    euler = x + (low - 80) * slope(x, 80)
    x = x + (low - 80) * (slope(x, 80) + slope(euler, low)) / 2
    x = x - low * slope(x, low)  # the last step is Euler's
    torch.testing.assert_close(drawn, x, rtol=1e-3, atol=1e-3)


def test_more_steps_come_closer_to_the_exact_flow():
    """Of normal vectors, x / sqrt(sigma^2 + sigma_data^2) is constant along the flow."""
    diffusion = normal_diffusion()

    def error(n_steps):
        drawn = diffusion.sample(50, n_steps, generator=torch.Generator().manual_seed(0))
        x = 80 * torch.randn((50, 3), generator=torch.Generator().manual_seed(0))
        return float((drawn - x * SIGMA_DATA / math.hypot(80, SIGMA_DATA)).abs().max())

    errors = [error(n_steps) for n_steps in (10, 20, 40)]
    assert all(fine < 0.5 * coarse for coarse, fine in pairwise(errors))
    assert errors[-1] < 0.05


def test_samples_are_shifted_and_scaled_back():
    diffusion = normal_diffusion()
    diffusion.scale_to(7 + 3 * torch.randn(1000, 3, generator=torch.Generator().manual_seed(0)))
    z = diffusion.sample(4000, 25, generator=torch.Generator().manual_seed(1))
    assert z.mean() == pytest.approx(7, abs=0.2)
    assert z.std() == pytest.approx(3, rel=0.05)


def test_sampling_takes_its_noise_from_the_generator_alone():
    diffusion = LatentDiffusion(3, 8)
    torch.manual_seed(0)
    drawn = diffusion.sample(5, 3, generator=torch.Generator().manual_seed(0))
    assert torch.equal(drawn, diffusion.sample(5, 3, generator=torch.Generator().manual_seed(0)))
    assert not torch.equal(drawn, diffusion.sample(5, 3, generator=torch.Generator().manual_seed(1)))
    assert len(noise_levels(3)) == 4


def test_the_diffusion_learns_encoded_rows_and_not_the_autoencoder():
    network, diffusion = autoencoder(), LatentDiffusion(8, 8)
    module = LatentTraining(diffusion, network, **OPTIMISER)
    x_num, x_cat = torch.randn(5, 1), torch.tensor([[0], [1], [0], [1], [1]])
    (z,) = module.on_after_batch_transfer((x_num, x_cat, torch.empty(5, 0)), 0)
    assert torch.equal(z, network.encode(x_num, x_cat))
    assert not z.requires_grad
