"""The multinomial kernel, for categorical columns (Sec. 3.2).

Noise moves a category to one drawn uniformly from its column's K. Rows hold codes, not one-hot vectors: kernel and
posterior are mixtures of "stay", "go to x_0" and "go anywhere", so drawing from them costs nothing per category and
columns of any K go together.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

Loss = Literal["cross_entropy", "variational_bound"]  # what trains the logits, and so what they mean: see `to_x_0`


def uniform_codes(n_categories: Tensor, shape: tuple[int, ...], generator: torch.Generator | None) -> Tensor:
    """A category drawn uniformly for every cell. int64 [B, d_cat] (n_categories: int64 [d_cat])"""
    u = torch.rand(shape, generator=generator, device=n_categories.device)
    return torch.minimum((u * n_categories).long(), n_categories - 1)  # float32 u * K can round up to K


def q_sample(x_0: Tensor, alpha_bar: Tensor, n_categories: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Sample x_t given x_0: keep it with probability alpha_bar, else draw uniformly. int64 [B, d_cat]"""
    keep = torch.rand(x_0.shape, generator=generator, device=x_0.device) < alpha_bar
    return torch.where(keep, x_0, uniform_codes(n_categories, tuple(x_0.shape), generator))


def q_posterior(x_t: Tensor, x_0: Tensor, alpha_bar_t: Tensor, alpha_bar_s: Tensor) -> Tensor:
    """q(x_s | x_t, x_0) for s < t in one column of K categories. [B, K] (Sec. 3.2, theta / sum theta)

    x_t: int64 codes [B]; x_0: probabilities [B, K], a one-hot vector where x_0 is known.
    """
    K = x_0.shape[-1]
    alpha = alpha_bar_t / alpha_bar_s
    theta = (alpha * F.one_hot(x_t, K) + (1 - alpha) / K) * (alpha_bar_s * x_0 + (1 - alpha_bar_s) / K)
    return theta / theta.sum(-1, keepdim=True)


def log_q_posterior(x_t: Tensor, log_x_0: Tensor, alpha_bar_t: Tensor, alpha_bar_s: Tensor) -> Tensor:
    """log q(x_s | x_t, x_0), as `q_posterior`, from log-probabilities that may be very low. [B, K]

    With the network's x0_hat for x_0 it is the log of the paper's reverse step (Eq. 3). At s = 0, x_0 has no floor.
    """
    K = log_x_0.shape[-1]
    alpha = alpha_bar_t / alpha_bar_s
    step = (alpha * F.one_hot(x_t, K) + (1 - alpha) / K).log()
    past = torch.logaddexp(alpha_bar_s.log() + log_x_0, ((1 - alpha_bar_s) / K).log())
    return (step + past).log_softmax(-1)


def to_x_0(loss: Loss, logits: Tensor, x_t: Tensor, alpha_bar: Tensor) -> Tensor:
    """p_theta(x_0 | x_t), the probabilities that the network's logits stand for in one column. [B, K]

    Cross-entropy teaches the network just these. The bound teaches it the x0_hat that makes the step of Eq. 3 right:
    p(x_0 | x_t) / q(x_t | x_0), normalised, with which q(x_s | x_t, x0_hat) is the exact step, of any length.
    logits: [B, K]; x_t: int64 [B]; alpha_bar: [] or [B, 1].
    """
    if loss == "variational_bound":
        K = logits.shape[-1]
        logits = logits + (alpha_bar * F.one_hot(x_t, K) + (1 - alpha_bar) / K).log()
    return logits.softmax(-1)


def posterior_sample(
    x_t: Tensor,
    x_0: Tensor,
    alpha_bar_t: Tensor,
    alpha_bar_s: Tensor,
    n_categories: Tensor,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Sample x_s from q(x_s | x_t, x_0) for codes. int64 [B, d_cat]

    theta multiplied out has three terms: mass on x_t, mass on x_0 and mass spread evenly; one uniform picks the term.
    """
    alpha, K = alpha_bar_t / alpha_bar_s, n_categories
    to_x_t = alpha * (1 - alpha_bar_s) / K + alpha * alpha_bar_s * (x_t == x_0)
    to_x_0 = (1 - alpha) * alpha_bar_s / K
    anywhere = (1 - alpha) * (1 - alpha_bar_s) / K
    pick = torch.rand(x_t.shape, generator=generator, device=x_t.device) * (to_x_t + to_x_0 + anywhere)
    x_s = torch.where(pick < to_x_t, x_t, x_0)
    return torch.where(pick < to_x_t + to_x_0, x_s, uniform_codes(K, tuple(x_t.shape), generator))


def draw(probabilities: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """One category a row by inversion of the CDF. int64 [B] (probabilities: [B, K], rows need not sum to 1)"""
    cdf = probabilities.cumsum(-1)
    u = torch.rand((len(cdf), 1), generator=generator, device=cdf.device) * cdf[:, -1:]
    return (cdf <= u).sum(-1).clamp(max=cdf.shape[-1] - 1)
