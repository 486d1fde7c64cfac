"""Numerical columns as bins: the network predicts in which bin x_0 is, and the rest is known.

A numerical column is standard normal (`Codec.spread`). Cut it into bins, for example one for each of its values. Within
a bin, x_0 says nothing of other columns (or little, if a bin has several values). So if the bin were known, x_0 given
x_t would be a normal variable cut off at the bin's edges, with mean sqrt(alpha_bar) x_t and variance 1 - alpha_bar.
Only the bin is to be learned.

Its probability is that of a normal x_0 alone, the *mass*, times what the other columns and the conditions say of it:
p(bin | row x_t) = mass(bin | x_t) r(bin | the others) / Z. The network predicts log r. If it predicts 0, each column is
right by itself, at every step. As in Dieleman et al. (2022, Sec. 3), it is trained by the cross-entropy of x_0, and its
prediction is read as the mean of x_0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fairtab.diffusion import multinomial

MIN_MASS = 1e-8  # single precision knows no smaller difference of two values of the normal CDF


class Binned(nn.Module):
    """The network sees numbers and the mass of each bin, and predicts log r of each bin.

    Columns with fewer bins than the others have empty ones at the end, so that all columns are one tensor.

    Parameters
    ----------
    edges : sequence of Tensor
        The edges of each column's bins, from -inf to inf, [K + 1].

    Examples
    --------
    A column of two values, each of which half of the rows have. At x_t = 0 either is as likely; x_0 is positive in the
    upper bin, and in the lower one as much below 0.

    >>> binned = Binned([torch.tensor([-torch.inf, 0.0, torch.inf])])
    >>> noisy = binned.at(torch.tensor([[0.0]]), torch.tensor(0.5))
    >>> [round(x_0.item(), 3) for log_r in ([[0.0, 0.0]], [[0.0, 50.0]]) for x_0 in noisy.x_0(torch.tensor(log_r))]
    [0.0, 0.564]
    """

    edges: Tensor
    sizes: Tensor

    def __init__(self, edges: Sequence[Tensor]) -> None:
        super().__init__()
        sizes = [len(each) - 1 for each in edges]
        self.d_num, self.K = len(edges), max(sizes, default=0)
        padded = torch.full((self.d_num, self.K + 1), torch.inf)
        for row, each in zip(padded, edges, strict=True):
            row[: len(each)] = each
        # they follow from the arguments, so they move with the module but are not saved
        self.register_buffer("edges", padded, persistent=False)  # [d_num, K + 1]
        self.register_buffer("sizes", torch.tensor(sizes, dtype=torch.long), persistent=False)  # bins of each column

    @property
    def d_out(self) -> int:
        """A number for each bin."""
        return self.n_bins

    @property
    def n_bins(self) -> int:
        """The number of bins of all columns together, empty ones too."""
        return self.d_num * self.K

    def at(self, x_t: Tensor, alpha_bar: Tensor) -> NoisyBins:
        """Take rows: see `Numbers.at`."""
        return NoisyBins(self, x_t, alpha_bar)

    @property
    def is_empty(self) -> Tensor:
        """Which bins only fill up the tensor, bool [d_num, K]."""
        return self.edges[:, :-1] == torch.inf

    def bins(self, x_0: Tensor) -> Tensor:
        """Return the bin of each number [B, d_num], int64 [B, d_num]."""
        return (x_0.unsqueeze(-1) >= self.edges[:, 1:]).sum(-1)


@dataclass(frozen=True, eq=False)
class NoisyBins:
    """The numerical columns of rows x_t: see `Noisy`. An estimate is log r of each bin, up to a constant.

    Parameters
    ----------
    binned : Binned
        The bins.
    x_t : Tensor
        The rows, [B, d_num].
    alpha_bar : Tensor
        The schedule at their steps, [] or [B, 1].

    Examples
    --------
    A prediction of 0 leaves a normal column as it is:

    >>> binned = Binned([torch.tensor([-torch.inf, -0.3, 1.0, torch.inf])])
    >>> noisy = NoisyBins(binned, torch.tensor([[0.5]]), torch.tensor(0.64))
    >>> noisy.x_0(torch.zeros(1, 3))
    tensor([[0.4000]])
    """

    binned: Binned
    x_t: Tensor
    alpha_bar: Tensor

    @cached_property
    def _z(self) -> Tensor:
        """The bins' edges as standard scores of x_0 given x_t alone, [B, d_num, K + 1]."""
        per_scale = (1 - self.alpha_bar).rsqrt()
        mean = self.alpha_bar.sqrt() * self.x_t
        return self.binned.edges * per_scale.unsqueeze(-1) - (mean * per_scale).unsqueeze(-1)

    @cached_property
    def _cdf(self) -> Tensor:
        return torch.special.ndtr(self._z)

    @cached_property
    def _mass(self) -> Tensor:
        """The probability of each bin given x_t alone, [B, d_num, K]."""
        return self._cdf.diff(dim=-1)

    @cached_property
    def _log_mass(self) -> Tensor:
        return self._mass.clamp(min=MIN_MASS).log().masked_fill(self.binned.is_empty, -torch.inf)

    @property
    def inputs(self) -> Tensor:
        """What the network gets: x_t, and the mass of each bin, [B, d_num + d_num K]."""
        return torch.cat([self.x_t, self._mass.flatten(1)], dim=1)

    def losses(self, output: Tensor, x_0: Tensor, eps: Tensor) -> Tensor:
        """Compute the cross-entropy of each column, [d_num]: see `Noisy.losses`."""
        log_p, bins = self._log_p(output).flatten(0, 1), self.binned.bins(x_0).flatten()
        return F.nll_loss(log_p, bins, reduction="none").view(x_0.shape).mean(0)

    def estimate(self, output: Tensor) -> Tensor:
        """Return the outputs: log r of each bin is what guidance works on."""
        return output

    def x_0(self, estimate: Tensor) -> Tensor:
        """Return E[x_0 | x_t]: see `Noisy.x_0`.

        It is sqrt(alpha_bar) x_t, the mean given x_t alone, plus sqrt(1 - alpha_bar) times the sum over bins k of
        (r_k / Z) (phi(z_k) - phi(z_k+1)), where z_k are the edges and phi is the normal density. This is the mean
        of the bins' means, which are those of normal variables that are cut off (Johnson, Kotz and Balakrishnan 1994,
        Ch. 13).
        """
        r = (self._log_p(estimate) - self._log_mass).exp().masked_fill(self.binned.is_empty, 0.0)  # over Z
        phi = self._z.square().mul(-0.5).exp() / math.sqrt(2 * math.pi)
        moved = -(r * phi.diff(dim=-1)).sum(-1)
        return self.alpha_bar.sqrt() * self.x_t + (1 - self.alpha_bar).sqrt() * moved

    def draw(self, estimate: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw x_0: its bin, then a number of the bin. See `Noisy.draw`."""
        if not self.binned.d_num:
            return self.x_t
        p = self._log_p(estimate).exp()
        bins = torch.stack([multinomial.draw(each, generator) for each in p.unbind(1)], dim=1).unsqueeze(-1)
        bins = torch.minimum(bins, self.binned.sizes.unsqueeze(-1) - 1)
        low, high = self._cdf.gather(-1, bins), self._cdf.gather(-1, bins + 1)
        within = torch.rand(low.shape, generator=generator, device=low.device)
        z = torch.special.ndtri((low + (high - low) * within).clamp(MIN_MASS, 1 - 1e-7)).squeeze(-1)
        x_0 = self.alpha_bar.sqrt() * self.x_t + (1 - self.alpha_bar).sqrt() * z
        edges = self.binned.edges.expand(len(x_0), -1, -1)
        low, high = (edges.gather(-1, place).squeeze(-1) for place in (bins, bins + 1))
        below = torch.nextafter(high, torch.full_like(high, -torch.inf))
        return x_0.clamp(low, below)  # rounding must not leave the bin

    def _log_p(self, log_r: Tensor) -> Tensor:
        """Return the log-probability of each bin, [B, d_num, K]."""
        return (log_r.view(self._log_mass.shape) + self._log_mass).log_softmax(-1)
