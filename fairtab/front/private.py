"""Make a private fit of a table of one's own: what it demands, and the split that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fairtab import seeds
from fairtab.errors import InputError
from fairtab.front.own import OwnTable
from fairtab.model import FairTab
from fairtab.privacy.columns import typed
from fairtab.privacy.ledger import Budget
from fairtab.settings import Privacy
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
        They are no budget, or no bounds.

    Examples
    --------
    >>> settings(3, 1e-5, None)
    {'epsilon': 3, 'delta': 1e-05, 'bounds': {}}
    """
    Budget(epsilon, delta)
    given = {"epsilon": epsilon, "delta": delta, "bounds": dict(bounds or {})}
    Privacy.from_mapping(given)
    return given


def check_asked(*, rules: Sequence[str] = (), where: str | None = None, cap: bool = False, model: Any = None) -> None:
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
    >>> check_asked(cap=True)
    Traceback (most recent call last):
        ...
    fairtab.errors.InputError: epsilon: a cap compares rows with real ones: leave it out
    """
    if rules or where:
        raise InputError("epsilon: rules and conditions are checked on real rows: leave them out")
    if cap:
        raise InputError("epsilon: a cap compares rows with real ones: leave it out")
    if model is not None and (not isinstance(model, FairTab) or model.fitted_to is not None):
        raise InputError("epsilon: a model that is saved or fitted has a budget of its own: leave the model out")
    if model is not None and model.privacy is not None:
        raise InputError("epsilon: the model has settings of privacy, too: leave out one of them")


def check_said(own: OwnTable) -> None:
    """Check that the kind of every column was said, and not found by a look at rows.

    Parameters
    ----------
    own
        The table as it was read.

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
    schema, said = own.table.schema, own.description
    found = {
        "--numerical": [name for name in schema.numerical if name not in said.numerical],
        "--categorical": [name for name in schema.categorical if name not in said.categorical],
        "--leave-out": [name for name in own.left_out if name not in (said.leave_out or ())],
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


def fractional(own: OwnTable) -> list[str]:
    """Return the columns in which a number has a fraction, in any row: a secret split must not decide them.

    Parameters
    ----------
    own
        The table.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.front.own import read_own
    >>> rows = {
    ...     "age": [30, 41] * 20,
    ...     "size": [1.5] + [2, 3, 4] * 13,
    ...     "sex": ["m", "f"] * 20,
    ...     "repaid": [0, 0, 1, 1] * 10,
    ... }
    >>> fractional(read_own(pd.DataFrame(rows), target="repaid", positive=1, sensitive="sex"))
    ['size']
    """
    frame = own.table.frame
    return [name for name in own.table.schema.features if typed(frame[name]).dtype == float]


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
