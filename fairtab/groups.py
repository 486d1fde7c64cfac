"""Groups of a number, such as an age or an income: a joint is over groups, not over quantities."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fairtab.errors import InputError
from fairtab.frames import with_columns


@dataclass(frozen=True)
class Groups:
    """The groups of a numerical column, cut at some numbers. They become a column of their own.

    Parameters
    ----------
    column
        The numerical column.
    cuts
        Where groups end, in rising order. A number that equals a cut belongs to the lower group.

    Raises
    ------
    InputError
        There is no cut, or they do not rise.

    Examples
    --------
    >>> ages = Groups("age", (25, 60))
    >>> ages.of(pd.DataFrame({"age": [25, 26, 61, None]})).tolist()
    ['25 or less', 'over 25 to 60', 'over 60', nan]
    >>> ages.rules()[0]
    "`age-group` != '25 or less' | `age` <= 25"
    """

    column: str
    cuts: Sequence[float]

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "cuts", tuple(cut if type(cut) is int else float(cut) for cut in self.cuts))
        except (TypeError, ValueError):
            raise InputError(f"groups of {self.column!r}: expected numbers at which groups end") from None
        if not np.isfinite(self.cuts).all() or "`" in self.column:
            raise InputError(f"groups of {self.column!r}: expected finite numbers, and a column without back-ticks")
        if not self.cuts or list(self.cuts) != sorted(set(self.cuts)):
            raise InputError(f"groups of {self.column!r}: expected rising numbers at which groups end")

    @property
    def name(self) -> str:
        """The name of the new column."""
        return f"{self.column}-group"

    @property
    def labels(self) -> list[str]:
        """The groups, from low to high."""
        written = ([f"{cut:.{n}g}" if cut % 1 else str(int(cut)) for cut in self.cuts] for n in range(6, 18))
        cuts = next(words for words in written if len({*words}) == len(words))
        between = [f"over {low} to {high}" for low, high in itertools.pairwise(cuts)]
        return [f"{cuts[0]} or less", *between, f"over {cuts[-1]}"]

    def of(self, frame: pd.DataFrame) -> pd.Series:
        """Return the group of each row; a missing number has none.

        Raises
        ------
        InputError
            The column is absent, or it has no numbers.
        """
        if self.column not in frame:
            raise InputError(f"no column {self.column} to make groups of")
        if not pd.api.types.is_numeric_dtype(frame[self.column]):
            raise InputError(f"groups of {self.column!r}: expected a column of numbers")
        return pd.cut(frame[self.column], [-np.inf, *self.cuts, np.inf], labels=self.labels).astype(object)

    def rules(self) -> list[str]:
        """Return rules by which number and group of a row agree (`fairtab.check_rules`)."""
        number, group = f"`{self.column}`", f"`{self.name}`"
        bounds = [f"{number} <= {self.cuts[0]!r}"]
        bounds += [
            f"{number} > {low!r} & {number} <= {high!r}" for low, high in zip(self.cuts, self.cuts[1:], strict=False)
        ]
        bounds += [f"{number} > {self.cuts[-1]!r}"]
        return [f"{group} != '{label}' | {bound}" for label, bound in zip(self.labels, bounds, strict=True)]


def read_groups(given: Mapping[str, float | Iterable[float]]) -> list[Groups]:
    """Read the entry `groups` of a description.

    Parameters
    ----------
    given
        By numerical column, one or several numbers at which groups end.

    Examples
    --------
    >>> read_groups({"age": 25})
    [Groups(column='age', cuts=(25,))]
    """
    return [Groups(name, tuple(cuts) if isinstance(cuts, Iterable) else (cuts,)) for name, cuts in given.items()]


def with_groups(frame: pd.DataFrame, groups: Iterable[Groups], *, again: bool = False) -> pd.DataFrame:
    """Return a frame with a column for the groups of each number.

    Parameters
    ----------
    frame
        A frame with the numbers.
    groups
        Their groups.
    again
        Whether the frame may have such columns already. They are made again.

    Raises
    ------
    InputError
        The frame has a column of that name, and `again` is False.

    Examples
    --------
    >>> with_groups(pd.DataFrame({"age": [20, 30]}), [Groups("age", (25,))])["age-group"].tolist()
    ['25 or less', 'over 25']
    """
    groups = list(groups)
    if not again and (taken := [group for group in groups if group.name in frame]):
        raise InputError(f"groups of {taken[0].column!r}: the table already has a column {taken[0].name}")
    return with_columns(frame, {group.name: group.of(frame) for group in groups})
