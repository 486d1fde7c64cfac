"""A denoiser together with the process it reverses: what is trained, saved and sampled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import torch
from torch import Tensor, nn

from fairtab.diffusion import gaussian, loss, multinomial
from fairtab.diffusion.sampler import Sampler
from fairtab.diffusion.schedule import cosine_alpha_bar
from fairtab.errors import check_choice


class Diffusion(nn.Module):
    """Mixed-type diffusion of rows under conditions.

    denoiser: an `nn.Module` that is a `Denoiser`; cardinalities: the K of each categorical column;
    condition_cardinalities: of the label and each sensitive attribute; T: steps of the forward process;
    condition_dropout: how often each condition is hidden in training; categorical_loss, loss_weighting: which loss of
    `loss.column_losses`, and of `loss.total`.

    Raises InputError if there is no parametrization, loss or weighting of that name.
    """

    alpha_bar: Tensor
    n_categories: Tensor
    null: Tensor

    def __init__(
        self,
        denoiser: nn.Module,
        *,
        d_num: int,
        cardinalities: Sequence[int],
        condition_cardinalities: Sequence[int],
        T: int,
        parametrization: gaussian.Parametrization,
        condition_dropout: float,
        categorical_loss: multinomial.Loss = "cross_entropy",
        loss_weighting: loss.Weighting = "columns",
    ) -> None:
        super().__init__()
        check_choice("parametrization", parametrization, get_args(gaussian.Parametrization))
        check_choice("categorical loss", categorical_loss, get_args(multinomial.Loss))
        check_choice("loss weighting", loss_weighting, get_args(loss.Weighting))
        self.denoiser = denoiser
        self.d_num = d_num
        self.parametrization = parametrization
        self.condition_dropout = condition_dropout
        self.categorical_loss, self.loss_weighting = categorical_loss, loss_weighting
        # functions of the arguments above, so they move with the module but are not part of its saved state
        self.register_buffer("alpha_bar", cosine_alpha_bar(T).float(), persistent=False)
        self.register_buffer("n_categories", torch.tensor(cardinalities, dtype=torch.long), persistent=False)
        self.register_buffer("null", torch.tensor(condition_cardinalities, dtype=torch.long), persistent=False)

    def loss(self, x_num: Tensor, x_cat: Tensor, condition: Tensor) -> Tensor:
        """`loss.total` of the columns' losses, with conditions dropped. []"""
        columns = loss.column_losses(
            self.denoiser,
            x_num,
            x_cat,
            loss.drop_conditions(condition, self.null, self.condition_dropout),
            alpha_bar=self.alpha_bar,
            n_categories=self.n_categories,
            parametrization=self.parametrization,
            categorical=self.categorical_loss,
        )
        return loss.total(columns, self.d_num, self.loss_weighting)

    def estimate(self, x_num: Tensor, x_cat: Tensor, t: int, case: Tensor, conditions: Tensor) -> Tensor:
        """What the denoiser says of rows x_t at step t, as `guidance` reads it. [R, d_num + sum K]

        x_num: [B, d_num]; x_cat: int64 [B, d_cat]; case: int64 [R], R a multiple of B, each row's number in
        conditions: int64 [C, 1 + n_sensitive].
        """
        n = len(case) // len(x_num)
        x_num, x_cat = x_num.repeat(n, 1), x_cat.repeat(n, 1)
        steps = torch.full((len(conditions),), t, device=conditions.device)
        prediction = self.denoiser(x_num, x_cat, steps, conditions, case)
        eps = gaussian.to_eps(self.parametrization, prediction.num, x_num, self.alpha_bar[t])
        return torch.cat([eps, *(logits.log_softmax(-1) for logits in prediction.logits)], dim=-1)

    def sample(
        self, condition: Tensor, sampler: Sampler, *, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """x_num [B, d_num] and x_cat [B, d_cat] for each row of `condition` (int64 [B, 1 + n_sensitive])."""
        return sampler(
            self.estimate,
            condition,
            null=self.null,
            d_num=self.d_num,
            n_categories=self.n_categories,
            alpha_bar=self.alpha_bar,
            categorical_loss=self.categorical_loss,
            generator=generator,
        )
