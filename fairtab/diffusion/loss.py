"""The training loss: one loss for each column, and their combination."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from fairtab.diffusion import gaussian, multinomial
from fairtab.diffusion.denoiser import Denoiser
from fairtab.diffusion.numbers import Numbers

Weighting = Literal["columns", "kinds"]  # the units of equal weight: columns, or the two kinds of columns


def stratified_steps(n: int, T: int, device: torch.device) -> Tensor:
    """Draw n steps uniformly from 1..T, one from each n-th of the range, in random order.

    Compared with independent draws, this spreads the steps evenly over the range.

    Parameters
    ----------
    n : int
        Number of steps to draw.
    T : int
        Number of steps of the forward process.
    device : torch.device
        Where to draw them.

    Returns
    -------
    Tensor
        int64 [n].

    Examples
    --------
    >>> sorted(stratified_steps(5, 5, torch.device("cpu")).tolist())
    [1, 2, 3, 4, 5]
    """
    u = (torch.randperm(n, device=device) + torch.rand(n, device=device)) / n
    return (u * T).long().clamp(max=T - 1) + 1


def column_losses(
    denoiser: Denoiser,
    numbers: Numbers,
    x_num: Tensor,
    x_cat: Tensor,
    condition: Tensor,
    *,
    alpha_bar: Tensor,
    n_categories: Tensor,
    categorical: multinomial.Loss = "cross_entropy",
    t: Tensor | None = None,
) -> Tensor:
    """Compute the loss of each column at random steps, as a mean over rows.

    Numerical columns have the squared error of the prediction (L_G), or the cross-entropy of their bins. Categorical
    columns have the cross-entropy of p_theta(x_0 | x_t) against x_0, or `variational_bound` (L_i) times T. As t is
    uniform in 1..T, the latter is in expectation the sum of Eq. 4 in nats, as in Hoogeboom et al. (2021). The term of
    a single step would be about 1/T of the numerical loss, and too small to learn from.

    Parameters
    ----------
    denoiser : Denoiser
        The network to train.
    numbers : Numbers
        What it sees and predicts of numerical columns.
    x_num : Tensor
        Clean numerical columns, [B, d_num].
    x_cat : Tensor
        Clean codes, int64 [B, d_cat].
    condition : Tensor
        Label and sensitive attributes, int64 [B, 1 + N].
    alpha_bar : Tensor
        The schedule, [T + 1].
    n_categories : Tensor
        The K of each categorical column, int64 [d_cat].
    categorical : {"cross_entropy", "variational_bound"}
        The loss of categorical columns.
    t : Tensor or None
        The step of each row, int64 [B]; None draws `stratified_steps`.

    Returns
    -------
    Tensor
        [d_num + d_cat], numerical columns first.

    Examples
    --------
    >>> from fairtab.backbones.mlp import MLP
    >>> from fairtab.diffusion.numbers import Regressed
    >>> from fairtab.diffusion.schedule import cosine_alpha_bar
    >>> denoiser = MLP(d_num=1, cardinalities=(3,), condition_cardinalities=(2,), width=8)
    >>> rows = torch.zeros(4, 1), torch.zeros(4, 1, dtype=torch.long), torch.zeros(4, 1, dtype=torch.long)
    >>> schedule = {"alpha_bar": cosine_alpha_bar(100).float(), "n_categories": torch.tensor([3])}
    >>> column_losses(denoiser, Regressed(1, "x_0"), *rows, **schedule)  # it predicts 0 and log 1/3 at first
    tensor([0.0000, 1.0986], grad_fn=<CatBackward0>)
    """
    T = len(alpha_bar) - 1
    t = stratified_steps(len(condition), T, condition.device) if t is None else t
    alpha_bar_t, alpha_bar_s = alpha_bar[t].unsqueeze(-1), alpha_bar[t - 1].unsqueeze(-1)  # [B, 1]
    eps = torch.randn_like(x_num)
    noisy_num = gaussian.q_sample(x_num, alpha_bar_t, eps)
    noisy_cat = multinomial.q_sample(x_cat, alpha_bar_t, n_categories)
    case = torch.arange(len(condition), device=condition.device)
    noisy = numbers.at(noisy_num, alpha_bar_t)
    prediction = denoiser(noisy.inputs, noisy_cat, t, condition, case)
    numerical = noisy.losses(prediction.num, x_num, eps)

    def categorical_loss(logits: Tensor, x_0: Tensor, x_t: Tensor) -> Tensor:
        if categorical == "cross_entropy":
            return F.cross_entropy(logits, x_0)
        return T * variational_bound(logits, x_0, x_t, alpha_bar_t, alpha_bar_s).mean()

    columns = zip(prediction.logits, x_cat.unbind(1), noisy_cat.unbind(1), strict=True)
    losses = [categorical_loss(*column) for column in columns]
    return torch.cat([numerical, torch.stack(losses)]) if losses else numerical


def variational_bound(logits: Tensor, x_0: Tensor, x_t: Tensor, alpha_bar_t: Tensor, alpha_bar_s: Tensor) -> Tensor:
    """Compute one column's term of the variational bound at step t, with the paper's reverse step (Eq. 4).

    The term is KL(q(x_s | x_t, x_0) || p_theta(x_s | x_t)) for s = t - 1, with p_theta = q(x_s | x_t, x0_hat). At t = 1
    q is x_0 itself, so the term is -log p_theta(x_0 | x_1), the last one of the bound. The first term of the bound,
    KL(q(x_T | x_0) || p(x_T)), has no parameters.

    Parameters
    ----------
    logits : Tensor
        The network's x0_hat, [B, K].
    x_0, x_t : Tensor
        Clean and noisy codes, int64 [B].
    alpha_bar_t, alpha_bar_s : Tensor
        The schedule at t and at s, [B, 1].

    Returns
    -------
    Tensor
        In nats, [B].

    Examples
    --------
    >>> code = torch.tensor([1])
    >>> schedule = torch.tensor([[0.5]]), torch.tensor([[0.7]])
    >>> variational_bound(torch.tensor([[-100.0, 0.0]]), code, code, *schedule).round(decimals=4).abs()
    tensor([0.])
    >>> variational_bound(torch.tensor([[0.0, 0.0]]), code, code, *schedule)
    tensor([0.0756])
    """
    one_hot = F.one_hot(x_0, logits.shape[-1]).to(logits.dtype)
    q = multinomial.q_posterior(x_t, one_hot, alpha_bar_t, alpha_bar_s)
    log_p = multinomial.log_q_posterior(x_t, logits.log_softmax(-1), alpha_bar_t, alpha_bar_s)
    return F.kl_div(log_p, q, reduction="none").sum(-1)


def total(columns: Tensor, d_num: int, weighting: Weighting) -> Tensor:
    """Combine the losses of all columns into one.

    Parameters
    ----------
    columns : Tensor
        The loss of each column, numerical columns first, [d_num + d_cat].
    d_num : int
        Number of numerical columns.
    weighting : {"columns", "kinds"}
        "columns" is the mean over columns. "kinds" is the paper's L_G + mean_i L_i (Sec. 3.3): both kinds of columns
        have the same weight.

    Returns
    -------
    Tensor
        [].

    Examples
    --------
    >>> columns = torch.tensor([1.0, 3.0, 8.0])
    >>> total(columns, 2, "columns"), total(columns, 2, "kinds")
    (tensor(4.), tensor(10.))
    """
    if weighting == "columns":
        return columns.mean()
    kinds = (kind.mean() for kind in (columns[:d_num], columns[d_num:]) if len(kind))
    return sum(kinds, start=columns.new_zeros(()))


def drop_conditions(condition: Tensor, cardinalities: Tensor, probability: float) -> Tensor:
    """Replace each condition by "not given" at random, independently of the others.

    A network trained so can be given any subset of the conditions, as guidance needs (Ho and Salimans 2022).

    Parameters
    ----------
    condition : Tensor
        int64 [B, 1 + N].
    cardinalities : Tensor
        The number of values of each condition, which is also its code for "not given", int64 [1 + N].
    probability : float
        How often a condition is dropped.

    Returns
    -------
    Tensor
        int64 [B, 1 + N].

    Examples
    --------
    >>> drop_conditions(torch.tensor([[0, 1]]), torch.tensor([2, 3]), 1.0)
    tensor([[2, 3]])
    """
    drop = torch.rand(condition.shape, device=condition.device) < probability
    return torch.where(drop, cardinalities, condition)
