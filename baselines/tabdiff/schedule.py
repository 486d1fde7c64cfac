"""How fast each column loses its values: the learned schedules of TabDiff (Shi et al. 2025)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from baselines.shared.edm import RHO, SIGMA_MAX, SIGMA_MIN

K = 1.0  # the exponent that categories start with
LIMIT = 1.5  # how far exponents move from their start, as a factor: few steps of sampling cannot follow extreme ones
EPS = 1e-3  # the share of categories that are left at t = 1, so that their log-probability is finite


class Schedule(nn.Module):
    """The noise of each column at times t in [0, 1]. A column has one learned exponent, rho or k.

    Parameters
    ----------
    d_num, d_cat
        Number of numerical and of categorical columns.
    """

    def __init__(self, d_num: int, d_cat: int) -> None:
        super().__init__()
        self.raw_rho = nn.Parameter(torch.zeros(d_num))
        self.raw_k = nn.Parameter(torch.zeros(d_cat))

    @property
    def rho(self) -> Tensor:
        """The exponents of numerical columns, at first those of Karras et al. 2022. [d_num]"""
        return RHO * LIMIT ** self.raw_rho.tanh()

    @property
    def k(self) -> Tensor:
        """The exponents of categorical columns, at first 1. [d_cat]"""
        return K * LIMIT ** self.raw_k.tanh()

    def sigma(self, t: Tensor) -> Tensor:
        """The standard deviation of the noise at times [..., 1], from SIGMA_MIN to SIGMA_MAX. [..., d_num]"""
        low, high = SIGMA_MIN ** (1 / self.rho), SIGMA_MAX ** (1 / self.rho)
        return (low + t * (high - low)) ** self.rho

    def p_masked(self, t: Tensor) -> Tensor:
        """The probability of a masked category, 1 - alpha, at times [..., 1]. [..., d_cat]"""
        return (1 - EPS) * t**self.k

    def weight(self, t: Tensor) -> Tensor:
        """The weight of masked categories in the bound, |alpha'| / (1 - alpha), at times [..., 1]. [..., d_cat]"""
        return self.k / t
