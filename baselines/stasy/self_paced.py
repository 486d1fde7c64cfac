"""Self-paced learning: easy rows first, then all (Kim et al. 2023, Sec. 3.2)."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from baselines.stasy.model import ScoreModel
from fairtab.neural.loss_training import LossTraining


def pace(start: float, done: float) -> float:
    """The quantile alpha or beta when a share `done` of the pace is over: it grows from `start` to 1."""
    return min(1.0, start + (1 - start) * math.log(1 + (math.e - 1) * done))


def weights(losses: Tensor, alpha: float, beta: float) -> Tensor:
    """v in [0, 1]: 1 up to the losses' quantile Q(alpha), 0 from Q(beta) on, linear in between. [B]"""
    easy, hard = losses.quantile(alpha), losses.quantile(beta)
    between = ((hard - losses) / (hard - easy)).clamp(0, 1)
    return torch.where(losses <= easy, 1.0, between)  # also if all losses are equal, where `between` is undefined


class SelfPacedTraining(LossTraining):
    """Training by the loss of rows that are not too hard yet.

    Parameters
    ----------
    model
        Its score network is trained.
    alpha_0, beta_0
        The quantiles of the first step.
    paced
        The share of all steps after which all rows take part.
    **options
        See `LossTraining`.
    """

    def __init__(self, model: ScoreModel, *, alpha_0: float, beta_0: float, paced: float, **options: Any) -> None:
        super().__init__(model, **options)
        self.model, self.alpha_0, self.beta_0, self.paced = model, alpha_0, beta_0, paced

    def training_step(self, batch: tuple[Tensor, ...], _: int) -> Tensor:
        """Return the weighted loss of a training batch, of shape []."""
        losses = self.model.losses(*batch)
        done = self.global_step / (self.paced * float(self.trainer.estimated_stepping_batches))
        v = weights(losses.detach(), pace(self.alpha_0, done), pace(self.beta_0, done))
        return (v * losses).mean()
