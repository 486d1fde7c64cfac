"""Linkability: do two halves of a record belong together? (Giomi et al. 2023)."""

from __future__ import annotations

import numpy as np

from fairtab import seeds
from fairtab.metrics.attacks.gower import Gower
from fairtab.table import Table

N_NEIGHBOURS = 1  # synthetic rows that are taken for a half's own
BLOCK = 256  # targets whose distances are in memory at once


def linked(
    synthetic: Table, targets: Table, gower: Gower, *, seed: int, n_neighbours: int = N_NEIGHBOURS
) -> np.ndarray:
    """Guess which halves of records belong together, by a synthetic row that is close to both.

    The attacker has some columns of a record in one place, and the other columns in another place.

    Parameters
    ----------
    synthetic : Table
        What the attacker looks into.
    targets : Table
        The records.
    gower : Gower
        Knows both tables.
    seed : int
        Decides which columns are in which half, and the order of equally close rows.
    n_neighbours : int
        How many of the closest synthetic rows of a half are looked at.

    Returns
    -------
    array of bool, shape [targets]
        Whether the closest synthetic rows of both halves have a row in common.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(8), "pay": range(8), "paid": range(8), "sex": list("abcdefgh")})
    >>> table = Table(frame, Schema(("age", "pay"), (), "paid", 1, ("sex",)))
    >>> linked(table, table, Gower([table]), seed=0).all()
    np.True_
    """
    rng = seeds.numpy_generator(seed, "linkability")
    columns = rng.permutation(synthetic.frame.columns).tolist()
    halves = columns[::2], columns[1::2]
    shuffled = Table(synthetic.frame.iloc[rng.permutation(len(synthetic))], synthetic.schema)
    found = []
    for start in range(0, len(targets), BLOCK):
        block = Table(targets.frame.iloc[start : start + BLOCK], targets.schema)
        one, other = (_closest(gower.distances(block, shuffled, half), n_neighbours) for half in halves)
        found.append((one[:, :, None] == other[:, None, :]).any(axis=(1, 2)))
    return np.concatenate(found)


def _closest(distances: np.ndarray, n: int) -> np.ndarray:
    """Find the n closest rows of each target: [targets, n]."""
    n = min(n, distances.shape[1])
    return np.argpartition(distances, n - 1, axis=1)[:, :n]
