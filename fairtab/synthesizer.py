"""The contract of a method: it is fitted to a training table, then it samples new rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, Self

import pandas as pd

from fairtab.errors import InputError
from fairtab.joint import Joint
from fairtab.table import Table

if TYPE_CHECKING:
    from fairtab.privacy.ledger import Ledger


class Synthesizer(Protocol):
    """What every method has. A method never receives the test table, because no signature takes it.

    Attributes
    ----------
    device
        Where rows are sampled: "cpu" or "cuda". It can be changed after the fit. A method without a network ignores it.
    sampler
        Options of sampling that can be changed after the fit. Empty for a method that has none.
    log_path
        The file that a program's output is added to. None: a temporary file, kept if the program fails. A method that
        calls no program ignores it.
    timeout_s
        Seconds after which a program is stopped; None: never. A method that calls no program ignores it.
    ledger
        What a private fit has spent. None: the fit is not private.
    n_rows
        About how many rows the training table had, if the fit is private.

    Examples
    --------
    A method is whatever has these attributes and methods:

    >>> from fairtab import FairTab
    >>> model: Synthesizer = FairTab(epochs=10)
    >>> model.steerable
    True
    """

    device: str = "cpu"
    sampler: Mapping[str, Any] = MappingProxyType({})
    log_path: Path | None = None
    timeout_s: float | None = None
    ledger: Ledger | None = None
    n_rows: int | None = None

    @property
    def steerable(self) -> bool:
        """Whether `sample` takes a joint."""
        ...

    @property
    def n_parameters(self) -> int:
        """Number of trained parameters; 0 if nothing is trained."""
        ...

    def fit(self, train: Table, validation: Table, *, seed: int) -> Self:
        """Learn from a training table.

        Parameters
        ----------
        train
            The rows to learn from.
        validation
            Rows for the validation loss and for early stopping. A method learns neither rows nor categories from them.
        seed
            The same seed and tables give the same fit.

        Returns
        -------
        Self
            The method itself.
        """
        ...

    def sample(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None = None) -> Table:
        """Sample new rows in the schema of the training table.

        Parameters
        ----------
        n
            Number of rows.
        seed
            The same seed gives the same rows.
        joint
            The joint of label and sensitive attributes that the rows have exactly: a `Joint`, or its frame. Without
            one, rows of a steerable method have the training table's own joint. Rows of any other method have the joint
            that it has learned.

        Returns
        -------
        Table
            The rows.

        Raises
        ------
        InputError
            A joint was given, but the method is not steerable.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write the fitted method into a folder, as JSON, safetensors and Parquet."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a folder that `save` wrote. The loaded method gives the same rows for the same seeds."""
        ...


class Steerable(Synthesizer, Protocol):
    """A method whose `sample` takes a joint.

    Examples
    --------
    >>> from fairtab import FairTab
    >>> model: Steerable = FairTab(epochs=10)
    """

    @property
    def joint(self) -> Joint:
        """The joint of the training table, which rows have if no other is asked for."""
        ...


def check_steerable(synthesizer: Synthesizer, joint: Joint | pd.DataFrame | None) -> None:
    """Check that a method can be asked for a joint.

    Parameters
    ----------
    synthesizer
        The method.
    joint
        The joint that `sample` received.

    Raises
    ------
    InputError
        There is a joint, and the method is not steerable.

    Examples
    --------
    >>> from fairtab import FairTab
    >>> check_steerable(FairTab(), joint=None)
    """
    if joint is not None and not synthesizer.steerable:
        raise InputError(f"{type(synthesizer).__name__} cannot be steered to a joint")
