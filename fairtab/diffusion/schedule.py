"""The noise schedule alpha_bar, and the steps that a sampler visits."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from fairtab.errors import InputError


def cosine_alpha_bar(T: int, *, offset: float = 0.008, max_beta: float = 0.999) -> Tensor:
    """Compute alpha_bar_t, the share of signal variance left at step t, for t = 0..T.

    The cosine schedule of Nichol and Dhariwal (2021, Eq. 17). alpha_bar_0 is 1.

    Parameters
    ----------
    T : int
        Number of steps of the forward process.
    offset : float
        Keeps beta_t from being too small near t = 0.
    max_beta : float
        Upper limit of each beta_t, so that the last step is not singular.

    Returns
    -------
    Tensor
        float64 [T + 1].

    Examples
    --------
    >>> alpha_bar = cosine_alpha_bar(4, offset=0)
    >>> [round(value, 3) for value in alpha_bar.tolist()]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """
    t = torch.arange(T + 1, dtype=torch.float64) / T
    f = torch.cos((t + offset) / (1 + offset) * math.pi / 2) ** 2
    alpha = (f[1:] / f[:-1]).clamp(min=1 - max_beta)
    return torch.cat([torch.ones(1, dtype=torch.float64), alpha.cumprod(0)])


def strided(T: int, n_steps: int) -> Tensor:
    """Choose the steps that a sampler visits: `n_steps` even jumps from T down to 0.

    Parameters
    ----------
    T : int
        Number of steps of the forward process.
    n_steps : int
        Number of jumps.

    Returns
    -------
    Tensor
        int64 [n_steps + 1], from T to 0.

    Raises
    ------
    InputError
        If `n_steps` is not within 1..T.

    Examples
    --------
    >>> strided(1000, 4).tolist()
    [1000, 750, 500, 250, 0]
    """
    if not 1 <= n_steps <= T:
        raise InputError(f"expected 1 to {T} sampling steps, got {n_steps}")
    return torch.linspace(T, 0, n_steps + 1, dtype=torch.float64).round().long()
