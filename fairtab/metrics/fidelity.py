"""Fidelity: how close columns and pairs of columns of a synthetic table are to those of a real table.

Both errors are 1 minus SDMetrics' score, as in the paper's Table 2, over every column, conditions included. The pair
error averages all pairs. Later versions of SDMetrics leave out weakly associated pairs, which the paper did not.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import ConstantInputWarning
from sdmetrics.column_pairs import ContingencySimilarity, CorrelationSimilarity
from sdmetrics.errors import ConstantInputError
from sdmetrics.single_column import KSComplement, TVComplement

from fairtab.progress import progress
from fairtab.table import Table
from fairtab.threads import one_thread

MANY = 1000  # values; for more than these SDMetrics takes the square of the time


def column_error(synthetic: Table, real: Table) -> float:
    """Average the errors of all columns.

    Parameters
    ----------
    synthetic, real : Table
        Two tables of one schema.

    Returns
    -------
    float
        The mean of `column_errors`.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.table import Schema
    >>> schema = Schema(("age",), (), "paid", 1, ("sex",))
    >>> real = Table(pd.DataFrame({"age": [30, 40], "paid": [0, 1], "sex": ["F", "M"]}), schema)
    >>> synthetic = Table(pd.DataFrame({"age": [30, 50], "paid": [0, 1], "sex": ["M", "M"]}), schema)
    >>> round(column_error(synthetic, real), 3)
    0.333
    """
    return float(np.mean(list(column_errors(synthetic, real).values())))


def column_errors(synthetic: Table, real: Table) -> dict[str, float]:
    """Compute how far each column is from the real one.

    Parameters
    ----------
    synthetic, real : Table
        Two tables of one schema.

    Returns
    -------
    dict of str to float
        By column: the Kolmogorov-Smirnov statistic if it is numerical, else the total variation distance. A missing
        value is one more value, the first in order, as in the codec. (SDMetrics leaves missing values out.)

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.table import Schema
    >>> schema = Schema(("age",), (), "paid", 1, ("sex",))
    >>> real = Table(pd.DataFrame({"age": [30, 40], "paid": [0, 1], "sex": ["F", "M"]}), schema)
    >>> synthetic = Table(pd.DataFrame({"age": [30, 50], "paid": [0, 1], "sex": ["M", "M"]}), schema)
    >>> {name: float(error) for name, error in column_errors(synthetic, real).items()}
    {'age': 0.5, 'paid': 0.0, 'sex': 0.5}
    """
    return {name: _column_error(name, synthetic, real) for name in real.frame.columns}


def _column_error(name: str, synthetic: Table, real: Table) -> float:
    a, b = real.frame[name], synthetic.frame[name]
    if a.isna().any() or b.isna().any():
        codes = pd.factorize(pd.concat([a, b]), sort=True)[0]  # -1 where a value is missing
        a, b = pd.Series(codes[: len(a)]), pd.Series(codes[len(a) :])
    is_number = name in real.schema.numerical
    if not is_number and a.nunique() > MANY:
        return float(a.value_counts(normalize=True).sub(b.value_counts(normalize=True), fill_value=0).abs().sum() / 2)
    complement = KSComplement if is_number else TVComplement
    return 1 - complement.compute(real_data=a, synthetic_data=b)


def pair_error(synthetic: Table, real: Table) -> float:
    """Average the errors of all pairs of columns.

    The error of two numerical columns is half the difference of their correlations. The error of any other pair is the
    total variation distance of the contingency tables; a numerical column is cut into the real one's ten equal bins.

    Parameters
    ----------
    synthetic, real : Table
        Two tables of one schema.

    Returns
    -------
    float
        The mean. Pairs whose correlation is undefined in the real table are left out; it is nan if no pair is left.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.table import Schema
    >>> schema = Schema(("age",), (), "paid", 1, ("sex",))
    >>> real = Table(pd.DataFrame({"age": [30, 40], "paid": [0, 1], "sex": ["F", "M"]}), schema)
    >>> synthetic = Table(pd.DataFrame({"age": [30, 40], "paid": [0, 1], "sex": ["M", "M"]}), schema)
    >>> round(pair_error(synthetic, real), 3)
    0.333
    """
    return average(pair_errors(synthetic, real))


def average(errors: Mapping[tuple[str, str], float]) -> float:
    """Average the errors of pairs.

    Parameters
    ----------
    errors : dict of (str, str) to float
        As `pair_errors` returns them.

    Returns
    -------
    float
        The mean of those that are defined, nan if none is.

    Examples
    --------
    >>> average({("a", "b"): 0.5, ("a", "c"): 0.25, ("b", "c"): float("nan")})
    0.375
    """
    return float(np.nanmean(list(errors.values())))


def pair_errors(synthetic: Table, real: Table) -> dict[tuple[str, str], float]:
    """Compute how far each pair of columns is from the real one, as `pair_error` says.

    Parameters
    ----------
    synthetic, real : Table
        Two tables of one schema.

    Returns
    -------
    dict of (str, str) to float
        By pair, nan if the correlation is undefined in the real table.

    Examples
    --------
    >>> import pandas as pd
    >>> from fairtab.table import Schema
    >>> schema = Schema((), (), "paid", 1, ("sex",))
    >>> real = Table(pd.DataFrame({"paid": [0, 1], "sex": ["F", "M"]}), schema)
    >>> synthetic = Table(pd.DataFrame({"paid": [0, 1], "sex": ["M", "M"]}), schema)
    >>> {pair: float(error) for pair, error in pair_errors(synthetic, real).items()}
    {('paid', 'sex'): 0.5}
    """
    pairs = list(combinations(real.frame.columns, 2))
    errors = {}
    with one_thread(), progress("pairs of columns", len(pairs)) as advance:  # threads would change sums of correlations
        for pair in pairs:
            errors[pair] = _pair_error(list(pair), synthetic, real)
            advance(1, " and ".join(pair))
    return errors


def _pair_error(pair: list[str], synthetic: Table, real: Table) -> float:
    """Compute the error of one pair.

    It is nan if the correlation is undefined in the real table, as for a constant column. A correlation that is
    undefined in the synthetic table only counts as 0.
    """
    numerical = [name for name in pair if name in real.schema.numerical]
    if len(numerical) < 2:
        tables = real.frame[pair].copy(), synthetic.frame[pair].copy()
        return 1 - ContingencySimilarity.compute(*tables, continuous_column_names=numerical or None)
    both = [int(table.frame[pair].notna().all(axis=1).sum()) for table in (real, synthetic)]  # rows that have a pair
    try:
        if min(both) > 1:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConstantInputWarning)  # nearly constant: the correlation is nan
                error = 1 - CorrelationSimilarity.compute(real.frame[pair], synthetic.frame[pair])
                if not np.isnan(error):
                    return error
    except ConstantInputError:
        pass
    return abs(real.frame[pair].corr().iloc[0, 1]) / 2
