"""The multinomial kernel against Bayes' rule, enumerated."""

import pytest
import torch
from torch.nn import functional as F

from fairtab.diffusion import multinomial
from fairtab.diffusion.schedule import cosine_alpha_bar

K = 4
ALPHA_BAR = cosine_alpha_bar(10)
N = 200_000


def kernel(alpha_bar_t: float) -> torch.Tensor:
    """q(x_t | x_0) as a matrix, rows x_0."""
    return alpha_bar_t * torch.eye(K, dtype=torch.float64) + (1 - alpha_bar_t) / K


def bayes(x_t: int, x_0: torch.Tensor, t: int, s: int) -> torch.Tensor:
    """q(x_s | x_t, x_0) by enumeration of x_s: q(x_t | x_s) q(x_s | x_0), normalised."""
    joint = [kernel(ALPHA_BAR[t] / ALPHA_BAR[s])[x_s, x_t] * (x_0 @ kernel(ALPHA_BAR[s]))[x_s] for x_s in range(K)]
    return torch.stack(joint) / sum(joint)


def frequencies(codes: torch.Tensor, n: int = K) -> torch.Tensor:
    return torch.bincount(codes, minlength=n).double() / len(codes)


def close(observed: torch.Tensor, expected: torch.Tensor) -> None:
    """Within five standard errors of a frequency over N draws."""
    error = (expected * (1 - expected) / N).sqrt()
    assert ((observed - expected).abs() <= 5 * error + 1e-9).all(), (observed, expected)


@pytest.mark.parametrize(("t", "s"), [(5, 4), (9, 3), (10, 0), (1, 0)])
@pytest.mark.parametrize("x_t", range(2))
def test_the_posterior_is_bayes_rule(t, s, x_t):
    for x_0 in (F.one_hot(torch.tensor(1), K).double(), torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)):
        posterior = multinomial.q_posterior(torch.tensor([x_t]), x_0.unsqueeze(0), ALPHA_BAR[t], ALPHA_BAR[s])
        torch.testing.assert_close(posterior[0], bayes(x_t, x_0, t, s))


@pytest.mark.parametrize(("t", "s"), [(5, 4), (9, 3), (10, 0)])
@pytest.mark.parametrize(("x_t", "x_0"), [(1, 1), (2, 1)])
def test_drawing_from_the_posterior_of_codes(t, s, x_t, x_0):
    codes = [torch.full((N, 1), code) for code in (x_t, x_0)]
    generator = torch.Generator().manual_seed(0)
    drawn = multinomial.posterior_sample(*codes, ALPHA_BAR[t], ALPHA_BAR[s], torch.tensor([K]), generator)
    close(frequencies(drawn[:, 0]), bayes(x_t, F.one_hot(torch.tensor(x_0), K).double(), t, s))


@pytest.mark.parametrize(("t", "s"), [(5, 4), (9, 3), (10, 0)])
def test_drawing_x_0_and_going_back_is_the_marginal_step(t, s):
    """sum_x0 q(x_s | x_t, x_0) p(x_0 | x_t), enumerated."""
    p_x_0 = torch.tensor([0.05, 0.15, 0.6, 0.2], dtype=torch.float64)
    expected = sum(p * bayes(2, F.one_hot(torch.tensor(x_0), K).double(), t, s) for x_0, p in enumerate(p_x_0))
    generator = torch.Generator().manual_seed(0)
    x_t = torch.full((N, 1), 2)
    x_0 = multinomial.draw(p_x_0.expand(N, K), generator).unsqueeze(1)
    x_s = multinomial.posterior_sample(x_t, x_0, ALPHA_BAR[t], ALPHA_BAR[s], torch.tensor([K]), generator)
    close(frequencies(x_s[:, 0]), expected)


def test_the_closed_form_of_the_marginal_step_in_the_method_notes():
    """p(x_s | x_t) from w = p(x_0 | x_t) / q(x_t | x_0) equals the enumerated sum."""
    t, s, x_t = 9, 3, 2
    p_x_0 = torch.tensor([0.05, 0.15, 0.6, 0.2], dtype=torch.float64)
    w = p_x_0 / kernel(ALPHA_BAR[t])[:, x_t]
    a_ts = ALPHA_BAR[t] / ALPHA_BAR[s]
    first = a_ts * F.one_hot(torch.tensor(x_t), K) + (1 - a_ts) / K
    p = first * (ALPHA_BAR[s] * w + (1 - ALPHA_BAR[s]) / K * w.sum())
    expected = sum(q * bayes(x_t, F.one_hot(torch.tensor(x_0), K).double(), t, s) for x_0, q in enumerate(p_x_0))
    torch.testing.assert_close(p / p.sum(), expected)
    plug_in = multinomial.q_posterior(torch.tensor([x_t]), (w / w.sum()).unsqueeze(0), ALPHA_BAR[t], ALPHA_BAR[s])
    torch.testing.assert_close(plug_in[0], expected)


def test_a_strided_step_is_single_steps_composed():
    """With the true p(x_0 | x_t), one jump from 8 to 2 and six single steps end in the same distribution."""
    p_data = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64)

    def step(x_t: torch.Tensor, t: int, s: int, generator: torch.Generator) -> torch.Tensor:
        posterior = (p_data.unsqueeze(1) * kernel(ALPHA_BAR[t])).T  # [x_t, x_0]
        x_0 = multinomial.draw(posterior[x_t[:, 0]], generator).unsqueeze(1)
        return multinomial.posterior_sample(x_t, x_0, ALPHA_BAR[t], ALPHA_BAR[s], torch.tensor([K]), generator)

    generator = torch.Generator().manual_seed(0)
    start = torch.full((N, 1), 3)
    jump = step(start, 8, 2, generator)
    walk = start
    for t in range(8, 2, -1):
        walk = step(walk, t, t - 1, generator)
    close(frequencies(jump[:, 0]), frequencies(walk[:, 0]))


@pytest.mark.parametrize("t", [0, 3, 10])
def test_the_forward_kernel_of_columns_of_any_width(t):
    n_categories = torch.tensor([2, K])
    x_0 = torch.tensor([1, 3]).expand(N, 2)
    x_t = multinomial.q_sample(x_0, ALPHA_BAR[t], n_categories, torch.Generator().manual_seed(0))
    for j, n in enumerate(n_categories.tolist()):
        expected = ALPHA_BAR[t] * F.one_hot(x_0[0, j], n) + (1 - ALPHA_BAR[t]) / n
        close(frequencies(x_t[:, j], n), expected)


def test_draw_follows_unnormalised_probabilities_and_never_leaves_the_range():
    probabilities = torch.tensor([0.0, 3.0, 0.0, 1.0])
    drawn = multinomial.draw(probabilities.expand(N, 4), torch.Generator().manual_seed(0))
    close(frequencies(drawn), torch.tensor([0, 0.75, 0, 0.25], dtype=torch.float64))
