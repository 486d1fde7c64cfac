"""The reverse process: from noise to rows, in few strided steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Literal, Protocol, get_args

import torch
from torch import Tensor

from fairtab.diffusion import gaussian, multinomial
from fairtab.diffusion.guidance import Guidance, JointGuidance
from fairtab.diffusion.schedule import strided
from fairtab.errors import check_choice

X_0_MAX = 6.0  # numerical columns are standard normal: what lies beyond is an error of the network, not a row

Solver = Literal["ancestral", "ddim", "dpm_solver"]
Posterior = Literal["marginal", "plug_in"]


class Estimate(Protocol):
    def __call__(self, x_num: Tensor, x_cat: Tensor, t: int, case: Tensor, conditions: Tensor) -> Tensor:
        """Estimates (see `guidance`) for rows x_t, repeated as often as `case` is longer. [R, d_num + sum K]"""
        ...


@dataclass(frozen=True)
class Sampler:
    """How the reverse process is walked.

    solver: of the numerical columns: "ancestral" (the posterior itself, Eqs. 1 and 2), "ddim" (deterministic, Song et
    al. 2021) or "dpm_solver" (second order, DPM-Solver++ 2M, Lu et al. 2022); posterior: of the categorical columns:
    "marginal" (exact for steps of any length) or "plug_in" (Eq. 3: the network's own x0_hat for x_0). The
    posterior is not linear in x_0: given p(x_0 | x_t) the plug-in step is wrong even in single steps, while it is right
    for what the bound teaches instead (`multinomial.to_x_0`). Raises InputError for other names.
    """

    n_steps: int = 25
    solver: Solver = "dpm_solver"
    posterior: Posterior = "marginal"
    guidance: Guidance = field(default_factory=JointGuidance)

    def __post_init__(self) -> None:
        for name, known in (("solver", get_args(Solver)), ("posterior", get_args(Posterior))):
            check_choice(name, getattr(self, name), known)

    @torch.inference_mode()
    def __call__(
        self,
        estimate: Estimate,
        condition: Tensor,
        *,
        null: Tensor,
        d_num: int,
        n_categories: Tensor,
        alpha_bar: Tensor,
        categorical_loss: multinomial.Loss,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, Tensor]:
        """One row for each row of `condition` (int64 [B, 1 + N]): x_num [B, d_num], x_cat int64 [B, d_cat]."""
        guide = self.guidance.start(condition, null)
        shape, device = (len(condition), d_num), condition.device
        x_num = torch.randn(shape, generator=generator, device=device)
        x_cat = multinomial.uniform_codes(n_categories, (len(condition), len(n_categories)), generator)
        numerical_step = _NumericalStep(self.solver)
        categorical_step = _CategoricalStep(self.posterior, categorical_loss, n_categories, generator)
        for t, s in pairwise(strided(len(alpha_bar) - 1, self.n_steps).tolist()):
            eps, *logits = guide(partial(estimate, x_num, x_cat, t)).split([d_num, *n_categories.tolist()], dim=-1)
            noise = torch.randn(shape, generator=generator, device=device)
            x_num = numerical_step(x_num, eps, alpha_bar[t], alpha_bar[s], noise)
            x_cat = categorical_step(x_cat, logits, alpha_bar[t], alpha_bar[s])
        return x_num, x_cat


@dataclass(frozen=True)
class _CategoricalStep:
    """x_s given x_t and the guided logits of each column. int64 [B, d_cat]"""

    posterior: Posterior
    loss: multinomial.Loss
    n_categories: Tensor
    generator: torch.Generator | None

    def __call__(self, x_t: Tensor, logits: list[Tensor], alpha_bar_t: Tensor, alpha_bar_s: Tensor) -> Tensor:
        if not logits:
            return x_t
        columns = list(zip(x_t.unbind(1), logits, strict=True))
        if self.posterior == "plug_in":
            return self._draw(multinomial.q_posterior(x, x0.softmax(-1), alpha_bar_t, alpha_bar_s) for x, x0 in columns)
        # Drawing x_0 and going back from it is the exact step, sum over x_0 of q(x_s | x_t, x_0) p_theta(x_0 | x_t).
        x_0 = self._draw(multinomial.to_x_0(self.loss, each, x, alpha_bar_t) for x, each in columns)
        return multinomial.posterior_sample(x_t, x_0, alpha_bar_t, alpha_bar_s, self.n_categories, self.generator)

    def _draw(self, columns: Iterable[Tensor]) -> Tensor:
        return torch.stack([multinomial.draw(probabilities, self.generator) for probabilities in columns], dim=1)


class _NumericalStep:
    """x_s given x_t and the estimated eps. [B, d_num]"""

    def __init__(self, solver: Solver) -> None:
        self.solver = solver
        self.before: tuple[Tensor, Tensor] | None = None  # x_0 and log-SNR of the step before

    def __call__(self, x_t: Tensor, eps: Tensor, alpha_bar_t: Tensor, alpha_bar_s: Tensor, noise: Tensor) -> Tensor:
        x_0 = gaussian.to_x_0("eps", eps, x_t, alpha_bar_t).clamp(-X_0_MAX, X_0_MAX)
        if self.solver == "dpm_solver":
            x_0 = self._extrapolated(x_0, alpha_bar_t, alpha_bar_s)
        eta = 1.0 if self.solver == "ancestral" else 0.0
        return gaussian.p_sample(x_t, x_0, alpha_bar_t, alpha_bar_s, noise, eta=eta)

    def _extrapolated(self, x_0: Tensor, alpha_bar_t: Tensor, alpha_bar_s: Tensor) -> Tensor:
        """x_0 as it will be half-way to s, in a straight line over log-SNR; as it is in the first and the last step."""
        log_snr_t, log_snr_s = alpha_bar_t.logit(), alpha_bar_s.logit()
        before, self.before = self.before, (x_0, log_snr_t)
        if before is None or alpha_bar_s == 1:
            return x_0
        return x_0 + (x_0 - before[0]) * (log_snr_s - log_snr_t) / (2 * (log_snr_t - before[1]))
