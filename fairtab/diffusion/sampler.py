"""The reverse process: from noise to rows, in few strided steps."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from fairtab.diffusion import gaussian, multinomial
from fairtab.diffusion.denoiser import Denoiser
from fairtab.diffusion.schedule import strided


@torch.inference_mode()
def sample(
    denoiser: Denoiser,
    condition: Tensor,
    *,
    d_num: int,
    n_categories: Tensor,
    alpha_bar: Tensor,
    n_steps: int,
    eta: float,
    parametrization: gaussian.Parametrization,
    categorical_loss: multinomial.Loss = "cross_entropy",
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """One row for each row of `condition` (int64 [B, 1 + n_sensitive]): x_num [B, d_num], x_cat int64 [B, d_cat]."""
    device = condition.device
    conditions, case = condition.unique(dim=0, return_inverse=True)
    x_num = torch.randn((len(condition), d_num), generator=generator, device=device)
    x_cat = multinomial.uniform_codes(n_categories, (len(condition), len(n_categories)), generator)
    for t, s in pairwise(strided(len(alpha_bar) - 1, n_steps).tolist()):
        alpha_bar_t, alpha_bar_s = alpha_bar[t], alpha_bar[s]
        prediction = denoiser(x_num, x_cat, torch.full((len(conditions),), t, device=device), conditions, case)
        x_0 = gaussian.to_x_0(parametrization, prediction.num, x_num, alpha_bar_t)
        noise = torch.randn(x_num.shape, generator=generator, device=device)
        x_num = gaussian.p_sample(x_num, x_0, alpha_bar_t, alpha_bar_s, noise, eta=eta)
        # Drawing x_0 and then going back from it is the exact step sum_x0 q(x_s | x_t, x_0) p_theta(x_0 | x_t).
        drawn = [
            multinomial.draw(multinomial.to_x_0(categorical_loss, logits, column, alpha_bar_t), generator)
            for logits, column in zip(prediction.logits, x_cat.unbind(1), strict=True)
        ]
        x_0 = torch.stack(drawn, dim=1) if drawn else x_cat
        x_cat = multinomial.posterior_sample(x_cat, x_0, alpha_bar_t, alpha_bar_s, n_categories, generator)
    return x_num, x_cat
