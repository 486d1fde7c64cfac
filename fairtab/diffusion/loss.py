"""The training loss: every column weighs the same, whether numerical or categorical."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from fairtab.diffusion import gaussian, multinomial
from fairtab.diffusion.denoiser import Denoiser


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
) -> Tensor:
    """The loss of each column, numerical first, each a mean over rows. [d_num + d_cat]

    Numerical: squared error of the prediction (L_G). Categorical: cross-entropy of p_theta(x_0 | x_t) against x_0.
    x_num: [B, d_num]; x_cat: int64 [B, d_cat]; condition: int64 [B, 1 + n_sensitive]; alpha_bar: [T + 1].
    """
    t = stratified_steps(len(condition), len(alpha_bar) - 1, condition.device)
    alpha_bar_t = alpha_bar[t].unsqueeze(-1)  # [B, 1]
    eps = torch.randn_like(x_num)
    noisy_num = gaussian.q_sample(x_num, alpha_bar_t, eps)
    noisy_cat = multinomial.q_sample(x_cat, alpha_bar_t, n_categories)
    case = torch.arange(len(condition), device=condition.device)
    prediction = denoiser(noisy_num, noisy_cat, t, condition, case)
    target = gaussian.target(parametrization, x_num, alpha_bar_t, eps)
    squared = (prediction.num - target).square().mean(0)
    entropies = [F.cross_entropy(logits, x_cat[:, j]) for j, logits in enumerate(prediction.logits)]
    return torch.cat([squared, torch.stack(entropies)]) if entropies else squared


def drop_conditions(condition: Tensor, cardinalities: Tensor, probability: float) -> Tensor:
    """Each condition replaced by "not given" independently, so that any subset can be asked for (Ho and Salimans 2022).

    condition: int64 [B, 1 + n_sensitive]; cardinalities: int64 [1 + n_sensitive].
    """
    drop = torch.rand(condition.shape, device=condition.device) < probability
    return torch.where(drop, cardinalities, condition)
