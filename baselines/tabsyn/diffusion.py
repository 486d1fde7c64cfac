"""Diffusion of latent rows (Zhang et al. 2024, Sec. 3.3), which is that of Karras et al. 2022 ("EDM")."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from baselines.shared.edm import noise_levels, scalings
from baselines.shared.tokens import StepMLP
from baselines.tabsyn.autoencoder import Autoencoder
from fairtab.neural.loss_training import LossTraining

SIGMA_DATA = 0.5
P_MEAN, P_STD = -1.2, 1.2  # of ln(sigma) in training


class LatentDiffusion(nn.Module):
    """Learn vectors z from x = x_0 + sigma * noise, and draw new ones. x_0 is z, shifted and scaled to SIGMA_DATA.

    Parameters
    ----------
    d_latent
        Length of z.
    width
        Of the denoising MLP.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, d_latent: int, width: int) -> None:
        super().__init__()
        self.network = StepMLP(d_latent, width)
        self.register_buffer("mean", torch.zeros(d_latent))
        self.register_buffer("scale", torch.ones(()))

    @torch.no_grad()
    def scale_to(self, z: Tensor) -> None:
        """Take mean and scale from training rows [N, d_latent]. One scale keeps small numbers as small as they are."""
        self.mean.copy_(z.mean(0))
        self.scale.copy_((z - self.mean).square().mean().sqrt() / SIGMA_DATA)

    def denoise(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Estimate x_0 of x [B, d_latent] at noise levels [B], or one [1] of all rows (D, Eq. 7 of Karras et al.)."""
        c = scalings(sigma.unsqueeze(1), SIGMA_DATA)
        return c.c_skip * x + c.c_out * self.network(c.c_in * x, c.c_noise.squeeze(1))

    def loss(self, z: Tensor) -> Tensor:
        """Weighted squared error of the denoised z [B, d_latent], at noise levels drawn for each row. []"""
        x_0 = (z - self.mean) / self.scale
        sigma = (P_MEAN + P_STD * torch.randn(len(z), device=z.device)).exp()
        x = x_0 + sigma.unsqueeze(1) * torch.randn_like(x_0)
        errors = (self.denoise(x, sigma) - x_0).square().mean(1)
        return (scalings(sigma, SIGMA_DATA).weight * errors).mean()

    @torch.inference_mode()
    def sample(self, n: int, n_steps: int, *, generator: torch.Generator) -> Tensor:
        """Draw n vectors by Heun's method (Algorithm 1 of Karras et al.). [n, d_latent]"""
        sigmas = noise_levels(n_steps).to(self.mean.device)
        x = sigmas[0] * torch.randn((n, len(self.mean)), generator=generator, device=self.mean.device)
        for sigma, following in pairwise(sigmas):
            slope = self._slope(x, sigma)
            euler = x + (following - sigma) * slope
            if following > 0:  # at 0 there is no slope
                slope = (slope + self._slope(euler, following)) / 2
            x = x + (following - sigma) * slope
        return x * self.scale + self.mean

    def _slope(self, x: Tensor, sigma: Tensor) -> Tensor:
        """dx / dsigma along the probability flow. [B, d_latent]"""
        return (x - self.denoise(x, sigma.reshape(1))) / sigma


class LatentTraining(LossTraining):
    """Training on rows that a fitted autoencoder encodes batch by batch. So each epoch spreads numbers afresh.

    Parameters
    ----------
    network
        The diffusion.
    autoencoder
        The autoencoder, which stays as it is.
    **optimiser
        As of `LossTraining`.
    """

    def __init__(self, network: LatentDiffusion, autoencoder: Autoencoder, **optimiser: Any) -> None:
        super().__init__(network, **optimiser)
        self.autoencoder = autoencoder.requires_grad_(False).train()  # else Lightning warns; no layer knows the mode

    def on_after_batch_transfer(self, batch: tuple[Tensor, ...], _: int) -> tuple[Tensor]:
        """Encode x_num [B, d_num] and x_cat int64 [B, d_cat]."""
        x_num, x_cat, _condition = batch
        return (self.autoencoder.encode(x_num, x_cat),)
