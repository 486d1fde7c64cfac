"""Complete rows of which some columns are known, by a particle filter."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from fairtab.diffusion import gaussian, multinomial
from fairtab.diffusion.numbers import Numbers
from fairtab.diffusion.sampler import Estimate
from fairtab.diffusion.schedule import strided
from fairtab.errors import InputError

MIN_VARIANCE = 1e-4  # of x_0 given x_t: a smaller one would let one particle win by chance


class Known(NamedTuple):
    """Rows with gaps.

    Parameters
    ----------
    x_num : Tensor
        Numerical columns, [B, d_num]. NaN is a gap.
    x_cat : Tensor
        Codes of categorical columns, int64 [B, d_cat]. -1 is a gap.

    Examples
    --------
    >>> rows = Known(torch.tensor([[0.3, torch.nan]]), torch.tensor([[-1]]))
    """

    x_num: Tensor
    x_cat: Tensor


@dataclass(frozen=True)
class Completion:
    """Draws the unknown columns of rows from p(unknown | known).

    Each row has several particles. A column that is known runs backwards along one path of the forward process that
    ends in its value, the same for all particles of the row. The other columns run backwards as in sampling. A particle
    counts as much as its steps make the path of the known columns likely (the particle filter of Trippe et al. 2023,
    with steps that have the variance of Bao et al. 2022). One particle is drawn at the end. With the right denoiser,
    small steps and many particles, this is a draw from p(unknown | known).

    Conditions are drawn in the same way: if each particle has its own, drawn from their prior, then the one that is
    left is a draw from p(conditions | known).

    Parameters
    ----------
    n_steps : int
        Number of steps.
    n_particles : int
        Number of particles of a row.

    Raises
    ------
    InputError
        If there is no particle.

    Examples
    --------
    >>> from fairtab.backbones.mlp import MLP
    >>> from fairtab.diffusion.process import Diffusion
    >>> from fairtab.diffusion.numbers import Regressed
    >>> sizes = {"cardinalities": (3,), "condition_cardinalities": (2, 2)}
    >>> network = MLP(**sizes, d_num=1, width=8)
    >>> diffusion = Diffusion(network, Regressed(1, "v"), **sizes, T=100, condition_dropout=0.1)
    >>> known = Known(torch.tensor([[0.5], [torch.nan]]), torch.tensor([[-1], [2]]))
    >>> condition = torch.zeros(2, 4, 2, dtype=torch.long)
    >>> completion = Completion(n_steps=5, n_particles=4)
    >>> x_num, x_cat, chosen = diffusion.complete(known, condition, completion, torch.ones(5, 1))
    >>> x_num[0].item(), x_cat[1].item(), chosen.shape
    (0.5, 2, torch.Size([2, 2]))
    """

    n_steps: int = 25
    n_particles: int = 32

    def __post_init__(self) -> None:
        if self.n_particles < 1:
            raise InputError(f"expected at least one particle, got {self.n_particles}")

    @torch.inference_mode()
    def __call__(
        self,
        estimate: Estimate,
        known: Known,
        condition: Tensor,
        *,
        numbers: Numbers,
        n_categories: Tensor,
        alpha_bar: Tensor,
        categorical_loss: multinomial.Loss,
        variance: Tensor,
        generator: torch.Generator | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Complete rows.

        Parameters
        ----------
        estimate : callable
            `Diffusion.estimate`: estimates of rows x_t at step t.
        known : Known
            The rows.
        condition : Tensor
            Label and sensitive attributes of each particle, int64 [B, P, 1 + N].
        numbers : Numbers
            What the network sees and predicts of numerical columns.
        n_categories : Tensor
            The K of each categorical column, int64 [d_cat].
        alpha_bar : Tensor
            The schedule, [T + 1].
        categorical_loss : {"cross_entropy", "variational_bound"}
            The loss that trained the logits.
        variance : Tensor
            Var(x_0 | x_t) at each step, [n_steps, d_num].
        generator : torch.Generator or None
            Source of randomness; None is torch's global one.

        Returns
        -------
        x_num : Tensor
            [B, d_num].
        x_cat : Tensor
            Codes, int64 [B, d_cat].
        condition : Tensor
            The conditions of the particle that was drawn, int64 [B, 1 + N].

        Raises
        ------
        InputError
            If `n_steps` is not within 1..T.
        """
        (n, d_num), d_cat, P, device = known.x_num.shape, known.x_cat.shape[1], condition.shape[1], condition.device
        widths = [numbers.d_out, *n_categories.tolist()]
        row = torch.arange(n, device=device).repeat_interleave(P)
        has_num, has_cat = ~known.x_num.isnan(), known.x_cat >= 0
        x_0_num, x_0_cat = known.x_num.nan_to_num(), known.x_cat.clamp(min=0)
        conditions, case = condition.flatten(0, 1).unique(dim=0, return_inverse=True)
        log_weight = torch.zeros(n, P, device=device)

        def noise(size: int) -> tuple[Tensor, Tensor]:
            x_num = torch.randn((size, d_num), generator=generator, device=device)
            return x_num, multinomial.uniform_codes(n_categories, (size, d_cat), generator)

        (path_num, path_cat), (x_num, x_cat) = noise(n), noise(n * P)
        for i, (t, s) in enumerate(pairwise(strided(len(alpha_bar) - 1, self.n_steps).tolist())):
            schedule = alpha_bar[t], alpha_bar[s]
            x_num = torch.where(has_num[row], path_num[row], x_num)
            x_cat = torch.where(has_cat[row], path_cat[row], x_cat)
            noisy = numbers.at(x_num, schedule[0])
            numerical, *logits = estimate(noisy, x_cat, t, case, conditions).split(widths, dim=-1)

            x_0 = noisy.x_0(numerical)
            mean = gaussian.p_sample(x_num, x_0, *schedule, torch.zeros_like(x_num), eta=1)
            deviation = gaussian.transition_variance(variance[i].clamp(min=MIN_VARIANCE), *schedule).sqrt()
            p = [
                multinomial.transition(x, multinomial.to_x_0(categorical_loss, each, x, schedule[0]), *schedule)
                for x, each in zip(x_cat.unbind(1), logits, strict=True)
            ]

            # the known columns go to x_s, and each particle is weighted by how likely it makes that
            path_num = gaussian.p_sample(path_num, x_0_num, *schedule, noise(n)[0], eta=1)
            path_cat = multinomial.posterior_sample(path_cat, x_0_cat, *schedule, n_categories, generator)
            log_p = -0.5 * (((path_num[row] - mean) / deviation) ** 2 * has_num[row]).sum(1)
            for j, each in enumerate(p):
                log_p += each.gather(1, path_cat[row, j, None]).squeeze(1).clamp(min=1e-30).log() * has_cat[row, j]
            log_weight += log_p.unflatten(0, (n, P))

            parent, log_weight = _resampled(log_weight, generator)
            case, x_num = case[parent], (mean + deviation * noise(n * P)[0])[parent]
            if p:
                x_cat = torch.stack([multinomial.draw(each[parent], generator) for each in p], dim=1)

        chosen = torch.arange(n, device=device) * P + multinomial.draw(log_weight.softmax(1), generator)
        x_num = torch.where(has_num, known.x_num, x_num[chosen])
        return x_num, torch.where(has_cat, known.x_cat, x_cat[chosen]), conditions[case[chosen]]


def _resampled(log_weight: Tensor, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
    """Draw the particles again, in rows where few of them have all the weight (systematic resampling).

    Returns the positions of parents among all particles, [B * P], and the new log-weights, [B, P].
    """
    n, P = log_weight.shape
    weight = log_weight.softmax(1)
    is_poor = (weight**2).sum(1, keepdim=True) > 2 / P  # the effective number of particles is below P / 2
    u = torch.rand((n, 1), generator=generator, device=weight.device)
    places = (torch.arange(P, device=weight.device) + u) / P
    drawn = torch.searchsorted(weight.cumsum(1), places).clamp(max=P - 1)
    parent = torch.where(is_poor, drawn, torch.arange(P, device=weight.device))
    first = torch.arange(n, device=weight.device)[:, None] * P
    return (first + parent).flatten(), torch.where(is_poor, 0.0, log_weight)
