"""Labels for methods that make a row given its label alone."""

from __future__ import annotations

import torch
from torch import Tensor

from fairtab import seeds
from fairtab.codec import Codec
from fairtab.diffusion import multinomial


def draw_labels(codec: Codec, n: int, *, seed: int) -> Tensor:
    """Draw labels from the training table's p(y).

    Parameters
    ----------
    codec
        Its only condition is the label.
    n
        Number of labels.
    seed
        The same seed gives the same labels.

    Returns
    -------
    Tensor
        Their codes, as the only condition of each row. int64 [n, 1]
    """
    (label,) = codec.conditions
    p_y = torch.from_numpy(label.counts / label.counts.sum()).expand(n, -1)
    return multinomial.draw(p_y, seeds.torch_generator(seed, "labels")).unsqueeze(1)
