"""Draw rows that obey rules and meet a condition, by rejection, from any synthesizer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from fairtab import seeds
from fairtab.errors import InputError
from fairtab.joint import Joint, apportion, requested
from fairtab.progress import progress
from fairtab.rules.predicate import Predicate
from fairtab.synthesizer import Steerable, Synthesizer, check_steerable
from fairtab.table import Table

if TYPE_CHECKING:  # it needs torch, which rules do without
    from fairtab.rules.memorised import Cap

MAX_TRIES = 100  # rows drawn for each row that is asked for
LEAST = 100  # rows: a smaller request may draw as often as one of this size
SPARE = 1.1  # a block has this many times the rows that the share of accepted ones asks for
EVEN = 1000  # rows: in a smaller block, the counts of cells are too far from their joint
BLOCK = 10_000  # rows: a block is at most this large, or as large as the request

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Draw:
    """Rows that were drawn under rules, and how many rows it took.

    Parameters
    ----------
    table
        The rows.
    n_drawn
        How many rows the synthesizer made.
    n_accepted
        How many of them obey all rules and meet the condition.
    rejected
        By rule or condition, how many rows it rejects. A row that two of them reject counts for both.

    Examples
    --------
    >>> from fairtab import Schema
    >>> table = Table(pd.DataFrame({"sex": ["f"], "y": [1]}), Schema((), (), "y", 1, ("sex",)))
    >>> print(Draw(table, n_drawn=200, n_accepted=150, rejected={"end >= start": 50, "age > 17": 10}))
    75% of 200 rows drawn are accepted; 'end >= start' rejects most (25%)
    """

    table: Table
    n_drawn: int
    n_accepted: int
    rejected: Mapping[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share of rows that are accepted."""
        return self.n_accepted / self.n_drawn

    def __str__(self) -> str:
        return _summary(self.n_drawn, self.n_accepted, self.rejected)


def check_rules(rules: Sequence[str] | str, real: Table) -> None:
    """Check that rules can be read, and that no real row breaks one.

    A row breaks a rule that is false of it. A rule that is unknown of a row, since a value is missing, is not broken.

    Parameters
    ----------
    rules
        The rules, as `Predicate` reads them.
    real
        The rows that a synthesizer learns from.

    Raises
    ------
    InputError
        A rule is no condition on these columns, or real rows break it.

    Examples
    --------
    >>> from fairtab import Schema
    >>> frame = pd.DataFrame({"start": [1, 2, 3], "end": [2, 2, 1], "sex": ["f", "m", "f"], "y": [0, 1, 1]})
    >>> real = Table(frame, Schema(("start", "end"), (), "y", 1, ("sex",)))
    >>> check_rules(["end >= 0"], real)
    >>> check_rules(["end >= 0", "end >= start"], real)
    Traceback (most recent call last):
    fairtab.errors.InputError: expected rules that the real rows obey: 'end >= start' is broken by 1 of 3 rows
    """
    read = _predicates(rules)
    for part in (part for rule in read for part in rule.parts()):
        units = {real.schema.dates[name].unit for name in part.columns & real.schema.dates.keys()}
        if len(units) > 1:  # nanoseconds beside days, or a time of day beside a date
            raise InputError(f"{part.text!r}: its dates count different units ({', '.join(sorted(units))})")
    counts = {rule.text: int(rule.false(real.frame).sum()) for rule in read}
    if broken := [f"{text!r} is broken by {n:,} of {len(real):,} rows" for text, n in counts.items() if n]:
        raise InputError(f"expected rules that the real rows obey: {'; '.join(broken)}")


def draw(
    synthesizer: Synthesizer,
    n: int,
    *,
    seed: int,
    joint: Joint | pd.DataFrame | None = None,
    rules: Sequence[str] | str = (),
    where: str | None = None,
    cap: Cap | None = None,
    max_tries: int = MAX_TRIES,
) -> Draw:
    """Draw rows that obey rules and meet a condition.

    A row is rejected if a rule is false of it, or if the condition is not true of it. So a missing value breaks no
    rule, and meets no condition. A row that is rejected is drawn again.

    Which joint p(y, s1..sN) of label and sensitive attributes the rows have:

    - Rules alone: the one that `sample` gives, to the row. A row is replaced by a row of the same label and groups.
    - `where` and a joint: this joint, to the row. It is restricted to the cells that `where` admits, if a part of
      `where` is about label and sensitive columns alone.
    - `where` without a joint: p(y, s | where), as the synthesizer has it. It is exact if `where` is about label and
      sensitive columns alone, and a random draw else.
    - A method that is not steerable: its own, p(y, s | rules, where).

    Without a rejected row, the table is that of `synthesizer.sample(n, seed=seed, joint=joint)`.

    Parameters
    ----------
    synthesizer
        A fitted method.
    n
        Number of rows.
    seed
        The same seed gives the same rows.
    joint
        The joint of label and sensitive attributes, as in `Synthesizer.sample`.
    rules
        Conditions that every row must obey, as `Predicate` reads them.
    where
        The condition of the rows that are asked for. Parts of it that `&` joins and that are about label and sensitive
        columns alone restrict the joint, so no row is rejected for them if the method is steerable.
    cap
        How often rows may be closer to training rows than to holdout rows.
    max_tries
        At most this many rows are drawn for each row that is asked for. A request of fewer than 100 rows may draw as
        many as one of 100.

    Returns
    -------
    Draw
        The table, and how many rows it took.

    Raises
    ------
    InputError
        A condition cannot be read, no cell meets `where`, the joint has cells that break a rule, a joint is given to a
        method that is not steerable, or rows are missing after the last try.

    Examples
    --------
    >>> from baselines.resample import Resample
    >>> from fairtab import Schema
    >>> frame = pd.DataFrame({"age": range(40), "sex": ["f", "m"] * 20, "y": [0, 0, 1, 1] * 10})
    >>> train = Table(frame, Schema(("age",), (), "y", 1, ("sex",)))
    >>> model = Resample().fit(train, train, seed=0)
    >>> drawn = draw(model, 20, seed=0, rules=["age >= 10"], where="sex == 'f'")
    >>> bool(drawn.table.frame["age"].min() >= 10), drawn.table.frame.groupby(["y", "sex"]).size().to_dict()
    (True, {(0, 'f'): 10, (1, 'f'): 10})
    """
    check_steerable(synthesizer, joint)
    obeyed = _predicates(rules)
    met = [] if where is None else Predicate(where).parts()
    is_given = joint is not None
    if synthesizer.steerable:
        own = cast(Steerable, synthesizer).joint
        cells = set(own.probability.index.names)
        for condition in (each for each in met if each.columns <= cells):
            joint = _restricted(requested(joint, own), condition)
        met = [each for each in met if not each.columns <= cells]
        for rule in (each for each in obeyed if each.columns <= cells):
            _check_obeyed(requested(joint, own), rule)
    obey = [_Test(rule.text, rule.false) for rule in obeyed]
    meet = [_Test(condition.text, _is_not(condition)) for condition in met]
    if cap:
        obey.append(_Test(cap.text, cap.rejecting(synthesizer, joint, seed=seed)))

    source = _Source(synthesizer, [*obey, *meet], n, seed=seed, most=max_tries * max(n, LEAST))
    if not synthesizer.steerable:
        frame = _anywhere(source, n, lambda size: source.block(size, source.tests), least=n)
    elif is_given or not meet:
        frame = _in_cells(source, n, joint, source.tests)
    else:

        def that_obey(size: int) -> Block:
            rows = _in_cells(source, size, joint, obey)
            return rows, _passes(rows, meet)

        frame = _anywhere(source, n, that_obey, least=EVEN)
    drawn = Draw(Table(frame, source.schema), source.n_drawn, source.n_accepted, source.rejected)
    log.info("%s", drawn)
    return drawn


@dataclass(frozen=True)
class _Test:
    text: str
    rejects: Callable[[pd.DataFrame], np.ndarray]


Block = tuple[pd.DataFrame, np.ndarray]  # rows, and which of them pass the tests: bool [N]


class _Source:
    """Blocks of rows of a synthesizer, each with a seed of its own, counted and limited."""

    def __init__(self, synthesizer: Synthesizer, tests: Sequence[_Test], n: int, *, seed: int, most: int) -> None:
        self.synthesizer, self.tests, self.seed, self.most = synthesizer, tests, seed, most
        self.size = max(n, BLOCK)
        self.n_blocks = self.n_drawn = self.n_accepted = 0
        self.rejected = dict.fromkeys((test.text for test in tests), 0)

    def limit(self, missing: str) -> int:
        """Return the most rows that the next block may have. Raises InputError if none is left."""
        if self.n_drawn >= self.most:
            summary = _summary(self.n_drawn, self.n_accepted, self.rejected)
            raise InputError(
                f"{missing} after the last try: {summary}. Ask for less, or allow more tries (`max_tries` in Python)"
            )
        return min(self.size, self.most - self.n_drawn)

    def block(self, n: int, tests: Sequence[_Test], joint: Joint | pd.DataFrame | None = None) -> Block:
        """Sample rows. The first block is what the synthesizer gives without rules.

        Each test sees a row once, because a test may reject at random.
        """
        seed = seeds.derive(self.seed, "redraw", self.n_blocks) if self.n_blocks else self.seed
        table = self.synthesizer.sample(n, seed=seed, joint=joint)
        self.schema = table.schema
        self.n_blocks += 1
        self.n_drawn += n
        accepted, passes = np.full(n, True), np.full(n, True)
        for test in self.tests:
            rejects = test.rejects(table.frame)
            self.rejected[test.text] += int(rejects.sum())
            accepted &= ~rejects
            if test in tests:
                passes &= ~rejects
        self.n_accepted += int(accepted.sum())
        return table.frame, passes

    def chosen(self, positions: np.ndarray, most: int) -> np.ndarray:
        """Return at most so many of the positions, at random, since a method may sort its rows."""
        rng = seeds.numpy_generator(self.seed, "choose", self.n_blocks)
        return np.sort(rng.permutation(positions)[:most])


def _anywhere(source: _Source, n: int, block: Callable[[int], Block], *, least: int) -> pd.DataFrame:
    """Take the rows that pass from blocks, until there are n."""
    kept: list[pd.DataFrame] = []
    n_kept = n_passed = n_judged = 0
    with progress("drawing rows that pass", n) as advance:
        while n_kept < n:
            size = ceil((n - n_kept) / _share(n_passed, n_judged) * SPARE) if n_judged else n
            frame, passes = block(min(max(size, least), source.limit(f"{n - n_kept:,} of {n:,} rows are missing")))
            rows = source.chosen(np.flatnonzero(passes), n - n_kept)
            if len(rows):
                kept.append(frame.iloc[rows])
            n_kept, n_passed, n_judged = n_kept + len(rows), n_passed + int(passes.sum()), n_judged + len(frame)
            advance(len(rows), f"{source.n_drawn:,} rows drawn")
    return pd.concat(kept, ignore_index=True)


def _in_cells(source: _Source, n: int, joint: Joint | pd.DataFrame | None, tests: Sequence[_Test]) -> pd.DataFrame:
    """Sample n rows, and replace those that do not pass by rows of the same label and groups."""
    frame, passes = source.block(n, tests, joint)
    names = list(source.schema.conditions)
    cells = pd.MultiIndex.from_frame(frame[names].drop_duplicates())

    def count(cell: np.ndarray) -> np.ndarray:
        return np.bincount(cell[cell >= 0], minlength=len(cells))

    cell = _cell_of(frame[names], cells)
    is_open, place = ~passes, np.arange(n)
    n_judged, n_passed = count(cell), count(cell[passes])
    kept, n_kept = [frame], n
    with progress("redrawing rows", int(is_open.sum())) as advance:
        while is_open.any():
            n_open = count(cell[is_open])
            need = n_open / _share(n_passed, n_judged)
            worst = f"{', '.join(names)} = {', '.join(map(str, cells[n_open.argmax()]))}"
            limit = source.limit(f"{is_open.sum():,} of {n:,} rows are missing (most of {worst})")
            size = min(ceil(need.sum() * SPARE), limit)
            counts = apportion(need / need.sum(), size)
            block, passes = source.block(size, tests, Joint(pd.Series(counts / size, index=cells)))
            cell_of_new = _cell_of(block[names], cells)
            n_judged, n_passed = n_judged + count(cell_of_new), n_passed + count(cell_of_new[passes])
            for k in np.flatnonzero(n_open):
                rows = source.chosen(np.flatnonzero(passes & (cell_of_new == k)), n_open[k])
                places = np.flatnonzero(is_open & (cell == k))[: len(rows)]
                place[places] = n_kept + np.arange(len(rows))
                is_open[places] = False
                if len(rows):
                    kept.append(block.iloc[rows])
                    n_kept += len(rows)
                    advance(len(rows), f"{source.n_drawn:,} rows drawn")
    return pd.concat(kept, ignore_index=True).iloc[place]


def _predicates(rules: Sequence[str] | str) -> list[Predicate]:
    return [Predicate(rule) for rule in ([rules] if isinstance(rules, str) else rules)]


def _is_not(condition: Predicate) -> Callable[[pd.DataFrame], np.ndarray]:
    return lambda frame: ~condition.true(frame)


def _passes(frame: pd.DataFrame, tests: Sequence[_Test]) -> np.ndarray:
    rejected = np.full(len(frame), False)
    for test in tests:
        rejected |= test.rejects(frame)
    return ~rejected


def _cell_of(conditions: pd.DataFrame, cells: pd.MultiIndex) -> np.ndarray:
    """Return the position of each row's label and groups in `cells`, -1 if they are not there."""
    return cells.get_indexer(pd.MultiIndex.from_frame(conditions))


def _share(n_passed: Any, n_judged: Any) -> Any:
    """Estimate the share of rows that pass: the mean of its posterior, from a uniform prior (Laplace)."""
    return (n_passed + 1) / (n_judged + 2)


def _restricted(joint: Joint, condition: Predicate) -> Joint:
    """Return p(y, s1..sN | condition)."""
    p = joint.probability[condition.true(joint.to_frame())]
    if not p.sum() > 0:
        raise InputError(f"{condition.text!r}: no label and groups of the joint meet it")
    return Joint(p / p.sum())


def _check_obeyed(joint: Joint, rule: Predicate) -> None:
    if (rule.false(joint.to_frame()) & (joint.probability > 0)).any():
        raise InputError(f"{rule.text!r}: the joint asks for label and groups that break this rule")


def _summary(n_drawn: int, n_accepted: int, rejected: Mapping[str, int]) -> str:
    words = f"{_percent(n_accepted / n_drawn)} of {n_drawn:,} rows drawn are accepted"
    most = max(rejected, key=lambda name: rejected[name], default=None)
    if most is None or not rejected[most]:
        return words
    if rejected[most] == n_drawn:
        return f"{words}; {most!r} rejects every one (see how its values are spelled)"
    return f"{words}; {most!r} rejects most ({_percent(rejected[most] / n_drawn)})"


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"
