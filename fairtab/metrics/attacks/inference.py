"""Attribute inference: what is in a column that the attacker does not know? (Giomi et al. 2023)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fairtab import seeds
from fairtab.metrics.attacks.gower import Gower
from fairtab.table import Table

TOLERANCE = 0.05  # a number is right if it is off by no more than this share of the true one, a date of all days
BLOCK = 256  # targets whose distances are in memory at once


def inferred(synthetic: Table, targets: Table, gower: Gower, *, seed: int) -> np.ndarray:
    """Guess one value of each record, as that of the synthetic row that is closest in all other columns.

    The secret columns take turns, so that each guess is about another record and all guesses are independent.

    Parameters
    ----------
    synthetic : Table
        What the attacker looks into.
    targets : Table
        The records.
    gower : Gower
        Knows both tables.
    seed : int
        Decides which column is the secret of which record.

    Returns
    -------
    array of bool, shape [targets]
        Whether the guess is right. A number is right within 5%. A date has no zero, so it is right within 5% of the
        range of the column.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(8), "paid": [0, 1] * 4, "sex": list("FFMMFFMM"), "pay": range(8)})
    >>> table = Table(frame, Schema(("age", "pay"), (), "paid", 1, ("sex",)))
    >>> inferred(table, table, Gower([table]), seed=0).all()
    np.True_
    """
    columns = list(synthetic.frame.columns)
    turns = np.arange(len(targets)) % len(columns)
    secret = seeds.numpy_generator(seed, "inference").permutation(turns)
    right = np.zeros(len(targets), dtype=bool)
    for place, name in enumerate(columns):
        known = [other for other in columns if other != name]
        rows = np.flatnonzero(secret == place)
        for start in range(0, len(rows), BLOCK):
            block = targets.frame.iloc[rows[start : start + BLOCK]]
            closest = gower.distances(Table(block, targets.schema), synthetic, known).argmin(axis=1)
            guess = synthetic.frame[name].iloc[closest]
            of = None if name not in gower.range else gower.range[name] if name in targets.schema.dates else block[name]
            right[rows[start : start + BLOCK]] = _is_right(block[name], guess, of=of)
    return right


def _is_right(true: pd.Series, guess: pd.Series, *, of: pd.Series | float | None) -> np.ndarray:
    """Compare values; `of` is what a number may differ by a share of."""
    both_missing = true.isna().to_numpy() & guess.isna().to_numpy()
    if of is None:
        return (true.to_numpy() == guess.to_numpy()) | both_missing
    off = np.abs(true.to_numpy(dtype=float) - guess.to_numpy(dtype=float))
    return (off <= TOLERANCE * np.abs(np.asarray(of, dtype=float))) | both_missing
