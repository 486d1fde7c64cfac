"""The ledger: what may be spent, and what every look at the rows has spent.

Everything that looks at rows is a Gaussian mechanism, on all rows or on a Poisson sample of them. So Renyi accounting
(Mironov 2017) composes all of it as one history, which Opacus turns into epsilon.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from fairtab.errors import InputError, check_setting, is_number

ORDERS = (*(1 + i / 8 for i in range(1, 80)), *range(11, 64), 72, 96, 128, 192, 256, 512, 1024)  # of Renyi divergences
FOR_RENYI = 0.9  # the share of delta that turns Renyi divergences into epsilon; selections have the rest
PRECISION = 1e-3  # of a noise multiplier
MOST_NOISE = 1e6  # orders are finite, and so is what they can show


class Overdrawn(InputError):
    """What is asked for would cost more than is left of the budget.

    Examples
    --------
    >>> raise Overdrawn("privacy: ages would bring epsilon to 4.1, and the budget is 3")
    Traceback (most recent call last):
    fairtab.privacy.ledger.Overdrawn: privacy: ages would bring epsilon to 4.1, and the budget is 3
    """


@dataclass(frozen=True)
class Budget:
    """What may be learned of any one row: (epsilon, delta)-differential privacy (Dwork et al. 2006).

    Two tables are neighbours if one has one row more than the other.

    Parameters
    ----------
    epsilon, delta
        The outcome of a fit is at most e^epsilon times as likely with a row as without it, but for an event of
        probability delta.

    Raises
    ------
    InputError
        `epsilon` is not above 0, or `delta` is not between 0 and 1.

    Examples
    --------
    >>> Budget(3).delta
    1e-05
    """

    epsilon: float
    delta: float = 1e-5

    def __post_init__(self) -> None:
        for name, value, most in (("epsilon", self.epsilon, math.inf), ("delta", self.delta, 1.0)):
            if not is_number(value) or not 0 < value < most:
                above = "above 0" if most == math.inf else "between 0 and 1"
                raise InputError(f"privacy.{name}: expected a number {above}, got {value!r}")


@dataclass(frozen=True)
class Entry:
    """One look at the rows: a Gaussian mechanism of sensitivity 1.

    Parameters
    ----------
    name
        What was looked at.
    noise_multiplier
        The standard deviation of the noise.
    sample_rate
        How likely each row takes part in a step.
    steps
        How often rows were looked at.
    delta
        The probability that something rare is selected (`fairtab.privacy.histogram`).

    Raises
    ------
    InputError
        There is no such mechanism, so nobody knows what it costs.

    Examples
    --------
    >>> Entry("joint", 10.0).steps
    1
    """

    name: str
    noise_multiplier: float
    sample_rate: float = 1.0
    steps: int = 1
    delta: float = 0.0

    def __post_init__(self) -> None:
        is_legal = self.noise_multiplier > 0 and 0 < self.sample_rate <= 1 and self.steps >= 1 and self.delta >= 0
        check_setting(f"privacy: {self.name}", self, is_legal, "noise, a sample rate of at most 1, and steps")


@dataclass
class Ledger:
    """What a fit has spent of its budget, entry by entry.

    Parameters
    ----------
    budget
        What may be spent.
    entries
        What was spent.

    Examples
    --------
    >>> ledger = Ledger(Budget(3))
    >>> ledger.charge(Entry("joint", 10.0))
    >>> 0 < ledger.epsilon < 1
    True
    >>> noise = ledger.noise_for(sample_rate=0.1, steps=100)
    >>> ledger.charge(Entry("network", noise, 0.1, 100))
    >>> 2.95 < ledger.epsilon <= 3
    True
    >>> ledger.charge(Entry("another look", 10.0))
    Traceback (most recent call last):
        ...
    fairtab.privacy.ledger.Overdrawn: privacy: another look would bring epsilon to 3.032, and the budget is 3
    """

    budget: Budget
    entries: list[Entry] = field(default_factory=list)

    @property
    def epsilon(self) -> float:
        """What all entries cost together, at the budget's delta."""
        return self._cost(self.entries)

    @property
    def delta(self) -> float:
        """What selections have spent of delta."""
        return sum(entry.delta for entry in self.entries)

    def charge(self, entry: Entry) -> None:
        """Note an entry. Call this before the rows are looked at.

        Raises
        ------
        Overdrawn
            The entry would cost more than is left. It is not noted.
        """
        with_it = self._cost([*self.entries, entry])
        if not with_it <= self.budget.epsilon:
            raise Overdrawn(
                f"privacy: {entry.name} would bring epsilon to {with_it:.4g}, and the budget is {self.budget.epsilon:g}"
            )
        if self.delta + entry.delta > (1 - FOR_RENYI) * self.budget.delta * (1 + 1e-9):
            raise Overdrawn(f"privacy: {entry.name} would select more than delta {self.budget.delta:g} allows")
        self.entries.append(entry)

    def noise_for(self, *, sample_rate: float, steps: int, share: float = 1.0) -> float:
        """Return the least noise multiplier with which this many steps, after all entries, cost a share of epsilon.

        Parameters
        ----------
        sample_rate, steps
            As of `Entry`.
        share
            The cost of all entries and of these steps, as a share of the budget's epsilon.

        Raises
        ------
        Overdrawn
            Nothing is left, or epsilon is too small.
        """
        most = share * self.budget.epsilon
        if self.epsilon >= most:
            raise Overdrawn(f"privacy: epsilon is {self.epsilon:.4g} already, of {most:g}")

        def is_enough(noise: float) -> bool:
            return self._cost([*self.entries, Entry("", noise, sample_rate, steps)]) <= most

        high = 1.0
        while not is_enough(high):
            high *= 2
            if high > MOST_NOISE:
                raise Overdrawn(f"privacy: no noise is enough for epsilon {most:g}: ask for more")
        low = high / 2 if high > 1 else 0.05
        while high / low > 1 + PRECISION:
            middle = math.sqrt(low * high)
            low, high = (low, middle) if is_enough(middle) else (middle, high)
        return high

    def to_dict(self) -> dict[str, Any]:
        """Return the budget, what was spent, and each entry with what it costs alone, as plain JSON values."""
        return {
            "epsilon": self.budget.epsilon,
            "delta": self.budget.delta,
            "spent": self.epsilon,
            "neighbours": "tables of which one has one row more",
            "entries": [{**asdict(entry), "epsilon_alone": self._cost([entry])} for entry in self.entries],
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Ledger:
        """Read what `to_dict` returned."""
        entries = [{name: entry[name] for name in Entry.__dataclass_fields__} for entry in state["entries"]]
        return cls(Budget(state["epsilon"], state["delta"]), [Entry(**entry) for entry in entries])

    def _cost(self, entries: Sequence[Entry]) -> float:
        """Return epsilon of a history, at the share of delta that is meant for it."""
        if not entries:
            return 0.0
        accountant = _accountant()
        accountant.history = [(entry.noise_multiplier, entry.sample_rate, entry.steps) for entry in entries]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Optimal order is")  # the bound holds with any orders
            return float(accountant.get_privacy_spent(delta=FOR_RENYI * self.budget.delta, alphas=list(ORDERS))[0])


def _accountant() -> Any:
    try:
        from opacus.accountants import RDPAccountant
    except ImportError as error:
        raise InputError("privacy needs opacus: pip install 'fairtab[privacy]'") from error
    return RDPAccountant()
