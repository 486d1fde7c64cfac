"""From noise to rows, and from rows to their log-probability (Song et al., ICLR 2021, Secs. 4.2 and 4.3)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

from baselines.stasy.sde import SDE

Field = Callable[[Tensor, Tensor], Tensor]  # of x [B, d] and t [1, 1]; returns [B, d]


def probability_flow(sde: SDE, score: Field) -> Field:
    """The ODE whose solutions are distributed as those of the SDE: dx/dt = f x - g^2 score / 2 (Eq. 13)."""

    def velocity(x: Tensor, t: Tensor) -> Tensor:
        f, g2 = sde.coefficients(t)
        return f * x - g2 / 2 * score(x, t)

    return velocity


def heun(velocity: Field, x: Tensor, times: Tensor) -> Tensor:
    """Solve dx/dt = velocity from the first of the times [n_steps + 1] to the last, by Heun's method. [B, d]"""
    for t, s in steps(times):
        slope = velocity(x, t)
        x = x + (s - t) / 2 * (slope + velocity(x + (s - t) * slope, s))
    return x


def predictor_corrector(
    sde: SDE, score: Field, x: Tensor, times: Tensor, *, snr: float, generator: torch.Generator
) -> Tensor:
    """Solve the reverse SDE by Euler's method, and correct each step by one of Langevin dynamics (Algs. 1 to 3). [B, d]

    Parameters
    ----------
    sde, score
        Of the rows.
    x
        Noise at the first time. [B, d]
    times
        From 1 down. [n_steps + 1]
    snr
        The norm of the corrector's step along the score, relative to that of its noise.
    generator
        The source of the noise.
    """

    def noise() -> Tensor:
        return torch.randn(x.shape, generator=generator, device=x.device)

    for t, s in steps(times):
        f, g2 = sde.coefficients(t)
        x = x + (s - t) * (f * x - g2 * score(x, t)) + (g2 * (t - s)).sqrt() * noise()
        gradient, z = score(x, s), noise()
        step = 2 * (snr * z.norm(dim=1).mean() / gradient.norm(dim=1).mean()) ** 2
        x = x + step * gradient + (2 * step).sqrt() * z
    return x


def log_probability(sde: SDE, score: Field, x: Tensor, times: Tensor, probe: Tensor) -> Tensor:
    """log p of rows by the probability-flow ODE and the change of variables (Eq. 39). [B]

    Parameters
    ----------
    sde, score
        Of the rows.
    x
        Rows at the first time. [B, d]
    times
        From almost 0 up to 1. [n_steps + 1]
    probe
        Random signs. They estimate the velocity's divergence (Skilling 1989; Hutchinson 1990). [B, d]
    """
    velocity = probability_flow(sde, score)

    def with_divergence(state: Tensor, t: Tensor) -> Tensor:  # both [B, d + 1]: x, and the change of log p on its way
        dx, pull_back = torch.func.vjp(lambda x: velocity(x, t), state[:, :-1])[:2]  # [B, d]
        (probed,) = pull_back(probe)  # the probe times the velocity's Jacobian. [B, d]
        return torch.cat([dx, (probed * probe).sum(1, keepdim=True)], dim=1)

    state = heun(with_divergence, F.pad(x, (0, 1)), times)
    noise, change = state[:, :-1], state[:, -1]
    _, std = sde.marginal(times[-1])
    return change - (noise / std).square().sum(1) / 2 - x.shape[1] * (std.log() + math.log(2 * math.pi) / 2)


def steps(times: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Each time with the next one, as [1, 1]."""
    return pairwise(times.view(-1, 1, 1))
