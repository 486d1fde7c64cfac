"""Make a fair table of a table of one's own."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from fairtab import seeds
from fairtab.errors import InputError
from fairtab.front import private
from fairtab.front.fit import check_model, fit_own, new_model
from fairtab.front.missed import GoalMissed
from fairtab.front.own import Source, read_own, rows_where
from fairtab.front.reporting import report_on
from fairtab.front.wish import wish_for
from fairtab.goals.search import N_ROUNDS, search_joint
from fairtab.joint import Joint
from fairtab.learners.classifier import Model
from fairtab.model import FairTab
from fairtab.report import Report
from fairtab.rules.drawing import check_rules
from fairtab.rules.memorised import Cap
from fairtab.rules.ruled import Ruled
from fairtab.settings import Privacy
from fairtab.synthesizer import Synthesizer
from fairtab.table import Table

log = logging.getLogger(__name__)
DELTA = Privacy.delta  # of differential privacy
CAPPED = "rows that sat too close to single training rows too often, compared with validation rows, were drawn again"


@dataclass(frozen=True, eq=False)
class Made:
    """A fair table, the report on it, and the model that made it.

    Parameters
    ----------
    table
        The synthetic rows. `table.written` is a DataFrame with dates as in the file.
    report
        What was asked and what was reached.
    model
        The fitted model. It can be sampled again, for other rows and other joints.
    joint
        The joint of label and sensitive attributes that the rows have.
    derived
        The columns that the source does not have: groups that were made of numbers.

    Examples
    --------
    >>> from dataclasses import fields
    >>> [field.name for field in fields(Made)]
    ['table', 'report', 'model', 'joint', 'derived']
    """

    table: Table
    report: Report
    model: FairTab
    joint: Joint
    derived: Sequence[str] = ()


def make(
    source: Source,
    *,
    target: str,
    positive: Hashable | None = None,
    sensitive: str | Iterable[str],
    dpr: float | None = None,
    eor: float | None = None,
    auc: float | None = None,
    score: bool = False,
    level: float | None = None,
    attributes: str | Iterable[str] | None = None,
    equal_groups: bool = False,
    nearest: bool = False,
    rules: str | Sequence[str] = (),
    where: str | None = None,
    cap: bool = False,
    rows: int | None = None,
    seed: int = 0,
    rounds: int = N_ROUNDS,
    model: FairTab | str | Path | None = None,
    classifier: Model | None = None,
    epsilon: float | None = None,
    delta: float = DELTA,
    bounds: Mapping[str, Sequence[float]] | None = None,
    **options: Any,
) -> Made:
    """Make a fair synthetic table, and a report on it.

    Half of the rows train the model. A quarter decides, with the help of the first half, which joint meets the wish
    (validation rows). The last quarter is read once, for the report (test rows). Without dpr, eor, auc, score and
    level, the table is the one with the highest SCORE. If the label does not have two values, there are no goals, and
    the default is level 10.

    Parameters
    ----------
    source
        A CSV or Parquet file, or a DataFrame.
    target, positive
        The column of the label, and the favourable one of two values. Without it, the values decide: a few are classes,
        many numbers are a quantity (`task`).
    sensitive
        One or several columns of groups.
    dpr, eor, auc, score, level, attributes, equal_groups
        What is wished (`fairtab.front.wish.wish_for`).
    nearest
        Whether the nearest joint will do if none meets the goal.
    rules
        What must hold in every row, for example "end >= start" (`fairtab.check_rules`).
    where
        Which rows are asked for, for example "region == 'north'" (`fairtab.draw`). The model learns from all training
        rows. The joint is chosen, and the table is judged, by the real rows that meet the condition.
    cap
        Whether rows that sit too close to single training rows too often are drawn again (`fairtab.rules.memorised`).
        The joint is chosen without it.
    rows
        How many rows to make, by default as many as the source has, or as many as meet `where`.
    seed
        The same seed gives the same table on the same machine.
    rounds
        How many tables the search samples. It trains a classifier on each.
    model
        A model with other settings to fit, or one that was fitted to the same rows; or a folder, from which the model
        is loaded if it is there, and to which it is saved if not. By default a new one, which learns for fewer steps
        if there are less than 2,000 training rows (half of all), so that it remembers less of them.
    classifier
        What is trained on tables to judge them: options of CatBoost, or a function that makes a classifier of
        scikit-learn from a seed. By default CatBoost.
    epsilon, delta
        If `epsilon` is given, the model and the table are differentially private for every row of the source
        (docs/privacy.md); the report is not. The kind of every column must then be said (`numerical`, `categorical`,
        `leave_out`). The search for a goal reads rows that the model draws, and no real one. `seed` does not decide the
        noise.
    bounds
        By numerical column, its lowest and highest value, if they are public.
    **options
        How to read the source: task ("binary", "multi-class", "regression"), groups of numbers (`{"age": [25, 60]}`),
        and numerical, categorical, leave_out, missing (`DatasetDescription`).

    Returns
    -------
    Made
        The table, the report and the model.

    Raises
    ------
    InputError
        The source or a wish cannot be used.
    GoalMissed
        No joint meets the goal, and `nearest` is False.

    Examples
    --------
    Few epochs, so that this takes seconds. Leave the model out for a table worth having.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [*range(20, 60)] * 2, "sex": ["f", "m"] * 40, "paid": [0, 0, 1, 1] * 20})
    >>> quick = FairTab(epochs=1, min_steps=2)
    >>> made = make(frame, target="paid", positive=1, sensitive="sex", level=10, model=quick)
    >>> made.table.frame.groupby(["paid", "sex"]).size().tolist()
    [20, 20, 20, 20]
    """
    asked: dict[str, Any] = {
        "dpr": dpr,
        "eor": eor,
        "auc": auc,
        "score": score,
        "level": level,
        "attributes": attributes,
        "equal_groups": equal_groups,
    }
    wish_for(**asked)  # a table is not worth reading for what cannot be asked
    if epsilon is None and (bounds or delta != DELTA):
        raise InputError("delta and bounds belong to differential privacy: give epsilon, too")
    if guarded := None if epsilon is None else private.settings(epsilon, delta, bounds):
        private.check_asked(rules=rules, where=where, cap=cap, model=model)
    else:
        check_model(model)
    own = read_own(source, target=target, positive=positive, sensitive=sensitive, **options)
    if guarded:
        private.check_said(own)
        guarded["values"] = private.public_values(own)
        guarded["fractional"] = private.fractional(own)
        own = private.secret_split(own)
    wish = wish_for(**asked, schema=own.split.schema)
    if wish.goal:
        wish.goal.resolve_attributes(own.split.schema.sensitive)  # a fit is not worth a name that is not there
    rules = [*([rules] if isinstance(rules, str) else rules), *own.table.schema.rules]
    check_rules(rules, own.table)
    asked_of = own if where is None else rows_where(own, where)
    if guarded:
        model = replace(cast(FairTab, model) or new_model(), privacy=guarded)
    fitted = fit_own(model, own, seed=seed)
    if fitted.ledger:
        private.check_asked(cap=cap)
    is_plain = where is None and not rules
    obeying = fitted if is_plain else cast(Synthesizer, Ruled(fitted, rules, where))  # all else is the model's own
    found = None
    if wish.goal:
        found = search_joint(
            obeying,
            asked_of.split.train,
            asked_of.split.validation,
            wish.goal,
            seed=seeds.derive(seed, "search"),
            n_rounds=rounds,
            classifier=classifier,
        )
        if not found.met and not nearest:
            raise GoalMissed(f"{found.missed(wish.goal)}: ask for less, or take the nearest")
    if fitted.n_rows is None:
        n, known = len(asked_of.table), Joint.from_table(asked_of.split.train)
    else:  # of a private fit, which has half of the rows
        n, known = 2 * fitted.n_rows, fitted.joint
    n = n if rows is None else rows
    joint = found.joint if found else known.balanced(wish.level or 0)
    log.info("sampling %d rows", n)
    if cap:
        kept_apart = Cap(own.split.train, own.split.validation, seed=seed)
        obeying = cast(Synthesizer, Ruled(fitted, rules, where, kept_apart))
    table = obeying.sample(n, seed=seeds.derive(seed, "sample"), joint=joint)
    report = report_on(
        table,
        asked_of,
        seed=seed,
        classifier=classifier,
        wish=wish,
        found=found,
        rules=rules,
        where=where,
        ledger=None if (fitted.privacy or {}).get("seeded") else fitted.ledger,  # a seeded fit has no guarantee
        n_learned=len(own.split.train),
    )
    report = report.with_note(CAPPED) if cap else report
    return Made(table, report, fitted, joint, list(own.table.schema.groups))
