"""Numbers that have to be finite: what is not would become a legal value without a word."""

from __future__ import annotations

from torch import Tensor

from fairtab.errors import Diverged


def finite(numbers: Tensor, what: str) -> Tensor:
    """Return numbers, all of which are finite.

    Parameters
    ----------
    numbers : Tensor
        Of any shape.
    what : str
        What they are, as the message says it.

    Returns
    -------
    Tensor
        The same numbers.

    Raises
    ------
    Diverged
        A number is infinite or undefined.

    Examples
    --------
    >>> import torch
    >>> finite(torch.tensor([1.0, torch.nan]), "sampled numbers")
    Traceback (most recent call last):
    fairtab.errors.Diverged: sampled numbers are not finite: a lower learning_rate may help
    """
    if not numbers.isfinite().all():
        raise Diverged(f"{what} are not finite: a lower learning_rate may help")
    return numbers
