import pytest
import torch

from fairtab.diffusion import gaussian
from fairtab.diffusion.schedule import cosine_alpha_bar, strided
from fairtab.errors import InputError

ALPHA_BAR = cosine_alpha_bar(1000)
N = 200_000


def test_the_schedule_falls_from_one_to_almost_nothing():
    assert ALPHA_BAR[0] == 1
    assert (ALPHA_BAR.diff() < 0).all()
    assert 0 < ALPHA_BAR[-1] < 1e-4


def test_the_schedule_by_hand():
    """cos^2(pi / 2 * t / 4), and the last beta, which would be 1, held at 0.999."""
    half, eighth = 0.5, (1 + 0.5**0.5) / 2
    expected = [1, eighth, half, 1 - eighth, (1 - eighth) * 0.001]
    assert cosine_alpha_bar(4, offset=0).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("n_steps", [1, 7, 25, 1000])
def test_strided_steps_go_from_the_last_to_0_without_repeats(n_steps):
    steps = strided(1000, n_steps)
    assert len(steps) == n_steps + 1
    assert (steps[0], steps[-1]) == (1000, 0)
    assert (steps.diff() < 0).all()


@pytest.mark.parametrize("n_steps", [0, 1001])
def test_more_steps_than_there_are_is_an_error(n_steps):
    with pytest.raises(InputError, match="1 to 1000"):
        strided(1000, n_steps)


def test_moments_of_the_forward_kernel():
    x_0 = torch.full((N, 1), 2.0, dtype=torch.float64)
    eps = torch.randn(N, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    x_t = gaussian.q_sample(x_0, ALPHA_BAR[600], eps)
    assert x_t.mean().item() == pytest.approx(float(2 * ALPHA_BAR[600].sqrt()), abs=0.01)
    assert x_t.var().item() == pytest.approx(float(1 - ALPHA_BAR[600]), rel=0.02)


@pytest.mark.parametrize("parametrization", ["eps", "x_0", "v"])
def test_every_parametrization_leads_back_to_x_0_and_eps(parametrization):
    x_0, eps = torch.randn(2, 100, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    x_t = gaussian.q_sample(x_0, ALPHA_BAR[400], eps)
    target = gaussian.target(parametrization, x_0, ALPHA_BAR[400], eps)
    torch.testing.assert_close(gaussian.to_x_0(parametrization, target, x_t, ALPHA_BAR[400]), x_0)
    torch.testing.assert_close(gaussian.to_eps(parametrization, target, x_t, ALPHA_BAR[400]), eps)


def test_the_ancestral_step_is_the_posterior_of_equation_1():
    t = 500
    abar_t, abar_s = ALPHA_BAR[t], ALPHA_BAR[t - 1]
    beta = 1 - abar_t / abar_s
    x_t, x_0 = torch.tensor([[0.7]], dtype=torch.float64), torch.tensor([[-1.2]], dtype=torch.float64)
    noise = torch.randn(N, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    drawn = gaussian.p_sample(x_t, x_0, abar_t, abar_s, noise, eta=1)
    eps = (x_t - abar_t.sqrt() * x_0) / (1 - abar_t).sqrt()
    mu_tilde = (x_t - beta / (1 - abar_t).sqrt() * eps) / (1 - beta).sqrt()
    beta_tilde = (1 - abar_s) / (1 - abar_t) * beta
    assert drawn.mean().item() == pytest.approx(mu_tilde.item(), abs=1e-3)
    assert drawn.var().item() == pytest.approx(beta_tilde.item(), rel=0.02)


@pytest.mark.parametrize("eta", [0, 0.5, 1])
def test_a_strided_step_keeps_the_marginals_of_the_forward_process(eta):
    """From x_t ~ q(x_t | x_0), a step of any length and eta gives x_s ~ q(x_s | x_0)."""
    generator = torch.Generator().manual_seed(0)
    eps, noise = torch.randn(2, N, 1, dtype=torch.float64, generator=generator)
    x_0 = torch.full((N, 1), 1.5, dtype=torch.float64)
    x_t = gaussian.q_sample(x_0, ALPHA_BAR[800], eps)
    x_s = gaussian.p_sample(x_t, x_0, ALPHA_BAR[800], ALPHA_BAR[300], noise, eta=eta)
    assert x_s.mean().item() == pytest.approx(float(1.5 * ALPHA_BAR[300].sqrt()), abs=0.01)
    assert x_s.var().item() == pytest.approx(float(1 - ALPHA_BAR[300]), rel=0.02)


def test_eta_scales_the_noise():
    """Song et al. 2021, Eq. 16: the noise's standard deviation is eta times that of the ancestral step."""
    x_t, x_0 = torch.zeros(2, 1, 1, dtype=torch.float64)

    def noise_of(eta: float) -> float:
        ends = [gaussian.p_sample(x_t, x_0, ALPHA_BAR[800], ALPHA_BAR[300], x_t + z, eta=eta) for z in (0, 1)]
        return (ends[1] - ends[0]).item()

    assert noise_of(0.0) == 0
    assert noise_of(0.5) == pytest.approx(0.5 * noise_of(1.0))


def test_the_last_step_ends_on_the_predicted_x_0():
    x_t, x_0, noise = torch.randn(3, 5, 2, dtype=torch.float64)
    torch.testing.assert_close(gaussian.p_sample(x_t, x_0, ALPHA_BAR[40], ALPHA_BAR[0], noise, eta=1), x_0)
