"""Labels for methods that make a row given its label alone."""

from __future__ import annotations

import torch
from torch import Tensor

from fairtab import seeds
from fairtab.column import Column
from fairtab.diffusion import multinomial


def draw_labels(label: Column, n: int, *, seed: int) -> Tensor:
    """Draw labels from the training table's p(y).

    Parameters
    ----------
    label
        The column of labels, with its counts in training.
    n
        Number of labels.
    seed
        The same seed gives the same labels.

    Returns
    -------
    Tensor
        Their codes, as the only condition of each row. int64 [n, 1]
    """
    p_y = torch.from_numpy(label.counts / label.counts.sum()).expand(n, -1)
    return multinomial.draw(p_y, seeds.torch_generator(seed, "labels")).unsqueeze(1)
