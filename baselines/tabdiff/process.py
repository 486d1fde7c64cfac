"""The diffusion of TabDiff: numbers get noise and categories get masked, in one process for both."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from baselines.shared.edm import scalings
from baselines.tabdiff.schedule import Schedule
from fairtab.diffusion import multinomial

SIGMA_DATA = 1.0  # the codec's numbers are standard normal


class MixedDiffusion(nn.Module):
    """Noisy rows, the loss of a network that restores them, and new rows out of noise.

    In noisy rows, the code K of a categorical column is the mask.

    Parameters
    ----------
    denoiser
        Maps x_num [B, d_num], x_cat int64 [B, d_cat] and t [B] to numbers [B, d_num] and logits [B, K] of each column.
    d_num, cardinalities
        Number of numerical columns, and of categories of each categorical one.
    """

    mask: Tensor

    def __init__(self, denoiser: nn.Module, *, d_num: int, cardinalities: Sequence[int]) -> None:
        super().__init__()
        self.denoiser = denoiser
        self.schedule = Schedule(d_num, len(cardinalities))
        self.register_buffer("mask", torch.tensor(cardinalities), persistent=False)

    def predict(self, x_num: Tensor, x_cat: Tensor, t: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Predict the numbers of x_0 [B, d_num] and logits of its categories [B, K], from rows at times t [B, 1]."""
        c = scalings(self.schedule.sigma(t), SIGMA_DATA)
        num, logits = self.denoiser(c.c_in * x_num, x_cat, t.squeeze(1))
        return c.c_skip * x_num + c.c_out * num, logits

    def loss(self, x_num: Tensor, x_cat: Tensor, _: Tensor) -> Tensor:
        """The squared errors of numbers plus the bound of categories, averaged over columns. []"""
        n, d = len(x_cat), x_num.shape[1] + x_cat.shape[1]
        shift = 1 - torch.rand(1, device=x_cat.device)
        t = ((torch.arange(n, device=x_cat.device) + shift) / n).unsqueeze(1)  # evenly spaced in (0, 1]: less variance
        sigma, p_masked = self.schedule.sigma(t), self.schedule.p_masked(t)
        masked = torch.rand_like(p_masked) < p_masked
        noisy = x_num + sigma * torch.randn_like(x_num)
        num, logits = self.predict(noisy, torch.where(masked, self.mask, x_cat), t)
        columns = zip(logits, x_cat.unbind(1), strict=True)
        entropy = torch.stack([F.cross_entropy(column, code, reduction="none") for column, code in columns], dim=1)
        squared = scalings(sigma, SIGMA_DATA).weight * (num - x_num).square()  # [B, d_num]
        bound = self.schedule.weight(t) * masked * entropy  # [B, d_cat]
        loss = (squared.sum(1) + bound.sum(1)) / d  # [B]
        # k decides which cells are masked, too. This adds 0, and that gradient: of log q(x_t | x_0), times the loss
        log_q = torch.where(masked, p_masked, 1 - p_masked).log().sum(1)
        return loss.mean() + ((log_q - log_q.detach()) * (loss - loss.mean()).detach()).mean()

    @torch.inference_mode()
    def sample(self, n: int, *, n_steps: int, churn: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Sample n rows as the codec decodes them: x_num [n, d_num] and x_cat int64 [n, d_cat] (Algorithm 2).

        Each step goes forward from t to t (1 + churn / n_steps) before it goes back.
        """
        times = torch.linspace(1, 0, n_steps + 1, device=self.mask.device).view(-1, 1, 1)
        sigma = self.schedule.sigma(times[0])
        x_num = sigma * torch.randn((n, sigma.shape[1]), generator=generator, device=self.mask.device)
        x_cat = self.mask.repeat(n, 1)
        for t, s in itertools.pairwise(times):
            later = (t * (1 + churn / n_steps)).clamp(max=1)
            x_num, x_cat = self.churn(x_num, x_cat, t, later, generator)
            x_num, x_cat = self.step(x_num, x_cat, later, s, generator)
        return x_num, x_cat

    def churn(
        self, x_num: Tensor, x_cat: Tensor, t: Tensor, later: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Go forward from time t to a later one, both [1, 1]: numbers get more noise, and more categories are masked.

        Later steps can so correct what earlier ones have decided.
        """
        variance = self.schedule.sigma(later) ** 2 - self.schedule.sigma(t) ** 2
        noise = torch.randn(x_num.shape, generator=generator, device=x_num.device)
        p_kept = (1 - self.schedule.p_masked(later)) / (1 - self.schedule.p_masked(t))
        kept = torch.rand(x_cat.shape, generator=generator, device=x_cat.device) < p_kept
        return x_num + variance.sqrt() * noise, torch.where(kept, x_cat, self.mask)

    def step(
        self, x_num: Tensor, x_cat: Tensor, t: Tensor, s: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Go back from time t to time s, both [1, 1]: Euler's step for numbers, the posterior for categories."""
        num, logits = self.predict(x_num, x_cat, t.expand(len(x_cat), 1))
        x_num = num + self.schedule.sigma(s) / self.schedule.sigma(t) * (x_num - num)
        p_shown = 1 - self.schedule.p_masked(s) / self.schedule.p_masked(t)  # (alpha_s - alpha_t) / (1 - alpha_t)
        shown = torch.rand(x_cat.shape, generator=generator, device=x_cat.device) < p_shown
        shown &= x_cat == self.mask
        x_cat = x_cat.clone()
        for j, column in enumerate(logits):
            rows = shown[:, j]
            x_cat[rows, j] = multinomial.draw(column[rows].softmax(-1), generator)
        return x_num, x_cat
