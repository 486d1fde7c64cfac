"""Private training: DP-SGD (Abadi et al. 2016) by Lightning, with the loss that the network itself knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from fairtab.codec import Codec, Encoded
from fairtab.neural.loss_training import HasLoss, LossTraining
from fairtab.neural.row_gradients import check_layers, clipped_sum


class PoissonBatches:
    """Random batches: each row is in each batch with the same probability, independently of all else.

    Parameters
    ----------
    codec
        Spreads the numerical columns, anew in each pass.
    encoded
        The rows.
    sample_rate
        The probability.
    generator
        The source of random numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab import Schema, Table
    >>> frame = pd.DataFrame({"age": range(5), "sex": ["f", "m", "f", "m", "f"], "y": [0, 1, 1, 0, 1]})
    >>> table = Table(frame, Schema(("age",), (), "y", 1, ("sex",)))
    >>> codec = Codec.fit(table)
    >>> batches = PoissonBatches(codec, codec.encode(table), 1.0, torch.Generator())
    >>> [len(x_num) for x_num, x_cat, condition in batches]
    [5]
    """

    def __init__(self, codec: Codec, encoded: Encoded, sample_rate: float, generator: torch.Generator) -> None:
        self.codec, self.encoded, self.sample_rate, self.generator = codec, encoded, sample_rate, generator

    def __len__(self) -> int:
        return max(1, round(1 / self.sample_rate))  # does not depend on the rows

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        x_num = self.codec.spread(self.encoded.x_num, self.generator)
        for _ in range(len(self)):
            rows = torch.rand(len(x_num), generator=self.generator) < self.sample_rate
            yield x_num[rows], self.encoded.x_cat[rows], self.encoded.condition[rows]


class PrivateTraining(LossTraining):
    """DP-SGD with AdamW, warm-up, decay and averages of weights as in `LossTraining`.

    The gradient of each row is clipped, and Gaussian noise is added to their sum. A row's gradient is that of its mean
    loss over several noisy copies at different steps, each of which is drawn without a look at other rows. No loss is
    told, since it would be one more look at the rows.

    Parameters
    ----------
    network
        The network. Its loss takes the step of each row as `t`.
    T
        The number of steps of the diffusion.
    noise_multiplier
        The standard deviation of the noise, in units of `max_grad_norm`.
    max_grad_norm
        The norm to which the gradient of a row is clipped.
    batch_size
        How many rows a batch has on average; the sum of gradients is divided by it.
    draws
        How many noisy copies of a row make its gradient.
    generator
        The source of the noise.
    **options
        As of `LossTraining`.

    Raises
    ------
    InputError
        The network has a layer of which the gradients of single rows are not known.

    Examples
    --------
    >>> options = {"learning_rate": 0.1, "weight_decay": 0.0, "ema_decay": 0.9, "generator": torch.Generator()}
    >>> sizes = {"T": 100, "noise_multiplier": 2.0, "max_grad_norm": 1.0, "batch_size": 100, "draws": 4}
    >>> PrivateTraining(nn.Linear(2, 1), **sizes, **options).draws
    4
    """

    def __init__(
        self,
        network: HasLoss,
        *,
        T: int,
        noise_multiplier: float,
        max_grad_norm: float,
        batch_size: float,
        draws: int,
        generator: torch.Generator,
        **options: float,
    ) -> None:
        super().__init__(network, **options)
        check_layers(self)
        self.automatic_optimization = False
        self.T, self.draws = T, draws
        self.noise_multiplier, self.max_grad_norm, self.batch_size = noise_multiplier, max_grad_norm, batch_size
        self.generator = generator

    def training_step(self, batch: tuple[Tensor, ...], _: int) -> None:  # type: ignore[override]  # no loss is told
        """Take one step."""
        optimizer: Any = self.optimizers()
        schedule: Any = self.lr_schedulers()
        for parameter, total in self.noisy_sum(batch).items():
            parameter.grad = total / self.batch_size
        optimizer.step()
        schedule.step()

    def noisy_sum(self, batch: tuple[Tensor, ...]) -> dict[nn.Parameter, Tensor]:
        """Return the sum of the clipped gradients of a batch's rows, with noise, by parameter."""
        parameters = list(self.parameters())
        n_rows = len(batch[-1])
        sums = {parameter: torch.zeros_like(parameter) for parameter in parameters}
        if n_rows:  # a random batch may be empty
            copies = [part.repeat_interleave(self.draws, 0) for part in batch]
            t = spread_steps(n_rows, self.draws, self.T).to(copies[-1].device)
            sums |= clipped_sum(self, lambda: self.network.loss(*copies, t=t), n_rows, max_norm=self.max_grad_norm)
        scale = self.noise_multiplier * self.max_grad_norm
        for parameter, total in sums.items():
            noise = torch.randn(parameter.shape, generator=self.generator, dtype=parameter.dtype)
            total.add_(noise.to(parameter.device), alpha=scale)
        return sums


def spread_steps(n_rows: int, draws: int, T: int) -> Tensor:
    """Draw several steps for each row, one from each part of 1..T. No row's steps depend on another row.

    Parameters
    ----------
    n_rows
        The number of rows.
    draws
        How many steps each row gets.
    T
        The number of steps of the diffusion.

    Returns
    -------
    Tensor
        The steps of the first row, then those of the second, and so on. int64 [n_rows * draws]

    Examples
    --------
    >>> steps = spread_steps(1000, 2, 10).view(-1, 2)
    >>> steps[:, 0].max() <= 5, steps[:, 1].min() > 5
    (tensor(True), tensor(True))
    """
    u = (torch.arange(draws) + torch.rand(n_rows, draws)) / draws
    return ((u * T).long().clamp(max=T - 1) + 1).flatten()
