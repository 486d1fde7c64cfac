"""The interface of a denoiser: the network that the reverse process asks for predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from torch import Tensor


class Prediction(NamedTuple):
    """The output of a denoiser for rows x_t.

    Parameters
    ----------
    num : Tensor
        Shape [B, d_num], or [B, number of all bins]. `Numbers.at(..).estimate` interprets it.
    logits : sequence of Tensor
        One tensor [B, K] for each categorical column. `multinomial.to_x_0` interprets it.

    Examples
    --------
    >>> import torch
    >>> prediction = Prediction(torch.zeros(4, 2), [torch.zeros(4, 3)])
    >>> prediction.num.shape, len(prediction.logits)
    (torch.Size([4, 2]), 1)
    """

    num: Tensor
    logits: Sequence[Tensor]


class Denoiser(Protocol):
    """The network of the reverse process.

    Many rows share the same *case*, a pair of step and conditions: in sampling, all rows are at the same step. A
    denoiser therefore gets the distinct cases, and for each row the number of its case. It computes once per case
    everything that depends on the case alone.

    Examples
    --------
    A denoiser that ignores its input, for one numerical column and one column of three categories:

    >>> import torch
    >>> def constant(x_num, x_cat, t, condition, case):
    ...     return Prediction(torch.zeros_like(x_num), [torch.zeros(len(x_num), 3)])
    >>> rows = torch.zeros(4, 1), torch.zeros(4, 1, dtype=torch.long)
    >>> constant(*rows, torch.tensor([10]), torch.tensor([[1]]), torch.zeros(4, dtype=torch.long)).num.shape
    torch.Size([4, 1])
    """

    def __call__(self, x_num: Tensor, x_cat: Tensor, t: Tensor, condition: Tensor, case: Tensor) -> Prediction:
        """Predict for rows x_t.

        Parameters
        ----------
        x_num : Tensor
            `Noisy.inputs` of the numerical columns: [B, d_num], or [B, d_num + number of all bins].
        x_cat : Tensor
            Codes of categorical columns, int64 [B, d_cat].
        t : Tensor
            The step of each case, int64 [C].
        condition : Tensor
            Label and sensitive attributes of each case, int64 [C, 1 + N]. A code that equals the condition's
            cardinality means "not given".
        case : Tensor
            The number of each row's case, int64 [B], smaller than C.
        """
        ...
