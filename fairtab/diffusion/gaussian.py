"""The Gaussian kernel, for numerical columns (Sec. 3.1).

A network may predict eps, x_0 or v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x_0 (Salimans and Ho 2022). Given x_t
all three say the same thing; `target` and `to_x_0` are where they meet.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

Parametrization = Literal["eps", "x_0", "v"]


def q_sample(x_0: Tensor, alpha_bar: Tensor, eps: Tensor) -> Tensor:
    """Sample x_t given x_0. [B, d_num] (alpha_bar broadcasts against it)"""
    return alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps


def target(parametrization: Parametrization, x_0: Tensor, alpha_bar: Tensor, eps: Tensor) -> Tensor:
    """What the network should have said. [B, d_num]"""
    if parametrization == "eps":
        return eps
    if parametrization == "x_0":
        return x_0
    return alpha_bar.sqrt() * eps - (1 - alpha_bar).sqrt() * x_0


def to_x_0(parametrization: Parametrization, output: Tensor, x_t: Tensor, alpha_bar: Tensor) -> Tensor:
    """The x_0 that the network's output stands for. [B, d_num]"""
    if parametrization == "eps":
        return (x_t - (1 - alpha_bar).sqrt() * output) / alpha_bar.sqrt()
    if parametrization == "x_0":
        return output
    return alpha_bar.sqrt() * x_t - (1 - alpha_bar).sqrt() * output


def to_eps(parametrization: Parametrization, output: Tensor, x_t: Tensor, alpha_bar: Tensor) -> Tensor:
    """The eps that the network's output stands for. [B, d_num]"""
    if parametrization == "eps":
        return output
    if parametrization == "x_0":
        return (x_t - alpha_bar.sqrt() * output) / (1 - alpha_bar).sqrt()
    return alpha_bar.sqrt() * output + (1 - alpha_bar).sqrt() * x_t


def p_sample(
    x_t: Tensor, x_0: Tensor, alpha_bar_t: Tensor, alpha_bar_s: Tensor, noise: Tensor, *, eta: float
) -> Tensor:
    """Step from x_t to x_s, s < t, given the predicted x_0. [B, d_num] (Song et al. 2021, Eqs. 12 and 16)

    eta = 1 is the ancestral step, the posterior q(x_s | x_t, x_0) itself (Eqs. 1 and 2); eta = 0 is deterministic.
    """
    eps = (x_t - alpha_bar_t.sqrt() * x_0) / (1 - alpha_bar_t).sqrt()
    variance = eta**2 * (1 - alpha_bar_s) / (1 - alpha_bar_t) * (1 - alpha_bar_t / alpha_bar_s)
    toward_x_t = (1 - alpha_bar_s - variance).clamp(min=0).sqrt() * eps
    return alpha_bar_s.sqrt() * x_0 + toward_x_t + variance.sqrt() * noise
