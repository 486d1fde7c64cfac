"""A method whose every row obeys rules and meets a condition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from fairtab.joint import Joint
from fairtab.rules.drawing import draw
from fairtab.synthesizer import Synthesizer
from fairtab.table import Table

if TYPE_CHECKING:
    from fairtab.rules.memorised import Cap


class Ruled:
    """A fitted method that draws rows again until they obey rules and meet a condition. All else is the method's own.

    Parameters
    ----------
    method
        A fitted method.
    rules
        What must hold in every row.
    where
        Which rows are asked for.
    cap
        How often rows may be closer to training rows than to holdout rows.

    Examples
    --------
    >>> from baselines.resample import Resample  # any fitted method
    >>> from fairtab import Schema
    >>> frame = pd.DataFrame({"age": [20, 40] * 20, "sex": ["f", "m"] * 20, "paid": [0, 0, 1, 1] * 10})
    >>> frame.loc[:3, "age"] = 40
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> set(Ruled(Resample().fit(table, table, seed=0), ["age > 30"]).sample(8, seed=0).frame["age"])
    {40}
    """

    def __init__(
        self, method: Synthesizer, rules: str | Sequence[str] = (), where: str | None = None, cap: Cap | None = None
    ) -> None:
        self.method, self.rules, self.where, self.cap = method, rules, where, cap

    def __getattr__(self, name: str) -> Any:
        return getattr(self.method, name)

    def sample(self, n: int, *, seed: int, joint: Joint | pd.DataFrame | None = None) -> Table:
        """Sample rows that obey the rules and meet the condition (`fairtab.draw`)."""
        return draw(self.method, n, seed=seed, joint=joint, rules=self.rules, where=self.where, cap=self.cap).table
