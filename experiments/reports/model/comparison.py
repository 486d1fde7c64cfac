"""The comparison of methods: runs by dataset and method, and the values that tables show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from experiments import methods
from experiments.methods import Method
from experiments.reports.model.published import published_datasets, with_spread
from experiments.reports.model.values import Value
from experiments.sweep.grid import Grid
from fairtab.metrics.catalogue import ATTACKS, PRIVACY, UNIFORM

AUC = "utility/auc"
OTHERS_TABLE = "†"


@dataclass(frozen=True)
class Comparison:
    """The comparison of methods that tables show.

    Parameters
    ----------
    runs : pandas.DataFrame
        The runs' frame, of the paper's protocol.
    facts : mapping
        The facts of each dataset (`dataset.json`).
    grid : Grid
        The datasets, methods and seeds that the benchmark asks for.
    """

    runs: pd.DataFrame
    facts: Mapping[str, Mapping[str, Any]]
    grid: Grid

    @property
    def datasets(self) -> list[str]:
        """The datasets of the benchmark, then other datasets that have runs."""
        ran = [] if self.runs.empty else sorted(set(self.runs["dataset"]))
        return [*self.grid.datasets, *(name for name in ran if name not in self.grid.datasets)]

    def of_paper(self) -> Comparison:
        """Keep the datasets that the paper's tables have, by their name here or there."""
        return self._of(name for name in self.datasets if self._is_of_paper(name))

    def beyond_paper(self) -> Comparison:
        """Keep the datasets that the paper does not have."""
        return self._of(name for name in self.datasets if not self._is_of_paper(name))

    def _is_of_paper(self, dataset: str) -> bool:
        return dataset in published_datasets() or bool(self.facts.get(dataset, {}).get("paper"))

    def _of(self, datasets: Iterable[str]) -> Comparison:
        kept = set(datasets)
        runs = self.runs if self.runs.empty else self.runs[self.runs["dataset"].isin(kept)]
        asked = tuple(name for name in self.grid.datasets if name in kept)
        return replace(self, runs=runs, grid=replace(self.grid, datasets=asked))

    @property
    def methods(self) -> list[Method]:
        """The methods of the benchmark, other methods that have runs, and those that only the paper has."""
        ran = [] if self.runs.empty else self.runs["method"]
        return methods.rows([*self.grid.methods, *ran])

    def of_cell(self, dataset: str, method: str | None) -> pd.DataFrame:
        """Choose the runs of a dataset and method, one row for each seed."""
        if self.runs.empty:
            return self.runs
        return self.runs[self.runs["dataset"].eq(dataset) & self.runs["method"].eq(method)]

    def attributes(self, dataset: str) -> list[str]:
        """Name the sensitive attributes as metrics do: the paper's first, their intersection last.

        The list is empty if no run has recorded them.
        """
        sensitive = self.facts.get(dataset, {}).get("sensitive", [])
        paper = (self.facts.get(dataset, {}).get("paper") or {}).get("attribute")
        ordered = sorted(sensitive, key=lambda name: name != paper)
        return [*ordered, *(["*".join(sensitive)] if len(sensitive) > 1 else [])]

    def title(self, dataset: str) -> str:
        """Name a dataset, with a mark if the paper has another table under this name."""
        facts = self.facts.get(dataset)
        return dataset + (OTHERS_TABLE if facts and not facts["paper"] else "")

    def value(self, dataset: str, method: Method, metric: str) -> Value:
        """Summarise a metric over seeds. "{a}" in its name stands for the dataset's first attribute."""
        name = metric.format(a=next(iter(self.attributes(dataset)), ""))
        runs = self.of_cell(dataset, method.name)
        # this metric is never undefined, so it counts the seeds that were measured
        prefix = UNIFORM if name.startswith(UNIFORM) else ""
        judged = name if name in PRIVACY else ATTACKS[0] if name in ATTACKS else prefix + AUC
        published = with_spread(self.facts.get(dataset, {}).get("paper"), method.paper).get(name)
        return Value.over_seeds(
            column(runs, name),
            measured=int(column(runs, judged).notna().sum()),
            asked=0 if name in ATTACKS else self.asked(dataset, method),  # the benchmark attacks no table
            full=len(self.grid.seeds),
            published=published,
        )

    def asked(self, dataset: str, method: Method) -> int:
        """Count the seeds that the benchmark asks for."""
        return len(self.grid.seeds) if dataset in self.grid.datasets and method.name in self.grid.methods else 0


def column(runs: pd.DataFrame, name: str) -> pd.Series:
    """Take a column of the runs' frame as numbers; all nan if no run has it."""
    return runs[name].astype(float) if name in runs else pd.Series(index=runs.index, dtype=float)
