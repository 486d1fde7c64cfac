"""Judge a synthetic table by the user's own one."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from fairtab.front.own import OwnTable
from fairtab.front.wish import Wish
from fairtab.goals.search import SearchResult
from fairtab.learners.classifier import Model
from fairtab.metrics.evaluate import evaluate, judge
from fairtab.privacy.ledger import Ledger
from fairtab.report import Report
from fairtab.report.facts import gather
from fairtab.table import Table

log = logging.getLogger(__name__)


def report_on(
    table: Table,
    own: OwnTable,
    *,
    seed: int,
    classifier: Model | None = None,
    wish: Wish | None = None,
    found: SearchResult | None = None,
    rules: str | Sequence[str] = (),
    where: str | None = None,
    ledger: Ledger | None = None,
    n_learned: int | None = None,
) -> Report:
    """Judge a synthetic table on test rows, and write down all there is to say.

    Parameters
    ----------
    table
        The synthetic rows.
    own
        The real table.
    seed
        The seed of the classifiers.
    classifier
        As in `make`.
    wish, found, rules, where
        What was asked for, what the search found, what holds in every row, and which rows were asked for.
    ledger
        What a private fit has spent.
    n_learned
        How many rows the generator learned from, by default all training rows of `own`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [30, 40] * 40, "sex": ["f", "m"] * 40, "paid": [0, 0, 1, 1] * 20})
    >>> from fairtab.front.own import read_own
    >>> own = read_own(frame, target="paid", positive=1, sensitive="sex")
    >>> report_on(own.table, own, seed=0).facts["rows"]["synthetic"]
    80
    """
    log.info(
        "training classifiers on the synthetic and on the real table, to compare them on %d rows", len(own.split.test)
    )
    judged = evaluate(table, own.split, seed=seed, classifier=classifier, attacks=True)
    real = judge(own.split.train, own.split.test, seed=seed, classifier=classifier, validation=own.split.validation)
    facts = gather(
        own.split,
        judged,
        real,
        seed=seed,
        wish=wish,
        found=found,
        rules=[rules] if isinstance(rules, str) else rules,
        where=where,
        ledger=None if ledger is None else ledger.to_dict(),
        left_out=own.left_out,
        n_dropped=own.n_dropped,
        sha256=own.description.sha256,
        n_learned=n_learned,
        judge="CatBoost" if not callable(classifier) else type(classifier(seed)).__name__,
    )
    return Report(facts)
