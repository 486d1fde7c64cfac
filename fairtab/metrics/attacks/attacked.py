"""All attacks on one synthetic table. The catalogue names these attributes as the inputs of its metrics."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd

from fairtab.metrics import privacy
from fairtab.metrics.attacks import cells, density_ratio, groups
from fairtab.metrics.attacks.cells import CellDcr
from fairtab.metrics.attacks.gower import Gower
from fairtab.metrics.attacks.groups import GroupAtRisk
from fairtab.metrics.attacks.guesses import Guesses
from fairtab.metrics.attacks.inference import inferred
from fairtab.metrics.attacks.linkability import linked
from fairtab.metrics.attacks.singling_out import singled_out
from fairtab.metrics.closest import MAX_ROWS, draw_at_most
from fairtab.table import Split, Table

MAX_MEMBERS = 5000  # whose membership is guessed, and as many others
MAX_GUESSES = 2000  # of each other attack


class Attacked:
    """A synthetic table under attack. Each attack is made when it is first asked for.

    Members are training rows, and others are as many holdout rows. The attacker of the density ratio also has the
    validation rows, of which none was learned from.

    Parameters
    ----------
    synthetic : Table
        The synthetic table.
    split : Split
        The real tables.
    seed : int
        Decides which rows are drawn, and what is guessed.
    min_group_rows : int
        Leave out groups with fewer members, or with fewer others.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> schema = Schema(("age",), (), "paid", 1, ("sex",))
    >>> table = lambda ages: Table(pd.DataFrame({"age": ages, "paid": 0, "sex": "F"}), schema)
    >>> train, test = table(range(0, 40, 4)), table(range(2, 42, 4))
    >>> attacked = Attacked(train, Split(train, test, test), seed=0, min_group_rows=5)
    >>> density_ratio.auc(attacked.log_density_ratio, attacked.is_member)
    1.0
    >>> [group.name for group in attacked.groups]
    ['sex = F', 'paid*sex = 0, F']
    """

    def __init__(self, synthetic: Table, split: Split, seed: int, min_group_rows: int = 15) -> None:
        self.synthetic = synthetic
        self.split, self.seed, self.min_group_rows = split, seed, min_group_rows

    def _targets(self, most: int) -> tuple[Table, Table]:
        """Draw members, and as many others."""
        train, others = self.split.train, self.split.holdout
        n = min(len(train), len(others), most)
        return draw_at_most(train, n, self.seed), draw_at_most(others, n, self.seed)

    @cached_property
    def _sample(self) -> Table:
        return draw_at_most(self.synthetic, MAX_ROWS, self.seed)

    @cached_property
    def _real(self) -> Table:
        """Members, then others."""
        members, others = self._targets(MAX_MEMBERS)
        return Table(pd.concat([members.frame, others.frame], ignore_index=True), self.split.schema)

    @cached_property
    def _distances(self) -> np.ndarray:
        reference = draw_at_most(self.split.validation, MAX_ROWS, self.seed)
        return density_ratio.log_distances(self._real, self._sample, reference)

    @cached_property
    def is_member(self) -> np.ndarray:
        """Which real rows were learned from: bool [real rows]."""
        return np.arange(len(self._real)) < len(self._real) // 2

    @cached_property
    def log_density_ratio(self) -> np.ndarray:
        """The log-density of synthetic rows minus that of reference rows, at real rows: [real rows]."""
        return density_ratio.log_density_ratio(self._distances)

    @cached_property
    def _groups(self) -> tuple[list[GroupAtRisk], list[tuple[str, int]]]:
        copies = privacy.exact_copies(self._sample, self.split.train)
        return groups.groups_at_risk(
            self._real, self.is_member, self._distances, self._sample, copies, min_rows=self.min_group_rows
        )

    @property
    def groups(self) -> list[GroupAtRisk]:
        """Membership and copies in each group and cell that has rows enough."""
        return self._groups[0]

    @property
    def left_out(self) -> list[tuple[str, int]]:
        """The groups and cells that have too few rows, in words, and their rows."""
        return self._groups[1]

    @cached_property
    def cells(self) -> list[CellDcr]:
        """The DCR of each cell that has rows enough."""
        rows = self._targets(MAX_MEMBERS)
        return cells.cell_dcrs(self._sample, *rows, min_rows=self.min_group_rows, seed=self.seed)

    @cached_property
    def singling_out(self) -> Guesses:
        """Guesses that a single row meets a predicate."""
        *guessed, design = singled_out(self._sample, *self._targets(MAX_ROWS), n=MAX_GUESSES, seed=self.seed)
        return _counted(*guessed)._replace(design=design)

    @cached_property
    def linkability(self) -> Guesses:
        """Guesses that two halves are of one record."""
        targets = self._targets(MAX_GUESSES)
        return _counted(*(linked(self._sample, rows, self._gower, seed=self.seed) for rows in targets))

    @cached_property
    def inference(self) -> Guesses:
        """Guesses of a value that is not known."""
        targets = self._targets(MAX_GUESSES)
        return _counted(*(inferred(self._sample, rows, self._gower, seed=self.seed) for rows in targets))

    @property
    def notes(self) -> list[str]:
        """Name the groups at most risk, and those of which nothing is known."""
        said = []
        if worst := groups.worst(self.groups):
            said.append(
                f"attacks: training rows of {worst.name} are told best, with an AUC of {worst.density_ratio_auc:.3f} "
                f"({worst.low:.3f} to {worst.high:.3f} at 95%, for all {len(self.groups)} groups at once)"
            )
        if (copied := groups.most_copied(self.groups)) and copied.n_copies:
            low, high = copied.copies_interval
            said.append(
                f"attacks: {copied.name} has the most copies of training rows: {copied.copies:.2%} of its synthetic "
                f"rows ({low:.2%} to {high:.2%} at 95%)"
            )
        if (nearest := cells.worst(self.cells)) and nearest.dcr > nearest.chance:
            said.append(
                f"attacks: rows of {nearest.name} are closest to training rows of it, compared with as many test rows: "
                f"a DCR of {nearest.dcr:.3f}, and at most {nearest.chance:.3f} by chance (at 95%, for all "
                f"{len(self.cells)} cells at once)"
            )
        if self.left_out:
            few = f"attacks: groups with fewer than {self.min_group_rows} training or test rows, left out"
            named = [f"{group} ({n})" for group, n in self.left_out if n > 1]  # what one row alone has is that row's
            single = len(self.left_out) - len(named)
            said.append(f"{few}: {'; '.join([*named, *([f'{single} of a single row'] if single else [])])}")
        return said

    @cached_property
    def _gower(self) -> Gower:
        return Gower([self._sample, *self._targets(MAX_GUESSES)])


def _counted(of_members: np.ndarray, of_others: np.ndarray) -> Guesses:
    return Guesses(int(of_members.sum()), len(of_members), int(of_others.sum()), len(of_others))
