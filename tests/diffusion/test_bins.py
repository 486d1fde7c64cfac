"""Bins against integrals, and the sampler with the true ratios of a known distribution."""

import math

import pytest
import torch
from scipy import integrate, stats

from fairtab.diffusion.bins import Binned
from fairtab.diffusion.denoiser import Prediction
from fairtab.diffusion.process import Diffusion
from fairtab.diffusion.sampler import Sampler
from fairtab.diffusion.schedule import cosine_alpha_bar

EDGES = torch.tensor([-torch.inf, -0.7, 0.2, 1.5, torch.inf])
LOG_R = torch.tensor([[0.4, -1.0, 0.9, -0.2]])


def noisy(x_t: float, alpha_bar: float, *others: torch.Tensor):
    return Binned([EDGES, *others]).at(torch.full((1, 1 + len(others)), x_t), torch.tensor(alpha_bar))


def integrated(x_t: float, alpha_bar: float) -> tuple[list[float], float]:
    """p(bin | x_t) and E[x_0 | x_t], if x_0 has the density phi(x_0) r(its bin)."""

    def weight(x_0: float) -> float:
        return stats.norm.pdf(x_0) * stats.norm.pdf(x_t, math.sqrt(alpha_bar) * x_0, math.sqrt(1 - alpha_bar))

    inner = EDGES.tolist()[1:-1]
    pieces = list(zip([-12, *inner], [*inner, 12], strict=True))
    p = [integrate.quad(weight, *piece)[0] * math.exp(r) for piece, r in zip(pieces, LOG_R[0].tolist(), strict=True)]
    moments = [integrate.quad(lambda x: x * weight(x), *piece)[0] for piece in pieces]
    mean = sum(m * math.exp(r) for m, r in zip(moments, LOG_R[0].tolist(), strict=True)) / sum(p)
    return [each / sum(p) for each in p], mean


@pytest.mark.parametrize("x_t", [-2.0, 0.3, 1.1])
@pytest.mark.parametrize("alpha_bar", [0.05, 0.5, 0.9])
def test_probabilities_and_the_mean_are_integrals(x_t, alpha_bar):
    p, mean = integrated(x_t, alpha_bar)
    found = noisy(x_t, alpha_bar)
    for k, expected in enumerate(p):
        if expected < 1e-5:  # bins that are less likely have the least mass that single precision knows
            continue
        x_0 = torch.tensor([[[-2.0, 0.0, 1.0, 2.0][k]]]).view(1, 1)
        assert found.losses(LOG_R, x_0, x_0).item() == pytest.approx(-math.log(expected), rel=1e-3)
    assert found.x_0(LOG_R).item() == pytest.approx(mean, abs=1e-4)


def test_a_prediction_of_zero_is_a_normal_column():
    assert noisy(0.5, 0.64).x_0(torch.zeros(1, 4)).item() == pytest.approx(0.4)  # sqrt(0.64) 0.5


def test_draws_are_distributed_as_predicted_and_stay_in_their_bins():
    n = 50_000
    binned = Binned([EDGES])
    x_0 = binned.at(torch.full((n, 1), 0.3), torch.tensor(0.5)).draw(
        LOG_R.expand(n, -1), torch.Generator().manual_seed(0)
    )
    p, mean = integrated(0.3, 0.5)
    frequencies = torch.bincount(binned.bins(x_0)[:, 0], minlength=4) / n
    assert frequencies.tolist() == pytest.approx(p, abs=0.01)
    assert x_0.mean().item() == pytest.approx(mean, abs=0.02)


@pytest.mark.parametrize("alpha_bar", [1e-6, 0.5, 1 - 1e-6])
@pytest.mark.parametrize("log_r", [0.0, 60.0, -60.0])
def test_a_draw_is_in_the_bin_that_is_sure_however_unlikely_it_was(alpha_bar, log_r):
    sure = torch.tensor([[log_r, 0, 0, 0]]).expand(200, -1)
    binned = Binned([EDGES])
    drawn = binned.bins(binned.at(torch.zeros(200, 1), torch.tensor(alpha_bar)).draw(sure))
    assert drawn.min() >= 0
    assert drawn.max() <= 3
    if log_r and alpha_bar < 0.9:
        assert ((drawn == 0) == (log_r > 0)).all()


def test_a_column_of_fewer_bins_is_as_it_is_alone():
    few = torch.tensor([-torch.inf, 0.1, torch.inf])
    alone = Binned([few]).at(torch.tensor([[0.6]]), torch.tensor(0.3))
    beside = noisy(0.6, 0.3, few)
    log_r = torch.tensor([[0.5, -0.5]])
    padded = torch.cat([LOG_R, log_r, torch.tensor([[80.0, 80.0]])], dim=1)  # what is said of empty bins has no effect
    assert beside.x_0(padded)[0, 1].item() == pytest.approx(alone.x_0(log_r).item())
    drawn = Binned([EDGES, few]).bins(beside.draw(padded))
    assert drawn[0, 1] < 2
    x_0 = torch.tensor([[0.0, 0.5]])
    expected = alone.losses(log_r, x_0[:, 1:], x_0[:, 1:])
    torch.testing.assert_close(beside.losses(padded, x_0, x_0)[1:], expected)


def test_losses_and_gradients_are_finite_where_a_bin_is_out_of_reach():
    output = torch.tensor([[0.0, 0.0, 0.0, 0.0]], requires_grad=True)
    x_0 = torch.tensor([[-3.0]])
    loss = noisy(1.0, 1 - 1e-6).losses(output, x_0, x_0).sum()
    loss.backward()
    assert loss.isfinite()
    assert output.grad.isfinite().all()


P = torch.tensor([[0.4, 0.1], [0.05, 0.45]])  # of the bins of two columns


class Oracle(torch.nn.Module):
    """The ratios of a perfect network: p(bin | the other column's x_t) / p(bin)."""

    def __init__(self, binned: Binned, T: int) -> None:
        super().__init__()
        self.binned, self.alpha_bar = binned, cosine_alpha_bar(T).float()

    def forward(self, inputs, x_cat, t, condition, case):
        mass = inputs[:, 2:].view(-1, 2, 2)
        of_a, of_b = P.sum(1), P.sum(0)
        given_b = (P / (of_a[:, None] * of_b)) @ (mass[:, 1]).T
        given_a = (P / (of_a[:, None] * of_b)).T @ (mass[:, 0]).T
        return Prediction(torch.cat([given_b.T, given_a.T], dim=1).log(), [])


@pytest.mark.parametrize("n_steps", [10, 25])
@pytest.mark.parametrize("solver", ["ddim", "dpm_solver", "ancestral"])
def test_columns_go_together_as_in_the_data(solver, n_steps):
    edges = [torch.special.ndtri(torch.tensor([0.0, share, 1.0])) for share in (P.sum(1)[0], P.sum(0)[0])]
    binned = Binned(edges)
    sizes = {"cardinalities": (), "condition_cardinalities": (2,)}
    process = Diffusion(Oracle(binned, 200), binned, **sizes, T=200, condition_dropout=0.1)
    condition = torch.zeros(20_000, 1, dtype=torch.long)
    x_num, _ = process.sample(condition, Sampler(n_steps, solver), generator=torch.Generator().manual_seed(0))
    a, b = binned.bins(x_num).unbind(1)
    found = torch.bincount(2 * a + b, minlength=4) / len(x_num)
    assert found.tolist() == pytest.approx(P.flatten().tolist(), abs=0.02)
    if solver != "ddim":  # it is of first order
        assert x_num.std(0).tolist() == pytest.approx([1, 1], abs=0.03)


class Twins(torch.nn.Module):
    """The ratios of a perfect network for two columns that are equal."""

    def __init__(self, binned: Binned) -> None:
        super().__init__()
        self.binned = binned

    def forward(self, inputs, x_cat, t, condition, case):
        a, b = inputs[:, 2:].view(len(inputs), 2, self.binned.K).unbind(1)
        prior = torch.special.ndtr(self.binned.edges).diff(dim=-1)[0]
        return Prediction((torch.cat([b, a], dim=1) / prior.repeat(2)).clamp(min=1e-9).log(), [])


def test_numbers_that_are_equal_stay_so_in_few_steps():
    """Columns that were drawn one by one in the last step would differ."""
    edges = torch.special.ndtri(torch.linspace(0, 1, 21))
    binned = Binned([edges, edges])
    process = Diffusion(
        Twins(binned), binned, cardinalities=(), condition_cardinalities=(2,), T=1000, condition_dropout=0.1
    )
    x_num, _ = process.sample(torch.zeros(2000, 1, dtype=torch.long), Sampler(25))
    a, b = binned.bins(x_num).unbind(1)
    assert (a == b).float().mean() > 0.88
    assert x_num.std(0).tolist() == pytest.approx([1, 1], abs=0.05)
