"""The label of a table: which task it makes, and the bins of a label of many numbers."""

from __future__ import annotations

import logging
import math

import numpy as np
import pandas as pd

from fairtab.errors import InputError
from fairtab.groups import Groups
from fairtab.task import Task

log = logging.getLogger(__name__)

MANY_NUMBERS = 20  # more different numbers than this are a quantity, not classes
MAX_BINS = 10
ROWS_OF_BIN = 200  # a bin has at least as many rows if there are more than two bins


def task_of(label: pd.Series) -> Task:
    """Infer the task of a label from its values, and log it.

    Parameters
    ----------
    label
        The column of the label.

    Returns
    -------
    Task
        Binary for two values, regression for more than 20 different numbers, else multi-class.

    Examples
    --------
    >>> task_of(pd.Series(["a", "b", "c"])), task_of(pd.Series(range(100)))
    (<Task.CLASSES: 'multi-class'>, <Task.REGRESSION: 'regression'>)
    """
    n_values = label.nunique()
    is_number = pd.api.types.is_numeric_dtype(label)
    many = Task.REGRESSION if is_number and n_values > MANY_NUMBERS else Task.CLASSES
    task = Task.BINARY if n_values <= 2 else many
    log.info("task: %s, since %s has %d %s", task, label.name, n_values, "numbers" if is_number else "values")
    return task


def bins_of(label: pd.Series) -> Groups:
    """Cut a label of numbers into at most ten bins of about equally many rows.

    A joint of label and groups is over these bins. The cuts are rounded to 1% of the spread of the label, so that they
    read well and are the value of no row.

    Parameters
    ----------
    label
        The column of the label.

    Returns
    -------
    Groups
        The bins.

    Raises
    ------
    InputError
        The column has no numbers, or one number in all rows.

    Examples
    --------
    >>> bins_of(pd.Series(range(1000), name="income")).cuts
    (200.0, 400.0, 600.0, 800.0)
    """
    if not pd.api.types.is_numeric_dtype(label):
        raise InputError(f"target {label.name!r}: a regression needs a column of numbers")
    known = label.dropna().astype(float)
    n_bins = min(MAX_BINS, max(2, len(known) // ROWS_OF_BIN))
    quantiles = np.quantile(known, np.arange(1, n_bins) / n_bins)
    spread = float(np.ptp(np.quantile(known, [0.05, 0.95]))) or float(known.std())  # zero in 95% of the rows
    if spread == 0:
        raise InputError(f"target {label.name!r}: all rows have one number, so there is nothing to predict")
    rounded = np.unique(quantiles.round(2 - math.ceil(math.log10(spread))))
    cuts = rounded[(rounded >= known.min()) & (rounded < known.max())]
    below = float(min(known.median(), known[known < known.max()].max()))  # more than half may have the largest number
    return Groups(str(label.name), tuple(cuts.tolist()) or (below,))
