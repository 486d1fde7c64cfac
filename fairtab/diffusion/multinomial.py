"""The multinomial kernel of categorical columns (Sec. 3.2).

Noise replaces a category by one drawn uniformly from the K of its column. Rows hold codes, not one-hot vectors: the
kernel and its posterior are mixtures of "stay", "go to x_0" and "go anywhere". Drawing from them costs nothing per
category, and columns with different K are handled together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from fairtab.diffusion.finite import finite

Loss = Literal["cross_entropy", "variational_bound"]  # trains the logits, and so decides their meaning: see `to_x_0`
Posterior = Literal["marginal", "plug_in"]  # the reverse step: see `p_sample`


def uniform_codes(n_categories: Tensor, shape: tuple[int, ...], generator: torch.Generator | None) -> Tensor:
    """Draw a category uniformly for every cell.

    Parameters
    ----------
    n_categories : Tensor
        The K of each column, int64 [d_cat].
    shape : tuple of int
        (B, d_cat).
    generator : torch.Generator or None
        Source of randomness; None is torch's global one.

    Returns
    -------
    Tensor
        Codes, int64 [B, d_cat].

    Examples
    --------
    >>> codes = uniform_codes(torch.tensor([1, 5]), (100, 2), torch.Generator().manual_seed(0))
    >>> codes.amin(0).tolist(), codes.amax(0).tolist()
    ([0, 0], [0, 4])
    """
    u = torch.rand(shape, generator=generator, device=n_categories.device)
    return torch.minimum((u * n_categories).long(), n_categories - 1)  # float32 u * K can round up to K


def q_sample(x_0: Tensor, alpha_bar: Tensor, n_categories: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Add noise: sample x_t from q(x_t | x_0).

    A cell keeps its category with probability alpha_bar. Otherwise its category is drawn uniformly.

    Parameters
    ----------
    x_0 : Tensor
        Clean codes, int64 [B, d_cat].
    alpha_bar : Tensor
        alpha_bar_t, [] or [B, 1].
    n_categories, generator
        As in `uniform_codes`.

    Returns
    -------
    Tensor
        x_t, int64 [B, d_cat].

    Examples
    --------
    >>> q_sample(torch.tensor([[2, 0]]), torch.tensor(1.0), torch.tensor([3, 2]))
    tensor([[2, 0]])
    """
    keep = torch.rand(x_0.shape, generator=generator, device=x_0.device) < alpha_bar
    return torch.where(keep, x_0, uniform_codes(n_categories, tuple(x_0.shape), generator))


def q_posterior(x_t: Tensor, x_0: Tensor, alpha_bar_t: Tensor, alpha_bar_s: Tensor) -> Tensor:
    """Compute q(x_s | x_t, x_0), s < t, in one column (Sec. 3.2, theta / sum theta).

    Parameters
    ----------
    x_t : Tensor
        Codes, int64 [B].
    x_0 : Tensor
        Probabilities [B, K]; one-hot if x_0 is known.
    alpha_bar_t, alpha_bar_s : Tensor
        The schedule at t and at s, [] or [B, 1].

    Returns
    -------
    Tensor
        Probabilities [B, K].

    Examples
    --------
    >>> x_0 = torch.tensor([[0.0, 1.0]])
    >>> q_posterior(torch.tensor([0]), x_0, torch.tensor(0.25), torch.tensor(0.5))
    tensor([[0.5000, 0.5000]])
    """
    K = x_0.shape[-1]
    alpha = alpha_bar_t / alpha_bar_s
    theta = (alpha * F.one_hot(x_t, K) + (1 - alpha) / K) * (alpha_bar_s * x_0 + (1 - alpha_bar_s) / K)
    return theta / theta.sum(-1, keepdim=True)


def log_q_posterior(x_t: Tensor, log_x_0: Tensor, alpha_bar_t: Tensor, alpha_bar_s: Tensor) -> Tensor:
    """Compute the logarithm of `q_posterior` from log-probabilities, which may be very low.

    If `log_x_0` is the network's x0_hat, this is the logarithm of the paper's reverse step (Eq. 3).

    Parameters
    ----------
    x_t, alpha_bar_t, alpha_bar_s : Tensor
        As in `q_posterior`.
    log_x_0 : Tensor
        Log-probabilities [B, K]. At s = 0 they have no lower limit.

    Returns
    -------
    Tensor
        Log-probabilities [B, K].

    Examples
    --------
    >>> log_x_0 = torch.tensor([[0.2, 0.8]]).log()
    >>> log_q_posterior(torch.tensor([0]), log_x_0, torch.tensor(0.25), torch.tensor(0.5)).exp()
    tensor([[0.6176, 0.3824]])
    """
    K = log_x_0.shape[-1]
    alpha = alpha_bar_t / alpha_bar_s
    step = (alpha * F.one_hot(x_t, K) + (1 - alpha) / K).log()
    past = torch.logaddexp(alpha_bar_s.log() + log_x_0, ((1 - alpha_bar_s) / K).log())
    return (step + past).log_softmax(-1)


def to_x_0(loss: Loss, logits: Tensor, x_t: Tensor, alpha_bar: Tensor) -> Tensor:
    """Convert the logits of one column into the probabilities p_theta(x_0 | x_t) that they imply.

    Cross-entropy teaches the network these probabilities. The variational bound teaches it the x0_hat that makes the
    step of Eq. 3 right: p(x_0 | x_t) / q(x_t | x_0), normalised. With it, q(x_s | x_t, x0_hat) is the exact step, for
    steps of any length.

    Parameters
    ----------
    loss : {"cross_entropy", "variational_bound"}
        The loss that trained the network.
    logits : Tensor
        [B, K].
    x_t : Tensor
        Codes, int64 [B].
    alpha_bar : Tensor
        alpha_bar_t, [] or [B, 1].

    Returns
    -------
    Tensor
        Probabilities [B, K].

    Examples
    --------
    >>> logits, x_t = torch.zeros(1, 2), torch.tensor([0])
    >>> to_x_0("cross_entropy", logits, x_t, torch.tensor(0.5))
    tensor([[0.5000, 0.5000]])
    >>> to_x_0("variational_bound", logits, x_t, torch.tensor(0.5))
    tensor([[0.7500, 0.2500]])
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
    """Sample x_s from q(x_s | x_t, x_0), given codes x_0.

    theta multiplied out has three terms: mass on x_t, mass on x_0, and mass spread evenly. One uniform number picks
    the term.

    Parameters
    ----------
    x_t, x_0 : Tensor
        Codes, int64 [B, d_cat].
    alpha_bar_t, alpha_bar_s : Tensor
        The schedule at t and at s, [] or [B, 1].
    n_categories, generator
        As in `uniform_codes`.

    Returns
    -------
    Tensor
        x_s, int64 [B, d_cat].

    Examples
    --------
    The last step, to alpha_bar_0 = 1, returns x_0:

    >>> x_t, x_0 = torch.tensor([[2, 0]]), torch.tensor([[1, 1]])
    >>> posterior_sample(x_t, x_0, torch.tensor(0.5), torch.tensor(1.0), torch.tensor([3, 2]))
    tensor([[1, 1]])
    """
    alpha, K = alpha_bar_t / alpha_bar_s, n_categories
    to_x_t = alpha * (1 - alpha_bar_s) / K + alpha * alpha_bar_s * (x_t == x_0)
    to_x_0 = (1 - alpha) * alpha_bar_s / K
    anywhere = (1 - alpha) * (1 - alpha_bar_s) / K
    pick = torch.rand(x_t.shape, generator=generator, device=x_t.device) * (to_x_t + to_x_0 + anywhere)
    x_s = torch.where(pick < to_x_t, x_t, x_0)
    return torch.where(pick < to_x_t + to_x_0, x_s, uniform_codes(K, tuple(x_t.shape), generator))


def transition(x_t: Tensor, x_0: Tensor, alpha_bar_t: Tensor, alpha_bar_s: Tensor) -> Tensor:
    """Compute p_theta(x_s | x_t) in one column: the sum over x_0 of q(x_s | x_t, x_0) p_theta(x_0 | x_t).

    `p_sample` with the marginal posterior draws from it.

    Parameters
    ----------
    x_t : Tensor
        Codes, int64 [B].
    x_0 : Tensor
        The probabilities p_theta(x_0 | x_t), [B, K].
    alpha_bar_t, alpha_bar_s : Tensor
        The schedule at t and at s, [] or [B, 1].

    Returns
    -------
    Tensor
        Probabilities [B, K].

    Examples
    --------
    >>> x_0 = torch.tensor([[0.25, 0.75]])
    >>> transition(torch.tensor([0]), x_0, torch.tensor(0.5), torch.tensor(1.0))  # the last step
    tensor([[0.2500, 0.7500]])
    """
    K = x_0.shape[-1]
    alpha, stays = alpha_bar_t / alpha_bar_s, F.one_hot(x_t, K)
    to_x_t, stay = alpha * (1 - alpha_bar_s) / K, alpha * alpha_bar_s * stays  # the terms of `posterior_sample`
    end = alpha_bar_s * (1 - alpha) / K
    anywhere = (1 - alpha) * (1 - alpha_bar_s) / K
    x_0 = x_0 / (to_x_t + stay + end + anywhere)
    total = x_0.sum(-1, keepdim=True)
    return to_x_t * total * stays + stay * x_0 + end * x_0 + anywhere / K * total


def draw(probabilities: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Draw one category for each row by inverting the cumulative distribution.

    Parameters
    ----------
    probabilities : Tensor
        [B, K]. Rows need not sum to 1.
    generator : torch.Generator or None
        Source of randomness; None is torch's global one.

    Returns
    -------
    Tensor
        Codes, int64 [B].

    Raises
    ------
    Diverged
        A probability is infinite or undefined.

    Examples
    --------
    >>> draw(torch.tensor([[0.0, 3.0, 0.0], [2.0, 0.0, 0.0]]))
    tensor([1, 0])
    """
    cdf = probabilities.cumsum(-1)
    total = finite(cdf[:, -1:], "probabilities of categories")
    u = torch.rand((len(cdf), 1), generator=generator, device=cdf.device) * total
    return (cdf <= u).sum(-1).clamp(max=cdf.shape[-1] - 1)


def p_sample(
    x_t: Tensor,
    logits: Sequence[Tensor],
    alpha_bar_t: Tensor,
    alpha_bar_s: Tensor,
    n_categories: Tensor,
    *,
    loss: Loss,
    posterior: Posterior,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Remove noise: step from x_t to x_s, s < t, given the predicted logits of each column.

    Parameters
    ----------
    x_t : Tensor
        Codes, int64 [B, d_cat].
    logits : sequence of Tensor
        One tensor [B, K] for each column.
    alpha_bar_t, alpha_bar_s : Tensor
        The schedule at t and at s, [] or [B, 1].
    n_categories, generator
        As in `uniform_codes`.
    loss : {"cross_entropy", "variational_bound"}
        The loss that trained the logits.
    posterior : {"marginal", "plug_in"}
        "marginal" is the exact step, the sum over x_0 of q(x_s | x_t, x_0) p_theta(x_0 | x_t). "plug_in" is the
        paper's step (Eq. 3), q(x_s | x_t, x0_hat). It needs logits trained by the bound: the posterior is not linear in
        x_0, so with the true p(x_0 | x_t) in place of x0_hat even single steps are wrong.

    Returns
    -------
    Tensor
        x_s, int64 [B, d_cat].

    Examples
    --------
    >>> x_t, certain = torch.tensor([[0]]), torch.tensor([[-1e9, 0.0]])
    >>> schedule = torch.tensor(0.5), torch.tensor(1.0)
    >>> p_sample(x_t, [certain], *schedule, torch.tensor([2]), loss="cross_entropy", posterior="marginal")
    tensor([[1]])
    """
    if not logits:
        return x_t

    def draw_columns(columns: Iterable[Tensor]) -> Tensor:
        return torch.stack([draw(probabilities, generator) for probabilities in columns], dim=1)

    columns = list(zip(x_t.unbind(1), logits, strict=True))
    if posterior == "plug_in":
        return draw_columns(q_posterior(x, each.softmax(-1), alpha_bar_t, alpha_bar_s) for x, each in columns)
    # drawing x_0 and then x_s given x_0 is drawing from the sum over x_0
    x_0 = draw_columns(to_x_0(loss, each, x, alpha_bar_t) for x, each in columns)
    return posterior_sample(x_t, x_0, alpha_bar_t, alpha_bar_s, n_categories, generator)
