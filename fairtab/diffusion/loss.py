"""The training loss: of each column, and of all columns together."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from fairtab.diffusion import gaussian, multinomial
from fairtab.diffusion.denoiser import Denoiser

Weighting = Literal["columns", "kinds"]  # what weighs the same: every column, or the two kinds of columns


def stratified_steps(n: int, T: int, device: torch.device) -> Tensor:
    """n steps from 1..T, one in each n-th of the range in random order: uniform, with less spread. int64 [n]"""
    u = (torch.randperm(n, device=device) + torch.rand(n, device=device)) / n
    return (u * T).long().clamp(max=T - 1) + 1


def column_losses(
    denoiser: Denoiser,
    x_num: Tensor,
    x_cat: Tensor,
    condition: Tensor,
    *,
    alpha_bar: Tensor,
    n_categories: Tensor,
    parametrization: gaussian.Parametrization,
    categorical: multinomial.Loss = "cross_entropy",
) -> Tensor:
    """The loss of each column, numerical first, each a mean over rows. [d_num + d_cat]

    Numerical: squared error of the prediction (L_G). Categorical: cross-entropy of p_theta(x_0 | x_t) against x_0, or
    `variational_bound` (L_i) times T: as t is uniform in 1..T, that is in expectation the sum of Eq. 4 in nats, as in
    Hoogeboom et al. 2021. A single step's term alone is some 1/T of the numerical loss, which would drown it.
    x_num: [B, d_num]; x_cat: int64 [B, d_cat]; condition: int64 [B, 1 + n_sensitive]; alpha_bar: [T + 1].
    """
    T = len(alpha_bar) - 1
    t = stratified_steps(len(condition), T, condition.device)
    alpha_bar_t, alpha_bar_s = alpha_bar[t].unsqueeze(-1), alpha_bar[t - 1].unsqueeze(-1)  # [B, 1]
    eps = torch.randn_like(x_num)
    noisy_num = gaussian.q_sample(x_num, alpha_bar_t, eps)
    noisy_cat = multinomial.q_sample(x_cat, alpha_bar_t, n_categories)
    case = torch.arange(len(condition), device=condition.device)
    prediction = denoiser(noisy_num, noisy_cat, t, condition, case)
    target = gaussian.target(parametrization, x_num, alpha_bar_t, eps)
    squared = (prediction.num - target).square().mean(0)

    def categorical_loss(logits: Tensor, x_0: Tensor, x_t: Tensor) -> Tensor:
        if categorical == "cross_entropy":
            return F.cross_entropy(logits, x_0)
        return T * variational_bound(logits, x_0, x_t, alpha_bar_t, alpha_bar_s).mean()

    columns = zip(prediction.logits, x_cat.unbind(1), noisy_cat.unbind(1), strict=True)
    losses = [categorical_loss(*column) for column in columns]
    return torch.cat([squared, torch.stack(losses)]) if losses else squared


def variational_bound(logits: Tensor, x_0: Tensor, x_t: Tensor, alpha_bar_t: Tensor, alpha_bar_s: Tensor) -> Tensor:
    """One column's term of the bound at step t, s = t - 1, with the paper's reverse step. [B] (Eq. 4)

    KL(q(x_s | x_t, x_0) || p_theta(x_s | x_t)) with p_theta = q(x_s | x_t, x0_hat). At t = 1, where q is x_0 itself, it
    is -log p_theta(x_0 | x_1), the bound's last term. Its first, KL(q(x_T | x_0) || p(x_T)), has nothing to learn.
    logits: [B, K]; x_0, x_t: int64 [B]; alpha_bar_t, alpha_bar_s: [B, 1].
    """
    one_hot = F.one_hot(x_0, logits.shape[-1]).to(logits.dtype)
    q = multinomial.q_posterior(x_t, one_hot, alpha_bar_t, alpha_bar_s)
    log_p = multinomial.log_q_posterior(x_t, logits.log_softmax(-1), alpha_bar_t, alpha_bar_s)
    return F.kl_div(log_p, q, reduction="none").sum(-1)


def total(columns: Tensor, d_num: int, weighting: Weighting) -> Tensor:
    """One loss of all columns' losses, numerical first: their mean, or L_G + mean_i L_i as in Sec. 3.3. []"""
    if weighting == "columns":
        return columns.mean()
    kinds = (kind.mean() for kind in (columns[:d_num], columns[d_num:]) if len(kind))
    return sum(kinds, start=columns.new_zeros(()))


def drop_conditions(condition: Tensor, cardinalities: Tensor, probability: float) -> Tensor:
    """Each condition replaced by "not given" independently, so that any subset can be asked for (Ho and Salimans 2022).

    condition: int64 [B, 1 + n_sensitive]; cardinalities: int64 [1 + n_sensitive].
    """
    drop = torch.rand(condition.shape, device=condition.device) < probability
    return torch.where(drop, cardinalities, condition)
