"""With the true denoiser of a known distribution, completed rows have the conditional distribution."""

import pytest
import torch
from torch.nn import functional as F

from fairtab.diffusion import gaussian, multinomial
from fairtab.diffusion.completion import Completion, Known
from fairtab.diffusion.denoiser import Prediction
from fairtab.diffusion.numbers import Regressed
from fairtab.diffusion.process import Diffusion
from fairtab.diffusion.schedule import strided
from fairtab.errors import InputError

T, N_STEPS, N = 200, 25, 1000
RHO, SHIFT = 0.8, 1.5
COVARIANCE = torch.tensor([[1.0, RHO], [RHO, 1.0]])  # of two numbers u, v, whose means are SHIFT * y
P_AB = torch.tensor(  # p(a, b | y) of categories a (of 3) and b (of 2)
    [[[0.30, 0.10], [0.05, 0.35], [0.10, 0.10]], [[0.05, 0.15], [0.30, 0.10], [0.35, 0.05]]]
)
SIZES = {"cardinalities": (3, 2), "condition_cardinalities": (2, 1)}
GAP = torch.nan


class Oracle(torch.nn.Module):
    """E[u, v | x_t, y], and p(a | x_t, y) and p(b | x_t, y)."""

    alpha_bar: torch.Tensor

    def forward(self, x_num, x_cat, t, condition, case):
        a, y = self.alpha_bar[t[0]], condition[case, 0]
        mean = SHIFT * y[:, None]
        gain = a.sqrt() * COVARIANCE @ (a * COVARIANCE + (1 - a) * torch.eye(2)).inverse()
        x_0 = mean + (x_num - a.sqrt() * mean) @ gain.T
        of_a, of_b = (a * F.one_hot(x_cat[:, j], K) + (1 - a) / K for j, K in enumerate((3, 2)))  # q(x_t | x_0)
        p = P_AB[y] * of_a[:, :, None] * of_b[:, None, :]
        return Prediction(x_0, [p.sum(2).log(), p.sum(1).log()])


@pytest.fixture(scope="module")
def process():
    oracle = Oracle()
    process = Diffusion(oracle, Regressed(2, "x_0"), **SIZES, T=T, condition_dropout=0.1)
    oracle.alpha_bar = process.alpha_bar
    return process


def variance(process, n_steps=N_STEPS):
    """Var(x_0 | x_t) by hand."""
    a = process.alpha_bar[strided(T, n_steps)[:-1]][:, None, None]
    gain = a * COVARIANCE @ (a * COVARIANCE + (1 - a) * torch.eye(2)).inverse() @ COVARIANCE
    return (COVARIANCE - gain).diagonal(dim1=1, dim2=2)


def complete(process, u=GAP, v=GAP, a=-1, b=-1, y=None, n_particles=32):
    known = Known(torch.tensor([[u, v]]).repeat(N, 1), torch.tensor([[a, b]]).repeat(N, 1))
    label = torch.arange(n_particles) % 2 if y is None else torch.full((n_particles,), y)
    condition = torch.stack([label, torch.zeros_like(label)], dim=1).repeat(N, 1, 1)
    generator = torch.Generator().manual_seed(0)
    completion = Completion(N_STEPS, n_particles)
    return process.complete(known, condition, completion, variance(process), generator=generator)


def test_a_number_has_its_distribution_given_another_one(process):
    x_num, _, _ = complete(process, u=2.5, y=1)
    assert (x_num[:, 0] == 2.5).all()
    assert x_num[:, 1].mean().item() == pytest.approx(SHIFT + RHO * (2.5 - SHIFT), abs=0.06)
    assert x_num[:, 1].std().item() == pytest.approx((1 - RHO**2) ** 0.5, rel=0.1)


@pytest.mark.parametrize("a", [0, 1])
def test_a_category_has_its_distribution_given_another_one(process, a):
    _, x_cat, _ = complete(process, a=a, y=0)
    assert (x_cat[:, 0] == a).all()
    assert x_cat[:, 1].float().mean().item() == pytest.approx((P_AB[0, a, 1] / P_AB[0, a].sum()).item(), abs=0.05)


def test_the_label_has_its_distribution_given_features(process):
    _, x_cat, condition = complete(process, u=1.0, a=2)
    density = torch.exp(torch.tensor([-0.5 * 1.0**2, -0.5 * (1.0 - SHIFT) ** 2]))
    expected = density * P_AB[:, 2].sum(1)
    is_positive = condition[:, 0] == 1
    assert is_positive.float().mean().item() == pytest.approx((expected[1] / expected.sum()).item(), abs=0.05)
    # and the other category has its distribution given the label that was drawn
    assert x_cat[is_positive, 1].float().mean().item() == pytest.approx(0.05 / 0.40, abs=0.05)


def test_one_particle_is_not_enough(process):
    target = SHIFT + RHO * (-0.5 - SHIFT)
    errors = [abs(complete(process, u=-0.5, y=1, n_particles=P)[0][:, 1].mean() - target) for P in (1, 32)]
    assert errors[0] > 3 * errors[1]


def test_each_row_has_gaps_of_its_own(process):
    known = Known(torch.tensor([[0.5, GAP], [GAP, GAP], [0.1, 0.2]]), torch.tensor([[-1, 1], [2, -1], [0, 1]]))
    completion, condition = Completion(5, 4), torch.zeros(3, 4, 2, dtype=torch.long)
    x_num, x_cat, _ = process.complete(known, condition, completion, variance(process, 5))
    assert x_num.isfinite().all()
    assert (x_cat >= 0).all()
    assert x_num[known.x_num.isfinite()].tolist() == pytest.approx([0.5, 0.1, 0.2])
    assert x_cat[known.x_cat >= 0].tolist() == [1, 2, 0, 1]


def test_the_variance_of_numbers_is_measured(process):
    generator = torch.Generator().manual_seed(0)
    factor = torch.linalg.cholesky(COVARIANCE)
    x_num = torch.randn(20_000, 2, generator=generator) @ factor.T
    x_cat = torch.zeros(20_000, 2, dtype=torch.long)
    condition = torch.zeros(20_000, 2, dtype=torch.long)
    measured = process.x_0_variance(x_num, x_cat, condition, 10, generator=generator)
    assert torch.allclose(measured, variance(process, 10), rtol=0.05)


def test_the_step_of_a_category_is_the_sum_over_its_ends():
    x_t, x_0 = torch.tensor([0, 2, 1]), torch.tensor([[0.2, 0.3, 0.5], [0.7, 0.2, 0.1], [0.0, 0.0, 1.0]])
    schedule = torch.tensor(0.3), torch.tensor(0.6)
    ends = [multinomial.q_posterior(x_t, torch.eye(3)[k].expand(3, 3), *schedule) for k in range(3)]
    expected = sum(x_0[:, [k]] * end for k, end in enumerate(ends))
    assert torch.allclose(multinomial.transition(x_t, x_0, *schedule), expected)


def test_the_step_of_a_number_has_the_variance_of_the_true_one():
    a_t, a_s, tau = torch.tensor(0.3), torch.tensor(0.6), 0.5  # x_0 is normal with variance tau
    of_x_0 = tau * (1 - a_t) / (tau * a_t + 1 - a_t)  # given x_t
    cov = (a_t / a_s).sqrt() * (a_s * tau + 1 - a_s)  # of x_s and x_t
    expected = (a_s * tau + 1 - a_s) - cov**2 / (a_t * tau + 1 - a_t)
    assert gaussian.transition_variance(of_x_0, a_t, a_s) == pytest.approx(expected)


def test_no_particle_is_refused():
    with pytest.raises(InputError, match="expected at least one particle, got 0"):
        Completion(n_particles=0)
