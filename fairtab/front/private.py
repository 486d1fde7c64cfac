"""Make a private fit of a table of one's own: what it demands, and the split that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fairtab import seeds
from fairtab.errors import InputError
from fairtab.front.own import OwnTable
from fairtab.model import FairTab
from fairtab.privacy.ledger import Budget
from fairtab.table import Split, Table

PARTS = (0.5, 0.25, 0.25)  # training, validation and test, as for every table


def settings(epsilon: float, delta: float, bounds: Mapping[str, Sequence[float]] | None) -> dict[str, Any]:
    """Return the settings of a private fit, the noise of which comes from the system's entropy.

    Parameters
    ----------
    epsilon, delta, bounds
        As in `fairtab.settings.Privacy`.

    Raises
    ------
    InputError
        They are no budget.

    Examples
    --------
    >>> settings(3, 1e-5, None)
    {'epsilon': 3, 'delta': 1e-05, 'bounds': {}}
    """
    budget = Budget(epsilon, delta)
    return {"epsilon": budget.epsilon, "delta": budget.delta, "bounds": dict(bounds or {})}


def check_asked(*, rules: Sequence[str], where: str | None, cap: bool, model: Any) -> None:
    """Check that a private fit covers what is asked for.

    Parameters
    ----------
    rules, where, cap, model
        As in `fairtab.make`.

    Raises
    ------
    InputError
        Something would read rows that nothing pays for.

    Examples
    --------
    >>> check_asked(rules=(), where=None, cap=True, model=None)
    Traceback (most recent call last):
        ...
    fairtab.errors.InputError: epsilon: a cap compares rows with real ones: leave it out
    """
    if rules or where:
        raise InputError("epsilon: rules and conditions are checked on real rows: leave them out")
    if cap:
        raise InputError("epsilon: a cap compares rows with real ones: leave it out")
    if model is not None and (not isinstance(model, FairTab) or hasattr(model, "codec")):
        raise InputError("epsilon: a model that is saved or fitted has a budget of its own: leave the model out")


def check_said(
    own: OwnTable, *, numerical: Iterable[str] | None = None, categorical: Iterable[str] | None = None, **_: Any
) -> None:
    """Check that the kind of every column was said, and not found by a look at rows.

    Parameters
    ----------
    own
        The table as it was read.
    numerical, categorical
        The columns whose kind was said.

    Raises
    ------
    InputError
        Some columns were not named. The message names the options that would do.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.front.own import read_own
    >>> frame = pd.DataFrame({"age": [30, 41] * 20, "sex": ["f", "m"] * 20, "repaid": [0, 0, 1, 1] * 10})
    >>> check_said(read_own(frame, target="repaid", positive=1, sensitive="sex"))
    Traceback (most recent call last):
        ...
    fairtab.errors.InputError: epsilon: say what each column is, since finding out reads rows: --numerical age
    """
    schema = own.table.schema
    asked_out = set(own.description.leave_out or ())
    found = {
        "--numerical": [name for name in schema.numerical if name not in set(numerical or ())],
        "--categorical": [name for name in schema.categorical if name not in set(categorical or ())],
        "--leave-out": [name for name in own.left_out if name not in asked_out],
    }
    if missing := [f"{option} {','.join(names)}" for option, names in found.items() if names]:
        raise InputError(f"epsilon: say what each column is, since finding out reads rows: {' '.join(missing)}")


def public_values(own: OwnTable) -> dict[str, list[Any]]:
    """Return the values of label and sensitive columns, of all rows: a secret split must not decide them.

    Parameters
    ----------
    own
        The table.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.front.own import read_own
    >>> frame = pd.DataFrame({"age": [30, 41] * 20, "sex": ["m", "f"] * 20, "repaid": [0, 0, 1, 1] * 10})
    >>> public_values(read_own(frame, target="repaid", positive=1, sensitive="sex"))
    {'repaid': [0, 1], 'sex': ['f', 'm']}
    """
    frame = own.table.frame
    return {name: frame[name].drop_duplicates().sort_values().tolist() for name in own.table.schema.conditions}


def secret_split(own: OwnTable) -> OwnTable:
    """Split the rows anew: each row by a coin of its own, from the system's entropy.

    So one row more in the table is one row more in one part, and the guarantee is one for every row of the table. The
    usual split shuffles all rows by a known seed, so that one row more may move any other.

    Parameters
    ----------
    own
        The table.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.front.own import read_own
    >>> frame = pd.DataFrame({"age": [30, 41] * 200, "sex": ["f", "m"] * 200, "repaid": [0, 0, 1, 1] * 100})
    >>> split = secret_split(read_own(frame, target="repaid", positive=1, sensitive="sex")).split
    >>> len(split.train) + len(split.validation) + len(split.test)
    400
    """
    part = seeds.for_noise(None)[0].choice(len(PARTS), size=len(own.table), p=PARTS)
    tables = (Table(own.table.frame[part == i], own.table.schema) for i in range(len(PARTS)))
    return replace(own, split=Split(*tables))
