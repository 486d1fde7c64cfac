"""How much of the signal is left at each step: alpha_bar, and the steps a sampler visits."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from fairtab.errors import InputError


def cosine_alpha_bar(T: int, *, offset: float = 0.008, max_beta: float = 0.999) -> Tensor:
    """alpha_bar_t for t = 0..T, so that alpha_bar_0 = 1. float64 [T + 1] (Nichol and Dhariwal 2021, Eq. 17)

    Each beta_t is clipped to `max_beta`, as there, so that the last step is not singular.
    """
    t = torch.arange(T + 1, dtype=torch.float64) / T
    f = torch.cos((t + offset) / (1 + offset) * math.pi / 2) ** 2
    alpha = (f[1:] / f[:-1]).clamp(min=1 - max_beta)
    return torch.cat([torch.ones(1, dtype=torch.float64), alpha.cumprod(0)])


def strided(T: int, n_steps: int) -> Tensor:
    """The steps visited in `n_steps` jumps from T down to 0, evenly spaced. int64 [n_steps + 1]

    Raises InputError unless 1 <= n_steps <= T.
    """
    if not 1 <= n_steps <= T:
        raise InputError(f"expected 1 to {T} sampling steps, got {n_steps}")
    return torch.linspace(T, 0, n_steps + 1, dtype=torch.float64).round().long()
