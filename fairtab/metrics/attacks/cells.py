"""DCR in each cell of label and groups: a fair table draws most often from the smallest cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from fairtab.metrics.attacks.groups import cell_of
from fairtab.metrics.attacks.intervals import CONFIDENCE
from fairtab.metrics.closest import Closest, draw_at_most
from fairtab.table import Table


@dataclass(frozen=True)
class CellDcr:
    """How close the synthetic rows of one cell are to training rows of it.

    Parameters
    ----------
    name : str
        The cell in words.
    n_synthetic : int
        Synthetic rows of the cell.
    dcr : float
        The share of them that is closer to a training row of the cell than to a test row of it, among as many of both.
    chance : float
        What the share stays below at 95% if nothing is memorised, in all cells at once.

    Examples
    --------
    >>> CellDcr("paid*sex = 1, F", 800, 0.7, 0.6).dcr
    0.7
    """

    name: str
    n_synthetic: int
    dcr: float
    chance: float


def cell_dcrs(synthetic: Table, members: Table, others: Table, *, min_rows: int, seed: int) -> list[CellDcr]:
    """Compute the DCR of each cell that has rows enough.

    Parameters
    ----------
    synthetic : Table
        The synthetic rows.
    members, others : Table
        Training rows, and rows that were not learned from.
    min_rows : int
        Leave out cells with fewer members, or with fewer others.
    seed : int
        Decides which rows are drawn, so that a cell has as many members as others.

    Returns
    -------
    list of CellDcr
        In the order of cells.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.table import Schema
    >>> schema = Schema(("age",), (), "paid", 1, ("sex",))
    >>> table = lambda ages: Table(pd.DataFrame({"age": ages, "paid": 0, "sex": "F"}), schema)
    >>> (cell,) = cell_dcrs(table([0, 4, 9]), table([0, 4, 8]), table([1, 5, 9]), min_rows=3, seed=0)
    >>> cell.name, round(cell.dcr, 2)
    ('paid*sex = 0, F', 0.67)
    """
    tables = (synthetic, members, others)
    attribute, cells = "*".join(synthetic.schema.conditions), [cell_of(table) for table in tables]
    sizes = [of.value_counts() for of in cells]
    large = [
        cell for cell in sorted(sizes[0].index) if min(size.get(cell, 0) for size in sizes[1:]) >= max(min_rows, 1)
    ]
    z = float(norm.isf((1 - CONFIDENCE) / 2 / max(len(large), 1)))
    found = []
    for cell in large:
        drawn, *real = (
            Table(table.frame[(of == cell).to_numpy()], table.schema) for table, of in zip(tables, cells, strict=True)
        )
        n = min(map(len, real))
        of_members, of_others = Closest([draw_at_most(rows, n, seed) for rows in real], scale=members).closest_to(drawn)
        share = np.concatenate([of_members, of_others]) / len(drawn)
        # without memory, which n of the 2 n real rows were learned from is a matter of chance
        variance = (np.square(share).sum() - 1 / (2 * n)) * 2 * n / (2 * n - 1) / 4
        chance = 0.5 + z * float(np.sqrt(max(variance, 0)))
        found.append(CellDcr(f"{attribute} = {cell}", len(drawn), float(of_members.sum() / len(drawn)), chance))
    return found


def worst(cells: Sequence[CellDcr]) -> CellDcr | None:
    """Choose the cell whose DCR is the most above chance.

    Parameters
    ----------
    cells : sequence of CellDcr
        The cells.

    Returns
    -------
    CellDcr or None
        None if there is no cell.

    Examples
    --------
    >>> worst([CellDcr("few", 90, 0.7, 0.8), CellDcr("many", 900, 0.6, 0.55)]).name
    'many'
    """
    return max(cells, key=lambda cell: cell.dcr - cell.chance, default=None)


def worst_dcr(cells: Sequence[CellDcr]) -> float:
    """Give the DCR of the worst cell.

    Parameters
    ----------
    cells : sequence of CellDcr
        The cells.

    Returns
    -------
    float
        The share, nan if there is no cell.

    Examples
    --------
    >>> worst_dcr([CellDcr("few", 90, 0.7, 0.8)])
    0.7
    """
    found = worst(cells)
    return found.dcr if found else float("nan")


def worst_chance(cells: Sequence[CellDcr]) -> float:
    """Give what the DCR of the worst cell stays below if nothing is memorised.

    Parameters
    ----------
    cells : sequence of CellDcr
        The cells.

    Returns
    -------
    float
        The limit, nan if there is no cell.

    Examples
    --------
    >>> worst_chance([CellDcr("few", 90, 0.7, 0.8)])
    0.8
    """
    found = worst(cells)
    return found.chance if found else float("nan")
