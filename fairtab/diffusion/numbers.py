"""How a network sees numerical columns, and what it predicts of them: numbers, or bins (`fairtab.diffusion.bins`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, get_args

import torch
from torch import Tensor

from fairtab.diffusion import gaussian
from fairtab.errors import check_choice


class Noisy(Protocol):
    """The numerical columns of rows x_t, at steps that are known.

    Examples
    --------
    >>> noisy: Noisy = Regressed(2, "eps").at(torch.zeros(3, 2), torch.tensor(0.5))
    >>> noisy.inputs.shape
    torch.Size([3, 2])
    """

    @property
    def inputs(self) -> Tensor:
        """What the network gets: x_t [B, d_num], and behind it what else helps to predict."""
        ...

    def losses(self, output: Tensor, x_0: Tensor, eps: Tensor) -> Tensor:
        """Compute the loss of each column as a mean over rows, [d_num].

        Parameters
        ----------
        output : Tensor
            The network's output, [B, d_out].
        x_0, eps : Tensor
            The clean rows and the noise in x_t, [B, d_num].
        """
        ...

    def estimate(self, output: Tensor) -> Tensor:
        """Convert outputs into the form that guidance works on, [R, d_out].

        R is a multiple of B: the rows were repeated, the first to the last, for several sets of conditions.
        """
        ...

    def x_0(self, estimate: Tensor) -> Tensor:
        """Return E[x_0 | x_t] by an estimate [B, d_out], [B, d_num]."""
        ...

    def draw(self, estimate: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Draw x_0 from p(x_0 | x_t), [B, d_num]. If an estimate does not tell that, this is E[x_0 | x_t]."""
        ...


class Numbers(Protocol):
    """A way to show numerical columns to a network and to read its predictions of them.

    Examples
    --------
    >>> numbers: Numbers = Regressed(2, "v")
    >>> numbers.d_num, numbers.d_out
    (2, 2)
    """

    @property
    def d_num(self) -> int:
        """The number of numerical columns."""
        ...

    @property
    def d_out(self) -> int:
        """How many numbers the network predicts."""
        ...

    @property
    def n_bins(self) -> int:
        """The number of bins of all columns together, or 0 if there are none."""
        ...

    def at(self, x_t: Tensor, alpha_bar: Tensor) -> Noisy:
        """Take rows [B, d_num] at steps of this alpha_bar, [] or [B, 1]."""
        ...


@dataclass(frozen=True)
class Regressed:
    """The network sees numbers, and predicts numbers.

    Parameters
    ----------
    d_num : int
        The number of numerical columns.
    parametrization : {"eps", "x_0", "v"}
        What it predicts: see `gaussian.target`.

    Raises
    ------
    InputError
        There is no parametrization of that name.

    Examples
    --------
    >>> noisy = Regressed(1, "x_0").at(torch.tensor([[0.6]]), torch.tensor(0.64))
    >>> noisy.x_0(noisy.estimate(torch.tensor([[0.5]])))
    tensor([[0.5000]])
    """

    d_num: int
    parametrization: gaussian.Parametrization

    def __post_init__(self) -> None:
        check_choice("parametrization", self.parametrization, get_args(gaussian.Parametrization))

    @property
    def d_out(self) -> int:
        """The number of columns."""
        return self.d_num

    @property
    def n_bins(self) -> int:
        """There are none."""
        return 0

    def at(self, x_t: Tensor, alpha_bar: Tensor) -> _NoisyNumbers:
        """Take rows: see `Numbers.at`."""
        return _NoisyNumbers(self.parametrization, x_t, alpha_bar)


@dataclass(frozen=True)
class _NoisyNumbers:
    """Numbers as they are. An estimate is eps."""

    parametrization: gaussian.Parametrization
    x_t: Tensor
    alpha_bar: Tensor

    @property
    def inputs(self) -> Tensor:
        return self.x_t

    def losses(self, output: Tensor, x_0: Tensor, eps: Tensor) -> Tensor:
        target = gaussian.target(self.parametrization, x_0, self.alpha_bar, eps)
        return (output - target).square().mean(0)

    def estimate(self, output: Tensor) -> Tensor:
        x_t = self.x_t.repeat(len(output) // len(self.x_t), 1)
        return gaussian.to_eps(self.parametrization, output, x_t, self.alpha_bar)

    def x_0(self, estimate: Tensor) -> Tensor:
        return gaussian.to_x_0("eps", estimate, self.x_t, self.alpha_bar).clamp(-gaussian.X_0_MAX, gaussian.X_0_MAX)

    def draw(self, estimate: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return self.x_0(estimate)
