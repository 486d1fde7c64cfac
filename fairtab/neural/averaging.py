"""A moving average of the weights."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback


class WeightAverage(Callback):
    """Keep an exponential moving average of the weights, validate it, and install it at the end.

    Lightning's own `WeightAveraging` computes the same, but walks through all modules at each step.

    Parameters
    ----------
    decay
        The share of the old average in the new one. It starts low and rises to `decay`, so that a short fit does not
        end near its random start.

    Examples
    --------
    >>> WeightAverage(0.999).decay
    0.999
    """

    def __init__(self, decay: float) -> None:
        self.decay = decay

    def on_fit_start(self, _: pl.Trainer, module: pl.LightningModule) -> None:
        """Start from the first weights."""
        self._weights = [parameter.data for parameter in module.parameters()]
        self._averages = [weight.clone() for weight in self._weights]
        self._n = 0

    def on_train_batch_end(self, *_: Any) -> None:
        """Move the average towards the new weights. The first weights count for nothing."""
        decay = min(self.decay, (1 + self._n) / (10 + self._n)) if self._n else 0.0
        torch._foreach_lerp_(self._averages, self._weights, 1 - decay)
        self._n += 1

    def on_validation_epoch_start(self, *_: Any) -> None:
        """Install the average."""
        self._swap()

    def on_validation_epoch_end(self, *_: Any) -> None:
        """Install the weights that are trained."""
        self._swap()

    def on_train_end(self, *_: Any) -> None:
        """Install the average for good."""
        self._swap()

    def _swap(self) -> None:
        for weight, average in zip(self._weights, self._averages, strict=True):
            trained = weight.clone()
            weight.copy_(average)
            average.copy_(trained)
