"""The three SDEs that turn rows into noise (Song et al., ICLR 2021, Sec. 3.4 and Appendix B).

All have a linear drift, dx = f(t) x dt + g(t) dw for t from 0 to 1. So x_t = m(t) x_0 + std(t) eps.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Protocol

import torch
from torch import Tensor


class SDE(Protocol):
    """What an SDE with a linear drift is known by. t has any shape, and so have the answers."""

    def marginal(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """m(t) and std(t) of x_t = m x_0 + std eps."""
        ...

    def coefficients(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """f(t) and g(t)^2 of dx = f x dt + g dw."""
        ...


@dataclass(frozen=True)
class VE:
    """Variance exploding: the noise grows from sigma_min to sigma_max, each step by the same factor."""

    sigma_min: float
    sigma_max: float

    def marginal(self, t: Tensor) -> tuple[Tensor, Tensor]:
        return torch.ones_like(t), self.sigma_min * (self.sigma_max / self.sigma_min) ** t

    def coefficients(self, t: Tensor) -> tuple[Tensor, Tensor]:
        _, std = self.marginal(t)
        return torch.zeros_like(t), 2 * log(self.sigma_max / self.sigma_min) * std**2


@dataclass(frozen=True)
class VP:
    """Variance preserving: rows fade at the rate beta(t), which grows linearly, and noise takes their place."""

    beta_min: float
    beta_max: float

    def marginal(self, t: Tensor) -> tuple[Tensor, Tensor]:
        integral = self._integral(t)
        return (-integral / 2).exp(), (-(-integral).expm1()).sqrt()

    def coefficients(self, t: Tensor) -> tuple[Tensor, Tensor]:
        beta = self._beta(t)
        return -beta / 2, beta

    def _beta(self, t: Tensor) -> Tensor:
        return self.beta_min + t * (self.beta_max - self.beta_min)

    def _integral(self, t: Tensor) -> Tensor:
        return t * self.beta_min + t**2 / 2 * (self.beta_max - self.beta_min)


@dataclass(frozen=True)
class SubVP(VP):
    """As VP, with less noise on the way."""

    def marginal(self, t: Tensor) -> tuple[Tensor, Tensor]:
        m, std = super().marginal(t)
        return m, std**2

    def coefficients(self, t: Tensor) -> tuple[Tensor, Tensor]:
        f, beta = super().coefficients(t)
        return f, -beta * (-2 * self._integral(t)).expm1()
