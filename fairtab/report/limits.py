"""What a synthetic table cannot have learned from the real one: for the limits of a report."""

from __future__ import annotations

from fairtab.joint import cell_counts, small_cells
from fairtab.settings import FairTabSettings
from fairtab.table import Split, Table
from fairtab.words import first

FEW = FairTabSettings.min_cell_rows  # training rows of a cell, which are too few to learn from
SHOWN = 5  # the rest are counted


def limits(synthetic: Table, split: Split) -> list[str]:
    """Say which rows of a synthetic table no, or hardly any, real row stands behind.

    Parameters
    ----------
    synthetic
        The synthetic table.
    split
        The real table.

    Returns
    -------
    list of str
        Sentences: about groups with few training rows, and about values that the real table lacks.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"job": ["cook"] * 40, "sex": ["F", "M"] * 20, "paid": [0] * 20 + [1] * 20})
    >>> schema = Schema((), ("job",), "paid", 1, ("sex",))
    >>> real, other = Table(frame, schema), Table(frame.replace("cook", "clerk"), schema)
    >>> limits(other, Split(real, real, real))
    ['Values of job that the real table lacks: clerk (40 rows).']
    """
    return [*_few(synthetic, split.train), *_unknown(synthetic, split)]


def _few(synthetic: Table, train: Table) -> list[str]:
    names = synthetic.schema.conditions
    few = small_cells(train, FEW).index
    drawn = cell_counts(synthetic)
    drawn = drawn[drawn.gt(0) & (drawn.index.isin(few) | ~drawn.index.isin(cell_counts(train).index))]
    cells = [
        f"{', '.join(f'{name} {value}' for name, value in zip(names, cell, strict=True))} ({n:,} rows)"
        for cell, n in drawn.sort_values(ascending=False, kind="stable").items()
    ]
    made = f"{int(drawn.sum()):,} of {len(synthetic):,} synthetic rows are of a label and group with fewer than {FEW} "
    return (
        [f"{made}training rows, so they have what other groups teach: {'; '.join(first(cells, SHOWN))}."]
        if cells
        else []
    )


def _unknown(synthetic: Table, split: Split) -> list[str]:
    said = []
    for name in (*synthetic.schema.categorical, *synthetic.schema.conditions):
        known = {value for part in (split.train, split.validation, split.test) for value in part.frame[name].unique()}
        found = synthetic.frame[name].value_counts()
        found = found[[value not in known for value in found.index]]
        if len(found):
            values = "; ".join(first([f"{value} ({n:,} rows)" for value, n in found.items()], SHOWN))
            said.append(f"Values of {name} that the real table lacks: {values}.")
    return said
