"""Check a synthetic table, whatever made it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from fairtab import seeds
from fairtab.front.own import Source, like, read_own
from fairtab.front.reporting import report_on
from fairtab.learners.classifier import Model
from fairtab.report import Report
from fairtab.table import Split, Table

SEEN = (
    "if the generator saw the rows that are test rows here, the numbers are too good: give it a part of the rows, and "
    "the rest here as holdout"
)
OVERLAP = (
    "{:.0%} of the holdout rows equal rows of the real table: if they are the same rows, the generator saw them, and "
    "the numbers are too good"
)


def check(
    real: Source,
    synthetic: Source,
    *,
    target: str,
    positive: Hashable | None = None,
    sensitive: str | Iterable[str],
    holdout: Source | None = None,
    seed: int = 0,
    classifier: Model | None = None,
    **options: Any,
) -> Report:
    """Judge a synthetic table by the real one it was made from.

    A table that `make` made of the same file is judged on rows that `make` did not learn from. A table of another
    generator is judged fairly only with a holdout.

    Parameters
    ----------
    real
        The real table: a CSV or Parquet file, or a DataFrame.
    synthetic
        The synthetic table, with the same columns. It may have more.
    target, positive, sensitive, **options
        As in `make`.
    holdout
        Real rows that the generator did not see. All of them are test rows, and all rows of `real` are rows that the
        generator learned from. Half of them are the attackers' knowledge of people, and the others are attacked beside
        rows of `real`. Without a holdout, `real` is split as `make` does.
    seed
        The seed of the classifiers.
    classifier
        As in `make`.

    Returns
    -------
    Report
        What there is to say.

    Raises
    ------
    InputError
        A table cannot be used, or the synthetic one lacks columns of the real one.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [*range(20, 60)] * 2, "sex": ["f", "m"] * 40, "paid": [0, 0, 1, 1] * 20})
    >>> report = check(frame, frame.sample(60, random_state=0), target="paid", positive=1, sensitive="sex")
    >>> report.facts["rows"]
    {'train': 40, 'validation': 20, 'test': 20, 'synthetic': 60}
    """
    own = read_own(real, target=target, positive=positive, sensitive=sensitive, **options)
    if holdout is not None:
        own = replace(own, split=_held_out(own.table, like(holdout, own, "the holdout"), seed))
    report = report_on(like(synthetic, own), own, seed=seed, classifier=classifier)
    if holdout is None:
        return report.with_note(SEEN)
    share = report.facts["privacy"]["exact_copies_of_holdout"]
    return report.with_note(OVERLAP.format(share)) if share > 0.5 else report  # so many are rarely equal by chance


def _held_out(train: Table, holdout: Table, seed: int) -> Split:
    """Test on the whole holdout. Half of it is an attacker's reference, so its targets are the other half."""
    order = seeds.numpy_generator(seed, "holdout").permutation(len(holdout))
    reference, others = (Table(holdout.frame.iloc[rows], holdout.schema) for rows in np.array_split(order, 2))
    return Split(train, reference, holdout, others)
