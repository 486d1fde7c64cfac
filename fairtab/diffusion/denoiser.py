"""What a backbone must offer to be trained and sampled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from torch import Tensor


class Prediction(NamedTuple):
    """What a denoiser says of rows x_t."""

    num: Tensor  # [B, d_num], read by `gaussian.to_eps`
    logits: Sequence[Tensor]  # d_cat tensors [B, K_j], read by `multinomial.to_x_0` for each categorical column


class Denoiser(Protocol):
    """The network of the reverse process.

    Rows share few distinct cases of (step, condition), above all in sampling, where all share the step. So a denoiser
    takes the cases, and for each row the number of its case: what depends on the case alone is computed once for it.
    """

    def __call__(self, x_num: Tensor, x_cat: Tensor, t: Tensor, condition: Tensor, case: Tensor) -> Prediction:
        """x_num: [B, d_num]; x_cat: int64 [B, d_cat]; t: int64 [C]; condition: int64 [C, 1 + n_sensitive], where a
        condition's cardinality itself stands for "not given" (null); case: int64 [B], below C."""
        ...
