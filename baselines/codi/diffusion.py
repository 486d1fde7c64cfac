"""Two diffusions that are conditions of each other, and the contrastive loss that ties them (Lee et al., ICML 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from baselines.codi.network import TabularUNet
from baselines.shared.layers import Flat
from fairtab.diffusion import gaussian, multinomial
from fairtab.diffusion.loss import stratified_steps, variational_bound
from fairtab.diffusion.schedule import cosine_alpha_bar
from fairtab.errors import check_choice

Schedule = Literal["cosine", "linear"]


class CoEvolvingDiffusion(nn.Module):
    """A Gaussian diffusion of the numbers and a multinomial one of the categories, with the same steps.

    Each has a network of its own, which predicts from its own noisy half of the row and, as a condition, from the noisy
    other half at the same step: eps(x_num_t, t | x_cat_t), and the logits of x0_hat(x_cat_t, t | x_num_t). Both train
    and sample side by side. A table without numbers has only the diffusion of categories.

    Parameters
    ----------
    d_num, cardinalities
        Number of numerical columns, and of categories of each categorical one.
    widths
        Of the levels of both networks.
    T
        Number of steps of the forward process, and of sampling.
    schedule
        "cosine" ends in pure noise for any T. "linear" has betas from 1e-5 to 0.02, as published.
    contrast
        Weight of the contrastive loss (lambda_C and lambda_D).
    margin
        Of the contrastive loss.

    Raises
    ------
    InputError
        If there is no schedule of that name.
    """

    alpha_bar: Tensor
    n_categories: Tensor

    def __init__(
        self,
        *,
        d_num: int,
        cardinalities: Sequence[int],
        widths: Sequence[int],
        T: int,
        schedule: Schedule,
        contrast: float,
        margin: float,
    ) -> None:
        super().__init__()
        check_choice("schedule", schedule, get_args(Schedule))
        self.d_num, self.cardinalities, self.T = d_num, tuple(cardinalities), T
        self.contrast, self.margin = contrast, margin
        self.flat = Flat(d_num, cardinalities)
        self.continuous = TabularUNet(self.flat.width, d_num, widths) if d_num else None
        self.discrete = TabularUNet(self.flat.width, sum(cardinalities), widths)
        alpha_bar = cosine_alpha_bar(T) if schedule == "cosine" else linear_alpha_bar(T)
        self.register_buffer("alpha_bar", alpha_bar.float(), persistent=False)
        self.register_buffer("n_categories", torch.tensor(self.cardinalities), persistent=False)

    def eps(self, x_num: Tensor, x_cat: Tensor, t: Tensor) -> Tensor:
        """The noise in x_num, given x_cat, at steps t, int64 [B] or [1]. [B, d_num]"""
        return x_num if self.continuous is None else self.continuous(self.flat(x_num, x_cat), t)

    def logits(self, x_num: Tensor, x_cat: Tensor, t: Tensor) -> Sequence[Tensor]:
        """The logits of the clean x_cat, given x_num, at steps t, int64 [B] or [1]. [B, K] for each column"""
        return self.discrete(self.flat(x_num, x_cat), t).split(self.cardinalities, dim=1)

    def loss(self, x_num: Tensor, x_cat: Tensor, _: Tensor) -> Tensor:
        """The sum of both networks' losses, L_Diff + contrast * L_CL each. They share no gradient. []"""
        t = stratified_steps(len(x_cat), self.T, x_cat.device)  # [B]
        alpha_bar_t, alpha_bar_s = self.alpha_bar[t, None], self.alpha_bar[t - 1, None]  # [B, 1]
        noise = torch.randn_like(x_num)
        num_t = gaussian.q_sample(x_num, alpha_bar_t, noise)
        cat_t = multinomial.q_sample(x_cat, alpha_bar_t, self.n_categories)

        logits = self.logits(num_t, cat_t, t)
        columns = zip(logits, x_cat.unbind(1), cat_t.unbind(1), strict=True)
        bounds = [variational_bound(*column, alpha_bar_t, alpha_bar_s).mean() for column in columns]
        loss = self.T * torch.stack(bounds).mean()  # all steps of the bound, as in Hoogeboom et al. (2021)
        if self.continuous is None:
            return loss
        eps = self.eps(num_t, cat_t, t)
        loss = loss + F.mse_loss(eps, noise)

        # broken conditions: the other half is of another row (a batch is in random order), noisy to the same step
        other_num_t = gaussian.q_sample(x_num.roll(1, 0), alpha_bar_t, torch.randn_like(x_num))
        other_cat_t = multinomial.q_sample(x_cat.roll(1, 0), alpha_bar_t, self.n_categories)
        broken_eps, broken_logits = self.eps(num_t, other_cat_t, t), self.logits(other_num_t, cat_t, t)
        contrastive = triplet_loss(
            distance_num(eps, noise, alpha_bar_t), distance_num(broken_eps, noise, alpha_bar_t), self.margin
        ) + triplet_loss(distance_cat(logits, x_cat), distance_cat(broken_logits, x_cat), self.margin)
        return loss + self.contrast * contrastive

    @torch.inference_mode()
    def sample(self, n: int, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """n rows: x_num [n, d_num] and x_cat int64 [n, d_cat]. In each step, both halves see the other one's x_t."""
        device = self.alpha_bar.device
        x_num = torch.randn((n, self.d_num), generator=generator, device=device)
        x_cat = multinomial.uniform_codes(self.n_categories, (n, len(self.cardinalities)), generator)
        for t in range(self.T, 0, -1):
            step, alpha_bars = torch.tensor([t], device=device), (self.alpha_bar[t], self.alpha_bar[t - 1])
            eps, logits = self.eps(x_num, x_cat, step), self.logits(x_num, x_cat, step)
            x_0 = gaussian.to_x_0("eps", eps, x_num, alpha_bars[0]).clamp(-gaussian.X_0_MAX, gaussian.X_0_MAX)
            noise = torch.randn((n, self.d_num), generator=generator, device=device)
            x_num = gaussian.p_sample(x_num, x_0, *alpha_bars, noise, eta=1.0)
            x_cat = multinomial.p_sample(
                x_cat,
                logits,
                *alpha_bars,
                self.n_categories,
                loss="variational_bound",
                posterior="plug_in",
                generator=generator,
            )
        return x_num, x_cat


def linear_alpha_bar(T: int, *, first: float = 1e-5, last: float = 0.02) -> Tensor:
    """alpha_bar_t for t = 0..T, if beta grows linearly from `first` to `last` (Ho et al. 2020). float64 [T + 1]

    It ends in noise only if T is large: alpha_bar_T is 0.6 for T = 50, and 0.00004 for T = 1000.
    """
    betas = torch.linspace(first, last, T, dtype=torch.float64)
    return torch.cat([torch.ones(1, dtype=torch.float64), (1 - betas).cumprod(0)])


def distance_num(eps: Tensor, noise: Tensor, alpha_bar: Tensor) -> Tensor:
    """The squared distance of x_0 from the estimate that eps implies, as a mean over columns. [B]

    Where noise is stronger than the signal, it is the squared error of eps instead. The estimate divides by the signal,
    so near step T its distance would drown that of every other step.

    Parameters
    ----------
    eps, noise
        The predicted noise and the right one. [B, d_num]
    alpha_bar
        alpha_bar_t. [B, 1]
    """
    noise_to_signal = (1 - alpha_bar) / alpha_bar
    return ((eps - noise).square() * noise_to_signal.clamp(max=1)).mean(1)


def distance_cat(logits: Sequence[Tensor], x_cat: Tensor) -> Tensor:
    """The cross-entropy of x0_hat, whose logits are [B, K] for each column, as a mean over columns. [B]"""
    columns = zip(logits, x_cat.unbind(1), strict=True)
    return torch.stack([F.cross_entropy(each, x_0, reduction="none") for each, x_0 in columns]).mean(0)


def triplet_loss(positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """The mean of max(d(A, P) - d(A, N) + margin, 0) over rows. []

    Parameters
    ----------
    positive, negative
        Distance d of the clean row A from its estimate under the right condition (P), and under a broken one (N). [B]
    margin
        How much nearer P is to be.
    """
    return (positive - negative + margin).clamp(min=0).mean()
