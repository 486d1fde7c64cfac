"""What every method is: something that is fitted to a training table and then gives new rows."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, Self

import pandas as pd

from fairtab.joint import Joint
from fairtab.table import Table


class Synthesizer(Protocol):
    """The contract of a method. The test table is never handed to it: leaking is impossible by signature."""

    # A method may have an attribute `sampler`, options of sampling that can be changed after the fit.

    @property
    def steerable(self) -> bool:
        """Whether `sample` takes a joint."""
        ...

    @property
    def n_parameters(self) -> int:
        """0 where nothing is trained."""
        ...

    def fit(self, train: Table, validation: Table, *, seed: int) -> Self:
        """Learn from `train`; `validation` is for watching and stopping, never for learning rows or categories."""
        ...

    def sample(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None = None) -> Table:
        """n new rows in the training table's schema.

        A steerable method gives them the joint asked for exactly (a `Joint`, or the frame of one), or without one the
        training table's own; any other raises InputError when asked for a joint.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write the fitted method into `folder`, as JSON and safetensors."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what `save` wrote: the same samples for the same seeds."""
        ...
