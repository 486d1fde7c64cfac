"""How close a synthetic table's columns and pairs of columns are to a real table's (SDMetrics' classes).

Both are 1 minus SDMetrics' score, as in the paper's Table 2, over every column, conditions included. The pair error
averages all pairs: SDMetrics' later versions leave out weakly associated ones, which the published numbers did not.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from sdmetrics.column_pairs import ContingencySimilarity, CorrelationSimilarity
from sdmetrics.errors import ConstantInputError
from sdmetrics.single_column import KSComplement, TVComplement

from fairtab.progress import progress
from fairtab.table import Table
from fairtab.threads import one_thread


def column_error(synthetic: Table, real: Table) -> float:
    """Mean over columns: Kolmogorov-Smirnov statistic of numerical ones, total variation distance of the others."""
    return float(np.mean(list(column_errors(synthetic, real).values())))


def column_errors(synthetic: Table, real: Table) -> dict[str, float]:
    """The error of each column by name. Missing numbers are left out of it, but a column that is all missing in one
    table only is as wrong as can be."""
    return {name: _column_error(name, synthetic, real) for name in real.frame.columns}


def _column_error(name: str, synthetic: Table, real: Table) -> float:
    a, b = real.frame[name], synthetic.frame[name]
    if a.isna().all() or b.isna().all():
        return float(a.isna().all() != b.isna().all())
    complement = KSComplement if name in real.schema.numerical else TVComplement
    return 1 - complement.compute(real_data=a, synthetic_data=b)


def pair_error(synthetic: Table, real: Table) -> float:
    """Mean over all pairs of columns, nan where there is none to compare."""
    pairs = list(combinations(real.frame.columns, 2))
    errors = []
    with one_thread(), progress("pairs of columns", len(pairs)) as advance:  # for the sums of correlations
        for pair in pairs:
            errors.append(_pair_error(list(pair), synthetic, real))
            advance(1, " and ".join(pair))
    return float(np.nanmean(errors))


def _pair_error(pair: list[str], synthetic: Table, real: Table) -> float:
    """Half the difference of correlations where both columns are numerical; elsewhere the total variation distance of
    the contingency tables, a numerical column cut into the real one's ten equal bins. nan where a correlation is
    undefined in the real table (a constant column); one that only the synthetic table lacks counts as zero."""
    numerical = [name for name in pair if name in real.schema.numerical]
    if len(numerical) < 2:
        tables = real.frame[pair].copy(), synthetic.frame[pair].copy()
        return 1 - ContingencySimilarity.compute(*tables, continuous_column_names=numerical or None)
    try:
        return 1 - CorrelationSimilarity.compute(real.frame[pair], synthetic.frame[pair])
    except ConstantInputError:
        correlation = real.frame[pair].corr().iloc[0, 1]
        return abs(correlation) / 2
