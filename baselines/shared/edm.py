"""Diffusion as Karras et al. 2022 have it ("EDM"): x = x_0 + sigma * noise, and a network that is preconditioned."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

SIGMA_MIN, SIGMA_MAX, RHO = 0.002, 80.0, 7.0  # Table 1


class Scalings(NamedTuple):
    """The preconditioning: D(x; sigma) = c_skip * x + c_out * F(c_in * x; c_noise). `weight` is that of the loss."""

    c_skip: Tensor
    c_out: Tensor
    c_in: Tensor
    c_noise: Tensor
    weight: Tensor


def scalings(sigma: Tensor, sigma_data: float) -> Scalings:
    """Compute the scalings of noise levels (Table 1), with which input, target and loss have unit size at any level.

    Parameters
    ----------
    sigma
        Noise levels, of any shape.
    sigma_data
        Standard deviation of the data.
    """
    total = sigma**2 + sigma_data**2
    return Scalings(
        c_skip=sigma_data**2 / total,
        c_out=sigma * sigma_data / total.sqrt(),
        c_in=total.rsqrt(),
        c_noise=sigma.log() / 4,
        weight=total / (sigma * sigma_data) ** 2,
    )


def noise_levels(n_steps: int) -> Tensor:
    """Return the noise levels of n steps, from SIGMA_MAX down to 0 (Eq. 5). [n_steps + 1]"""
    where = torch.linspace(0, 1, n_steps, dtype=torch.float64)
    low, high = SIGMA_MIN ** (1 / RHO), SIGMA_MAX ** (1 / RHO)
    return torch.cat([(high + where * (low - high)) ** RHO, torch.zeros(1)]).float()
