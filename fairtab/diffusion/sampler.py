"""The reverse process: from noise to rows, in few strided steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Literal, get_args

import torch
from torch import Tensor

from fairtab.diffusion import gaussian, multinomial
from fairtab.diffusion.guidance import Guidance, JointGuidance
from fairtab.diffusion.numbers import Noisy, Numbers
from fairtab.diffusion.schedule import strided
from fairtab.errors import check_choice

Solver = Literal["ancestral", "ddim", "dpm_solver"]
Estimate = Callable[[Noisy, Tensor, int, Tensor, Tensor], Tensor]  # the signature of `Diffusion.estimate`


@dataclass(frozen=True)
class Sampler:
    """Draws rows by running the reverse process.

    Parameters
    ----------
    n_steps : int
        Number of steps, at most the T of the forward process.
    solver : {"dpm_solver", "ddim", "ancestral"}
        The step of numerical columns: "ancestral" is the posterior itself (Eqs. 1 and 2), "ddim" is deterministic (Song
        et al. 2021), "dpm_solver" is of second order (DPM-Solver++ 2M, Lu et al. 2022).
    posterior : {"marginal", "plug_in"}
        The step of categorical columns: see `multinomial.p_sample`.
    guidance : Guidance
        How the conditions steer the process.

    Raises
    ------
    InputError
        If there is no solver or posterior of that name.

    Examples
    --------
    >>> Sampler(n_steps=10, solver="ddim").posterior
    'marginal'
    >>> Sampler(solver="euler")
    Traceback (most recent call last):
    fairtab.errors.InputError: unknown solver 'euler': expected one of ancestral, ddim, dpm_solver
    """

    n_steps: int = 25
    solver: Solver = "dpm_solver"
    posterior: multinomial.Posterior = "marginal"
    guidance: Guidance = field(default_factory=JointGuidance)

    def __post_init__(self) -> None:
        check_choice("solver", self.solver, get_args(Solver))
        check_choice("posterior", self.posterior, get_args(multinomial.Posterior))

    @torch.inference_mode()
    def __call__(
        self,
        estimate: Estimate,
        condition: Tensor,
        *,
        null: Tensor,
        numbers: Numbers,
        n_categories: Tensor,
        alpha_bar: Tensor,
        categorical_loss: multinomial.Loss,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Draw one row for each row of `condition`.

        Parameters
        ----------
        estimate : callable
            `Diffusion.estimate`: estimates of rows x_t at step t.
        condition : Tensor
            Label and sensitive attributes, int64 [B, 1 + N].
        null : Tensor
            The code of each condition that means "not given", int64 [1 + N].
        numbers : Numbers
            What the network sees and predicts of numerical columns.
        n_categories : Tensor
            The K of each categorical column, int64 [d_cat].
        alpha_bar : Tensor
            The schedule, [T + 1].
        categorical_loss : {"cross_entropy", "variational_bound"}
            The loss that trained the logits.
        generator : torch.Generator or None
            Source of randomness; None is torch's global one.

        Returns
        -------
        x_num : Tensor
            [B, d_num].
        x_cat : Tensor
            Codes, int64 [B, d_cat].

        Raises
        ------
        InputError
            If `n_steps` is not within 1..T.
        """
        T, widths = len(alpha_bar) - 1, [numbers.d_out, *n_categories.tolist()]
        shape, device = (len(condition), numbers.d_num), condition.device
        guide = self.guidance.start(condition, null)
        eta = 1.0 if self.solver == "ancestral" else 0.0
        before: tuple[Tensor, Tensor] | None = None  # x_0 and alpha_bar of the step before

        x_num = torch.randn(shape, generator=generator, device=device)
        x_cat = multinomial.uniform_codes(n_categories, (len(condition), len(n_categories)), generator)
        for t, s in pairwise(strided(T, self.n_steps).tolist()):
            alpha_bar_t, alpha_bar_s = alpha_bar[t], alpha_bar[s]
            noisy = numbers.at(x_num, alpha_bar_t)
            numerical, *logits = guide(partial(estimate, noisy, x_cat, t)).split(widths, dim=-1)

            x_0 = noisy.draw(numerical, generator) if self.solver == "ancestral" else noisy.x_0(numerical)
            if self.solver == "dpm_solver":
                x_0, before = _second_order(x_0, alpha_bar_t, alpha_bar_s, before), (x_0, alpha_bar_t)
            noise = torch.randn(shape, generator=generator, device=device)
            x_num = gaussian.p_sample(x_num, x_0, alpha_bar_t, alpha_bar_s, noise, eta=eta)

            x_cat = multinomial.p_sample(
                x_cat,
                logits,
                alpha_bar_t,
                alpha_bar_s,
                n_categories,
                loss=categorical_loss,
                posterior=self.posterior,
                generator=generator,
            )
        return x_num, x_cat


def _second_order(
    x_0: Tensor, alpha_bar_t: Tensor, alpha_bar_s: Tensor, before: tuple[Tensor, Tensor] | None
) -> Tensor:
    """Extrapolate x_0 to half-way between t and s, linear in log-SNR. The first and the last step keep x_0."""
    if before is None or alpha_bar_s == 1:
        return x_0
    x_0_before, alpha_bar_before = before
    log_snr, log_snr_next, log_snr_before = alpha_bar_t.logit(), alpha_bar_s.logit(), alpha_bar_before.logit()
    return x_0 + (x_0 - x_0_before) * (log_snr_next - log_snr) / (2 * (log_snr - log_snr_before))
