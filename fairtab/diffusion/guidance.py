"""How conditions steer the reverse process (Sec. 4.1, Eqs. 5 to 7).

Guidance works on *estimates*: for each row eps of the numerical columns, then log p_theta(x_0 | x_t) of every category,
in one vector, so that Eqs. 5 and 6 (for eps) and Eq. 7 (for x_0 of categories) are one formula, element by element.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import torch
from torch import Tensor

from fairtab.errors import check_choice

# (rows' case numbers [R], conditions [C, 1 + n_sensitive]) -> estimates [R, d], where R is a multiple of the batch
Ask = Callable[[Tensor, Tensor], Tensor]
Phi = Literal["at_least_one", "at_most_one", "one"]


class Guide(Protocol):
    """Makes one estimate a row, step after step. It may carry state from step to step, so each sample starts anew."""

    def __call__(self, ask: Ask) -> Tensor:
        """The guided estimates of the batch. [B, d]"""
        ...


class Guidance(Protocol):
    def start(self, condition: Tensor, null: Tensor) -> Guide:
        """A guide for a batch. condition: int64 [B, 1 + n_sensitive], the label first; null: "not given" of each."""
        ...


@dataclass(frozen=True)
class JointGuidance:
    """All conditions given at once, in one evaluation."""

    def start(self, condition: Tensor, null: Tensor) -> Guide:
        conditions, case = condition.unique(dim=0, return_inverse=True)
        return lambda ask: ask(case, conditions)


@dataclass(frozen=True)
class ComposedGuidance:
    """The paper's: label guidance, and sensitive guidance through a gate and with momentum, from N + 2 evaluations.

    w_g weighs it all; w_s, threshold (lambda) and phi make the gate mu; w_m and beta the momentum nu; in the first
    `warm_up` (delta) steps sensitive guidance is zero. phi is max(1, w_s |difference|) as printed ("at_least_one"),
    min(1, ..) as in the code of safe latent diffusion ("at_most_one"), or 1 ("one"). sensitive_scale multiplies mu; the
    paper's is 1. Raises InputError for another phi.
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
        return _Composed(self, condition, null)

    def compose(self, estimates: Tensor, momentum: Tensor, n_done: int) -> tuple[Tensor, Tensor]:
        """One step of Eqs. 5 to 7 after `n_done` others: the guided estimate, and the momentum of the next step.

        estimates: [N + 2, B, d], given nothing, the label alone, and each sensitive attribute alone; momentum: [B, d].
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
        """The gate: phi where the label's estimate less the attribute's is below the threshold, else 0."""
        size = self.w_s * difference.abs()
        if self.phi == "at_least_one":
            phi = size.clamp(min=1)
        elif self.phi == "at_most_one":
            phi = size.clamp(max=1)
        else:
            phi = torch.ones_like(size)
        return torch.where(difference < self.threshold, self.sensitive_scale * phi, 0.0)


class _Composed:
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

    def __call__(self, ask: Ask) -> Tensor:
        estimates = ask(self.case, self.conditions).unflatten(0, self.shape)
        momentum = torch.zeros_like(estimates[0]) if self.momentum is None else self.momentum
        guided, self.momentum = self.guidance.compose(estimates, momentum, self.n_done)
        self.n_done += 1
        return guided


GUIDANCE = {"joint": JointGuidance, "composed": ComposedGuidance}
