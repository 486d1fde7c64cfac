"""The Gaussian kernel of numerical columns (Sec. 3.1).

A network may predict eps, x_0, or v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x_0 (Salimans and Ho 2022). Given x_t,
each of the three determines the other two. `target` says what to learn; `to_x_0` and `to_eps` read the prediction.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

X_0_MAX = 6.0  # numerical columns are standard normal: a prediction beyond this is an error of the network

Parametrization = Literal["eps", "x_0", "v"]


def q_sample(x_0: Tensor, alpha_bar: Tensor, eps: Tensor) -> Tensor:
    """Add noise: sample x_t from q(x_t | x_0).

    Parameters
    ----------
    x_0 : Tensor
        Clean rows, [B, d_num].
    alpha_bar : Tensor
        alpha_bar_t, [] or [B, 1].
    eps : Tensor
        Standard normal noise, [B, d_num].

    Returns
    -------
    Tensor
        x_t, [B, d_num].

    Examples
    --------
    >>> import torch
    >>> q_sample(torch.ones(1, 1), torch.tensor(0.64), torch.ones(1, 1))
    tensor([[1.4000]])
    """
    return alpha_bar.sqrt() * x_0 + (1 - alpha_bar).sqrt() * eps


def target(parametrization: Parametrization, x_0: Tensor, alpha_bar: Tensor, eps: Tensor) -> Tensor:
    """Compute the right answer of the network, given the rows and the noise that was added to them.

    Parameters
    ----------
    parametrization : {"eps", "x_0", "v"}
        What the network predicts.
    x_0, alpha_bar, eps : Tensor
        As in `q_sample`.

    Returns
    -------
    Tensor
        [B, d_num].

    Examples
    --------
    >>> import torch
    >>> x_0, eps = torch.ones(1, 1), torch.ones(1, 1)
    >>> target("v", x_0, torch.tensor(0.64), eps)
    tensor([[0.2000]])
    """
    if parametrization == "eps":
        return eps
    if parametrization == "x_0":
        return x_0
    return alpha_bar.sqrt() * eps - (1 - alpha_bar).sqrt() * x_0


def to_x_0(parametrization: Parametrization, output: Tensor, x_t: Tensor, alpha_bar: Tensor) -> Tensor:
    """Convert the network's output into the x_0 that it implies.

    Parameters
    ----------
    parametrization : {"eps", "x_0", "v"}
        What the network predicts.
    output : Tensor
        The network's output, [B, d_num].
    x_t : Tensor
        The noisy rows that the network saw, [B, d_num].
    alpha_bar : Tensor
        alpha_bar_t, [] or [B, 1].

    Returns
    -------
    Tensor
        [B, d_num].

    Examples
    --------
    >>> import torch
    >>> alpha_bar, x_0, eps = torch.tensor(0.64), torch.ones(1, 1), torch.ones(1, 1)
    >>> to_x_0("v", target("v", x_0, alpha_bar, eps), q_sample(x_0, alpha_bar, eps), alpha_bar).round(decimals=4)
    tensor([[1.]])
    """
    if parametrization == "eps":
        return (x_t - (1 - alpha_bar).sqrt() * output) / alpha_bar.sqrt()
    if parametrization == "x_0":
        return output
    return alpha_bar.sqrt() * x_t - (1 - alpha_bar).sqrt() * output


def to_eps(parametrization: Parametrization, output: Tensor, x_t: Tensor, alpha_bar: Tensor) -> Tensor:
    """Convert the network's output into the eps that it implies.

    Parameters
    ----------
    parametrization, output, x_t, alpha_bar
        As in `to_x_0`.

    Returns
    -------
    Tensor
        [B, d_num].

    Examples
    --------
    >>> import torch
    >>> to_eps("x_0", torch.ones(1, 1), torch.tensor([[1.4]]), torch.tensor(0.64)).round(decimals=4)
    tensor([[1.]])
    """
    if parametrization == "eps":
        return output
    if parametrization == "x_0":
        return (x_t - alpha_bar.sqrt() * output) / (1 - alpha_bar).sqrt()
    return alpha_bar.sqrt() * output + (1 - alpha_bar).sqrt() * x_t


def p_sample(
    x_t: Tensor, x_0: Tensor, alpha_bar_t: Tensor, alpha_bar_s: Tensor, noise: Tensor, *, eta: float
) -> Tensor:
    """Remove noise: step from x_t to x_s, s < t, given the predicted x_0.

    The family of steps of Song et al. (2021, Eqs. 12 and 16).

    Parameters
    ----------
    x_t : Tensor
        [B, d_num].
    x_0 : Tensor
        The predicted clean rows, [B, d_num].
    alpha_bar_t, alpha_bar_s : Tensor
        The schedule at t and at s, [] or [B, 1].
    noise : Tensor
        Standard normal noise, [B, d_num].
    eta : float
        Scales the noise. 1 is the ancestral step, the posterior q(x_s | x_t, x_0) itself (Eqs. 1 and 2). 0 is a
        deterministic step (DDIM).

    Returns
    -------
    Tensor
        x_s, [B, d_num].

    Examples
    --------
    The last step, to alpha_bar_0 = 1, returns the predicted x_0:

    >>> import torch
    >>> x_t, x_0 = torch.tensor([[1.4]]), torch.tensor([[1.0]])
    >>> p_sample(x_t, x_0, torch.tensor(0.64), torch.tensor(1.0), torch.randn(1, 1), eta=1)
    tensor([[1.]])
    """
    eps = (x_t - alpha_bar_t.sqrt() * x_0) / (1 - alpha_bar_t).sqrt()
    variance = eta**2 * (1 - alpha_bar_s) / (1 - alpha_bar_t) * (1 - alpha_bar_t / alpha_bar_s)
    toward_x_t = (1 - alpha_bar_s - variance).clamp(min=0).sqrt() * eps
    return alpha_bar_s.sqrt() * x_0 + toward_x_t + variance.sqrt() * noise


def transition_variance(variance: Tensor, alpha_bar_t: Tensor, alpha_bar_s: Tensor) -> Tensor:
    """Compute the variance of x_s given x_t, s < t, if x_0 is not known for sure.

    It has two parts (Bao et al. 2022, Analytic-DPM): that of the posterior q(x_s | x_t, x_0), and that of x_0, times
    the square of the weight that x_0 has in the posterior's mean.

    Parameters
    ----------
    variance : Tensor
        Var(x_0 | x_t) of each column, [d_num].
    alpha_bar_t, alpha_bar_s : Tensor
        The schedule at t and at s, [].

    Returns
    -------
    Tensor
        [d_num].

    Examples
    --------
    The last step, to alpha_bar_0 = 1, has the variance of x_0 alone:

    >>> import torch
    >>> transition_variance(torch.tensor([0.1]), torch.tensor(0.64), torch.tensor(1.0))
    tensor([0.1000])
    """
    added = 1 - alpha_bar_t / alpha_bar_s
    of_x_0 = alpha_bar_s.sqrt() * added / (1 - alpha_bar_t)
    return (1 - alpha_bar_s) / (1 - alpha_bar_t) * added + of_x_0**2 * variance
