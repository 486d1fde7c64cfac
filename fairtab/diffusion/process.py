"""`Diffusion`: a denoiser together with the process that it reverses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import torch
from torch import Tensor, nn

from fairtab.diffusion import gaussian, loss, multinomial
from fairtab.diffusion.completion import Completion, Known
from fairtab.diffusion.numbers import Noisy, Numbers
from fairtab.diffusion.sampler import Sampler
from fairtab.diffusion.schedule import cosine_alpha_bar, strided
from fairtab.errors import check_choice


class Diffusion(nn.Module):
    """Mixed-type diffusion of rows under conditions. It is the module that is trained, saved and sampled.

    Parameters
    ----------
    denoiser : nn.Module
        A `Denoiser`.
    numbers : Numbers
        What it sees and predicts of numerical columns.
    cardinalities : sequence of int
        The K of each categorical column.
    condition_cardinalities : sequence of int
        The number of values of the label and of each sensitive attribute.
    T : int
        Number of steps of the forward process.
    condition_dropout : float
        How often each condition is hidden in training.
    categorical_loss : {"cross_entropy", "variational_bound"}
        The loss of categorical columns: see `loss.column_losses`.
    loss_weighting : {"columns", "kinds"}
        How the losses of columns are combined: see `loss.total`.

    Raises
    ------
    InputError
        If there is no loss or weighting of that name.

    Examples
    --------
    >>> from fairtab.backbones.mlp import MLP
    >>> from fairtab.diffusion.numbers import Regressed
    >>> sizes = {"cardinalities": (3,), "condition_cardinalities": (2, 2)}
    >>> network = MLP(**sizes, d_num=2, width=8)
    >>> diffusion = Diffusion(network, Regressed(2, "v"), **sizes, T=100, condition_dropout=0.1)
    >>> condition = torch.tensor([[0, 1], [1, 1]])
    >>> diffusion.loss(torch.randn(2, 2), torch.tensor([[0], [2]]), condition).backward()
    >>> x_num, x_cat = diffusion.sample(condition, Sampler(n_steps=5))
    >>> x_num.shape, x_cat.shape
    (torch.Size([2, 2]), torch.Size([2, 1]))
    """

    alpha_bar: Tensor
    n_categories: Tensor
    null: Tensor

    def __init__(
        self,
        denoiser: nn.Module,
        numbers: Numbers,
        *,
        cardinalities: Sequence[int],
        condition_cardinalities: Sequence[int],
        T: int,
        condition_dropout: float,
        categorical_loss: multinomial.Loss = "cross_entropy",
        loss_weighting: loss.Weighting = "columns",
    ) -> None:
        super().__init__()
        check_choice("categorical loss", categorical_loss, get_args(multinomial.Loss))
        check_choice("loss weighting", loss_weighting, get_args(loss.Weighting))
        self.denoiser = denoiser
        self.numbers = numbers
        self.condition_dropout = condition_dropout
        self.categorical_loss, self.loss_weighting = categorical_loss, loss_weighting
        # they follow from the arguments above, so they move with the module but are not saved
        self.register_buffer("alpha_bar", cosine_alpha_bar(T).float(), persistent=False)
        self.register_buffer("n_categories", torch.tensor(cardinalities, dtype=torch.long), persistent=False)
        self.register_buffer("null", torch.tensor(condition_cardinalities, dtype=torch.long), persistent=False)

    def loss(self, x_num: Tensor, x_cat: Tensor, condition: Tensor, t: Tensor | None = None) -> Tensor:
        """Compute the training loss of a batch, with conditions dropped at random.

        Parameters
        ----------
        x_num : Tensor
            [B, d_num].
        x_cat : Tensor
            Codes, int64 [B, d_cat].
        condition : Tensor
            Label and sensitive attributes, int64 [B, 1 + N].
        t : Tensor or None
            The step of each row, int64 [B]; None draws them.

        Returns
        -------
        Tensor
            [].
        """
        columns = loss.column_losses(
            self.denoiser,
            self.numbers,
            x_num,
            x_cat,
            loss.drop_conditions(condition, self.null, self.condition_dropout),
            alpha_bar=self.alpha_bar,
            n_categories=self.n_categories,
            categorical=self.categorical_loss,
            t=t,
        )
        return loss.total(columns, self.numbers.d_num, self.loss_weighting)

    def estimate(self, noisy: Noisy, x_cat: Tensor, t: int, case: Tensor, conditions: Tensor) -> Tensor:
        """Evaluate the denoiser on rows x_t at step t, in the form that `guidance` works on.

        Parameters
        ----------
        noisy : Noisy
            Their numerical columns.
        x_cat : Tensor
            Codes, int64 [B, d_cat].
        t : int
            The step.
        case : Tensor
            The number of each row's conditions, int64 [R]. R is a multiple of B: the rows are repeated.
        conditions : Tensor
            The distinct conditions, int64 [C, 1 + N].

        Returns
        -------
        Tensor
            `Noisy.estimate` of numerical columns, then log-probabilities of each categorical column, as
            [R, d_out + sum K].
        """
        n = len(case) // len(x_cat)
        inputs, x_cat = noisy.inputs.repeat(n, 1), x_cat.repeat(n, 1)
        steps = torch.full((len(conditions),), t, device=conditions.device)
        prediction = self.denoiser(inputs, x_cat, steps, conditions, case)
        return torch.cat(
            [noisy.estimate(prediction.num), *(logits.log_softmax(-1) for logits in prediction.logits)], dim=-1
        )

    def sample(
        self, condition: Tensor, sampler: Sampler, *, generator: torch.Generator | None = None
    ) -> tuple[Tensor, Tensor]:
        """Draw one row for each row of `condition`.

        Parameters
        ----------
        condition : Tensor
            Label and sensitive attributes, int64 [B, 1 + N].
        sampler : Sampler
            How to draw.
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
            If the sampler has more steps than the process.
        """
        return sampler(
            self.estimate,
            condition,
            null=self.null,
            numbers=self.numbers,
            n_categories=self.n_categories,
            alpha_bar=self.alpha_bar,
            categorical_loss=self.categorical_loss,
            generator=generator,
        )

    def complete(
        self,
        known: Known,
        condition: Tensor,
        completion: Completion,
        variance: Tensor,
        *,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Draw the unknown columns of rows, and one of the conditions that each row may have.

        Parameters
        ----------
        known : Known
            The rows.
        condition : Tensor
            Label and sensitive attributes of each particle, drawn from their prior, int64 [B, P, 1 + N].
        completion : Completion
            How to draw.
        variance : Tensor
            What `x_0_variance` returned, [n_steps, d_num].
        generator : torch.Generator or None
            Source of randomness; None is torch's global one.

        Returns
        -------
        x_num : Tensor
            [B, d_num].
        x_cat : Tensor
            Codes, int64 [B, d_cat].
        condition : Tensor
            int64 [B, 1 + N].
        """
        return completion(
            self.estimate,
            known,
            condition,
            numbers=self.numbers,
            n_categories=self.n_categories,
            alpha_bar=self.alpha_bar,
            categorical_loss=self.categorical_loss,
            variance=variance,
            generator=generator,
        )

    @torch.inference_mode()
    def x_0_variance(
        self,
        x_num: Tensor,
        x_cat: Tensor,
        condition: Tensor,
        n_steps: int,
        *,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Measure Var(x_0 | x_t) of numerical columns, averaged over rows, at each step of a sampler.

        Parameters
        ----------
        x_num, x_cat, condition : Tensor
            Clean rows, as in `loss`.
        n_steps : int
            Number of steps.
        generator : torch.Generator or None
            Source of randomness; None is torch's global one.

        Returns
        -------
        Tensor
            The mean squared error of the predicted x_0, [n_steps, d_num].
        """
        conditions, case = condition.unique(dim=0, return_inverse=True)
        errors = []
        for t in strided(len(self.alpha_bar) - 1, n_steps)[:-1].tolist():
            alpha_bar = self.alpha_bar[t]
            noise = torch.randn(x_num.shape, generator=generator, device=x_num.device)
            noisy = self.numbers.at(gaussian.q_sample(x_num, alpha_bar, noise), alpha_bar)
            codes = multinomial.q_sample(x_cat, alpha_bar, self.n_categories, generator)
            x_0 = noisy.x_0(self.estimate(noisy, codes, t, case, conditions)[:, : self.numbers.d_out])
            errors.append(((x_0 - x_num) ** 2).mean(0))
        return torch.stack(errors)
