"""The preconditioning of Karras et al. 2022 (Table 1), and their noise levels (Eq. 5)."""

import pytest
import torch

from baselines.shared.edm import SIGMA_MAX, SIGMA_MIN, noise_levels, scalings

SIGMA = torch.tensor([0.002, 0.1, 0.5, 3.0, 80.0], dtype=torch.float64)


def test_scalings_by_hand():
    c = scalings(torch.tensor(3.0), sigma_data=4.0)  # 3^2 + 4^2 = 5^2
    assert c.c_skip.item() == pytest.approx(16 / 25)
    assert c.c_out.item() == pytest.approx(12 / 5)
    assert c.c_in.item() == pytest.approx(1 / 5)
    assert c.c_noise.item() == pytest.approx(0.25 * 1.0986123)
    assert c.weight.item() == pytest.approx(25 / 144)


@pytest.mark.parametrize("sigma_data", [0.5, 1.0, 2.0])
def test_input_target_and_loss_have_unit_size_at_any_noise_level(sigma_data):
    c = scalings(SIGMA, sigma_data)
    x_0 = sigma_data * torch.randn((200_000, 1), dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    x = x_0 + SIGMA * torch.randn((200_000, 5), dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    target = (x_0 - c.c_skip * x) / c.c_out
    torch.testing.assert_close((c.c_in * x).std(0), torch.ones(5, dtype=torch.float64), atol=0.01, rtol=0)
    torch.testing.assert_close(target.std(0), torch.ones(5, dtype=torch.float64), atol=0.01, rtol=0)
    torch.testing.assert_close(c.weight * c.c_out**2, torch.ones(5, dtype=torch.float64))


def test_without_noise_the_prediction_is_the_input():
    c = scalings(torch.tensor(1e-6), sigma_data=1.0)
    assert c.c_skip.item() == pytest.approx(1)
    assert c.c_out.item() == pytest.approx(0, abs=1e-5)


def test_noise_levels_fall_from_the_largest_to_the_smallest_and_then_to_nothing():
    levels = noise_levels(50)
    assert levels.shape == (51,)
    assert levels.dtype == torch.float32
    assert levels[0].item() == pytest.approx(SIGMA_MAX)
    assert levels[-2].item() == pytest.approx(SIGMA_MIN)
    assert levels[-1] == 0
    assert (levels.diff() < 0).all()


def test_noise_levels_are_even_in_the_seventh_root():
    *_, middle, _, _ = noise_levels(3)
    assert middle.item() == pytest.approx(((80 ** (1 / 7) + 0.002 ** (1 / 7)) / 2) ** 7)
    assert (noise_levels(50)[:-1] ** (1 / 7)).diff().std() < 1e-5


def test_one_step_goes_from_the_largest_level_to_nothing():
    assert noise_levels(1).tolist() == [80, 0]
