"""What a report says of attacks: what was guessed, how often that was right, and of whom most."""

from __future__ import annotations

from typing import Any

from fairtab.metrics.attacks import density_ratio, guesses, intervals
from fairtab.metrics.attacks.attacked import Attacked
from fairtab.metrics.attacks.groups import GroupAtRisk, worst

GUESSED = ("singling_out", "linkability", "inference")


def described(attacked: Attacked) -> dict[str, Any]:
    """Describe all attacks.

    Parameters
    ----------
    attacked
        The attacks.

    Returns
    -------
    dict
        The density ratio with its interval, the rates and the risk of each attack that guesses, the worst group, and
        all groups that have rows enough.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.table import Schema, Split, Table
    >>> schema = Schema(("age",), (), "paid", 1, ("sex",))
    >>> table = lambda ages: Table(pd.DataFrame({"age": ages, "paid": 0, "sex": "F"}), schema)
    >>> train, test = table(range(0, 40, 4)), table(range(2, 42, 4))
    >>> found = described(Attacked(train, Split(train, test, test), seed=0, min_group_rows=5))
    >>> found["density_ratio"]["auc"], found["worst"]["group"]
    (1.0, 'sex = F')
    """
    n = int(attacked.is_member.sum())
    auc = density_ratio.auc(attacked.log_density_ratio, attacked.is_member)
    low, high = intervals.auc(auc, n, n)
    found = worst(attacked.groups)
    return {
        "density_ratio": {"auc": auc, "low": low, "high": high, "rows": n},
        **{name: _guessed(getattr(attacked, name)) for name in GUESSED},
        "worst": _group(found) if found else None,
        "groups": [_group(group) for group in attacked.groups],
        "n_left_out": len(attacked.left_out),
    }


def _guessed(of: guesses.Guesses) -> dict[str, Any]:
    return {
        "guesses": of.n,
        "rate": guesses.rate(of),
        "control": guesses.control(of),
        "risk": guesses.risk(of),
        "low": guesses.low(of),
        "high": guesses.high(of),
    }


def _group(group: GroupAtRisk) -> dict[str, Any]:
    return {
        "group": group.name,
        "rows": group.n,
        "density_ratio_auc": group.density_ratio_auc,
        "low": group.low,
        "high": group.high,
        "distance_auc": group.distance_auc,
        "synthetic_rows": group.n_synthetic,
        "exact_copies": group.copies,
    }
