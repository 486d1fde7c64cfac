"""Guidance: how conditions steer the reverse process (Sec. 4.1, Eqs. 5 to 7).

Guidance works on *estimates*. The estimate of a row is one vector [d]: eps of the numerical columns (or log-ratios of
their bins, see `Noisy.estimate`), then log p_theta(x_0 | x_t) of every category. So Eqs. 5 and 6 (for eps) and Eq. 7
(for categories) are one formula, applied element by element.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import torch
from torch import Tensor

from fairtab.errors import check_choice

# Evaluates the denoiser on the batch: (case of each row [R], conditions [C, 1 + N]) -> estimates [R, d].
# R is a multiple of the batch size B: the batch is repeated for several sets of conditions.
Evaluate = Callable[[Tensor, Tensor], Tensor]
Phi = Literal["at_least_one", "at_most_one", "one"]


class Guide(Protocol):
    """Turns evaluations of the denoiser into one estimate for each row, step after step.

    A guide may carry state from step to step. Each batch of rows therefore gets a new one from `Guidance.start`.

    Examples
    --------
    >>> guide = JointGuidance().start(torch.tensor([[1, 0], [0, 0], [1, 0]]), null=torch.tensor([2, 2]))
    >>> guide(lambda case, conditions: conditions[case].sum(1, keepdim=True))
    tensor([[1],
            [0],
            [1]])
    """

    def __call__(self, evaluate: Evaluate) -> Tensor:
        """Return the guided estimates of the batch, [B, d]."""
        ...


class Guidance(Protocol):
    """A way to guide: makes a `Guide` for each batch.

    Examples
    --------
    >>> guidance: Guidance = ComposedGuidance(phi="one")
    >>> guide = guidance.start(torch.tensor([[1, 0]]), null=torch.tensor([2, 2]))
    """

    def start(self, condition: Tensor, null: Tensor) -> Guide:
        """Make a guide for a batch.

        Parameters
        ----------
        condition : Tensor
            Label, then sensitive attributes, int64 [B, 1 + N].
        null : Tensor
            The code of each condition that means "not given", int64 [1 + N].
        """
        ...


@dataclass(frozen=True)
class JointGuidance:
    """Give the network all conditions at once. This takes one evaluation a step.

    Examples
    --------
    The denoiser is evaluated on the distinct conditions only:

    >>> guide = JointGuidance().start(torch.tensor([[1, 0], [0, 0], [1, 0]]), null=torch.tensor([2, 2]))
    >>> def evaluate(case, conditions):
    ...     print(conditions.tolist(), case.tolist())
    >>> guide(evaluate)
    [[0, 0], [1, 0]] [1, 0, 1]
    """

    def start(self, condition: Tensor, null: Tensor) -> Guide:
        """Make a guide for a batch: see `Guidance.start`."""
        conditions, case = condition.unique(dim=0, return_inverse=True)
        return lambda evaluate: evaluate(case, conditions)


@dataclass(frozen=True)
class ComposedGuidance:
    """Add up label guidance and sensitive guidance, as the paper does. This takes N + 2 evaluations a step.

    The defaults are the paper's (Table 5).

    Parameters
    ----------
    w_g : float
        Weight of all guidance (Eq. 6).
    w_s, threshold, phi
        The gate mu: weight of the difference, lambda, and the reading of phi. "at_least_one" is
        max(1, w_s |difference|), as the paper prints it. "at_most_one" is min(1, w_s |difference|), as in the code of
        safe latent diffusion. "one" is 1.
    w_m, beta : float
        Weight and decay of the momentum nu.
    warm_up : int
        delta: sensitive guidance is zero in this many first steps.
    sensitive_scale : float
        Multiplies mu. The paper has 1.

    Raises
    ------
    InputError
        If there is no phi of that name.

    Examples
    --------
    Estimates of one row given nothing, the label, and one sensitive attribute. With an open gate and no momentum,
    guidance adds what the label changes and what the attribute changes:

    >>> guidance = ComposedGuidance(phi="one", threshold=float("inf"), w_m=0.0)
    >>> estimates = torch.tensor([1.0, 3.0, 1.5]).reshape(3, 1, 1)
    >>> guided, momentum = guidance.compose(estimates, momentum=torch.zeros(1, 1), n_done=0)
    >>> guided
    tensor([[3.5000]])
    """

    w_g: float = 1.0
    w_s: float = 1.0
    threshold: float = 1.0
    phi: Phi = "at_least_one"
    w_m: float = 0.5
    beta: float = 0.5
    warm_up: int = 0
    sensitive_scale: float = 1.0

    def __post_init__(self) -> None:
        check_choice("phi", self.phi, get_args(Phi))

    def start(self, condition: Tensor, null: Tensor) -> Guide:
        """Make a guide for a batch: see `Guidance.start`."""
        return _ComposedGuide(self, condition, null)

    def compose(self, estimates: Tensor, momentum: Tensor, n_done: int) -> tuple[Tensor, Tensor]:
        """Apply Eqs. 5 to 7 in one step.

        Parameters
        ----------
        estimates : Tensor
            [N + 2, B, d]: given nothing, given the label alone, and given each sensitive attribute alone.
        momentum : Tensor
            nu_t, [B, d].
        n_done : int
            Number of steps done before this one.

        Returns
        -------
        guided : Tensor
            The guided estimate, [B, d].
        momentum : Tensor
            nu_{t+1}, [B, d].
        """
        nothing, label, *sensitive = estimates
        label_guidance = label - nothing  # Eq. 5
        if n_done < self.warm_up:
            sensitive_guidance = torch.zeros_like(nothing)
        else:
            sensitive_guidance = self.w_m * momentum
            for attribute in sensitive:
                sensitive_guidance = sensitive_guidance + self.mu(label - attribute) * (attribute - nothing)
        momentum = self.beta * momentum + (1 - self.beta) * sensitive_guidance
        return nothing + self.w_g * (label_guidance + sensitive_guidance), momentum  # Eqs. 6 and 7

    def mu(self, difference: Tensor) -> Tensor:
        """Compute the gate: phi if `difference` is below the threshold, otherwise 0.

        Parameters
        ----------
        difference : Tensor
            The label's estimate less the attribute's, of any shape. Its sign counts.

        Returns
        -------
        Tensor
            Of the shape of `difference`.
        """
        size = self.w_s * difference.abs()
        if self.phi == "at_least_one":
            phi = size.clamp(min=1)
        elif self.phi == "at_most_one":
            phi = size.clamp(max=1)
        else:
            phi = torch.ones_like(size)
        return torch.where(difference < self.threshold, self.sensitive_scale * phi, 0.0)


class _ComposedGuide:
    """Evaluates the batch N + 2 times in one call, and carries the momentum."""

    def __init__(self, guidance: ComposedGuidance, condition: Tensor, null: Tensor) -> None:
        self.guidance = guidance
        # for each row: nothing, the label alone, each sensitive attribute alone
        n_conditions = condition.shape[1]
        alone = null.repeat(1 + n_conditions, len(condition), 1)  # [N + 2, B, 1 + N]
        for i in range(n_conditions):
            alone[1 + i, :, i] = condition[:, i]
        self.conditions, self.case = alone.flatten(0, 1).unique(dim=0, return_inverse=True)
        self.shape = alone.shape[:2]
        self.momentum: Tensor | None = None
        self.n_done = 0

    def __call__(self, evaluate: Evaluate) -> Tensor:
        estimates = evaluate(self.case, self.conditions).unflatten(0, self.shape)
        momentum = torch.zeros_like(estimates[0]) if self.momentum is None else self.momentum
        guided, self.momentum = self.guidance.compose(estimates, momentum, self.n_done)
        self.n_done += 1
        return guided


GUIDANCE = {"joint": JointGuidance, "composed": ComposedGuidance}
