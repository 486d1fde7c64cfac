"""The catalogue of metrics: one row says all there is to know of a metric.

To add a metric, write its function in a module beside this one and add its row here. `evaluate` walks the rows, and
tables and pages take names, order and headings from them. Reports import this module, so it imports nothing heavy: a
row names its function, and the function is imported when it is first called.
"""

from __future__ import annotations

import math
import pkgutil
from dataclasses import dataclass, replace
from typing import Literal

from fairtab.task import Task

UNIT = (0.0, 1.0)
LABELS = (Task.BINARY, Task.CLASSES)
ALL = tuple(Task)
UNIFORM = "uniform_sensitive/"  # begins the name of a metric whose sensitive columns were overwritten


@dataclass(frozen=True)
class Metric:
    """One metric: what it is called, which values are good, and how it is computed.

    Parameters
    ----------
    name : str
        The name in results. It begins with the metric's family: "utility/auc" belongs to "utility".
    label : str
        The name in words.
    goal : {"up", "down"}, float or None
        "up" if more is better, "down" if less is better, a number if that value is the ideal, None if there is none.
    function : str
        The function that computes it, as "module.function" in this package.
    inputs : tuple of str
        The arguments of the function, in order. For the family "utility" they are attributes of `inputs.Predictions`,
        for "fairness" of `fairness.GroupPredictions` or `fairness.NumberPredictions`, for "fidelity" and "privacy" of
        `inputs.Tables`, for "attacks" of `attacks.attacked.Attacked`.
    short : str, optional
        The heading of a table's column if it differs from `label`.
    range : tuple of float
        The lowest and the highest value there can be.
    digits : int
        How many decimals tables show.
    per_attribute : bool
        Whether there is a value for each sensitive attribute: results have "fairness/dpr/sex".
    uniform_sensitive : bool
        Whether it is also computed after the sensitive columns were overwritten (`evaluate.score_uniform_sensitive`).
    tasks : tuple of Task
        The kinds of label that it is for.
    of_number : bool
        Whether it is about a sensitive number, such as an age, and not about its groups.

    Examples
    --------
    >>> METRICS["fairness/dpr"].label
    'DPR'
    """

    name: str
    label: str
    goal: Literal["up", "down"] | float | None
    function: str
    inputs: tuple[str, ...]
    short: str = ""
    range: tuple[float, float] = UNIT
    digits: int = 3
    per_attribute: bool = False
    uniform_sensitive: bool = False
    tasks: tuple[Task, ...] = (Task.BINARY,)
    of_number: bool = False

    @property
    def heading(self) -> str:
        """The heading of a table's column."""
        return self.short or self.label

    @property
    def family(self) -> str:
        """The first part of the name."""
        return self.name.partition("/")[0]

    def compute(self, given: object) -> float:
        """Call the metric's function.

        Parameters
        ----------
        given : object
            Has an attribute for each of `inputs`.

        Returns
        -------
        float
            The value, nan if it is undefined.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> METRICS["utility/positive_rate"].compute(SimpleNamespace(y_pred=[1, 0, 0, 0]))
        0.25
        """
        module, _, name = self.function.rpartition(".")
        function = pkgutil.resolve_name(f"fairtab.metrics.{module}:{name}")
        return float(function(*(getattr(given, argument) for argument in self.inputs)))


_GROUPS = ("groups",)


def _guessed(attack: str, label: str) -> tuple[Metric, ...]:
    """Return the rows of an attack that guesses: its risk with an interval, and both rates."""
    between = (-1.0, 1.0)
    return (
        Metric(
            f"attacks/{attack}_risk", f"{label}, risk", 0.0, "attacks.guesses.risk", (attack,), "", between, tasks=ALL
        ),
        Metric(
            f"attacks/{attack}_low", f"{label}, low", None, "attacks.guesses.low", (attack,), "", between, tasks=ALL
        ),
        Metric(
            f"attacks/{attack}_high", f"{label}, high", None, "attacks.guesses.high", (attack,), "", between, tasks=ALL
        ),
        Metric(f"attacks/{attack}_rate", f"{label}, rate", "down", "attacks.guesses.rate", (attack,), tasks=ALL),
        Metric(f"attacks/{attack}_control", f"{label}, control", None, "attacks.guesses.control", (attack,), tasks=ALL),
    )


_ROWS = (
    Metric("utility/auc", "AUC", "up", "utility.auc", ("y_true", "probability"), uniform_sensitive=True),
    Metric(
        "utility/macro_auc",
        "macro AUC",
        "up",
        "utility.macro_auc",
        ("y_true", "probability"),
        tasks=(Task.CLASSES,),
    ),
    Metric(
        "utility/r2", "R2", "up", "utility.r2", ("y_true", "y_pred"), range=(-math.inf, 1), tasks=(Task.REGRESSION,)
    ),
    Metric("utility/accuracy", "accuracy", "up", "utility.accuracy", ("y_true", "y_pred"), tasks=LABELS),
    Metric(
        "utility/balanced_accuracy",
        "balanced accuracy",
        "up",
        "utility.balanced_accuracy",
        ("y_true", "y_pred"),
        tasks=LABELS,
    ),
    Metric("utility/f1", "F1", "up", "utility.f1", ("y_true", "y_pred")),
    Metric(
        "utility/positive_rate",
        "predicted positive rate",
        None,
        "utility.positive_rate",
        ("y_pred",),
        short="predicted positive",
    ),
    Metric(
        "fairness/dpr",
        "DPR",
        "up",
        "fairness.demographic_parity_ratio",
        ("y_pred", "groups"),
        per_attribute=True,
        uniform_sensitive=True,
    ),
    Metric(
        "fairness/eor",
        "EOR",
        "up",
        "fairness.equalized_odds_ratio",
        ("y_true", "y_pred", "groups"),
        per_attribute=True,
        uniform_sensitive=True,
    ),
    Metric(
        "fairness/class_parity",
        "class parity",
        "up",
        "fairness.class_parity",
        ("y_pred", "groups"),
        per_attribute=True,
        tasks=(Task.CLASSES,),
    ),
    Metric(
        "fairness/mean_parity",
        "mean parity",
        "up",
        "fairness.mean_parity",
        ("y_pred", "groups"),
        per_attribute=True,
        tasks=(Task.REGRESSION,),
    ),
    Metric(
        "fairness/quantile_parity",
        "quantile parity",
        "up",
        "fairness.quantile_parity",
        ("y_pred", "groups"),
        per_attribute=True,
        tasks=(Task.REGRESSION,),
    ),
    Metric(
        "fairness/independence",
        "independence",
        "up",
        "dependence.independence",
        ("y_pred", "number"),
        per_attribute=True,
        tasks=ALL,
        of_number=True,
    ),
    Metric("score", "SCORE", "up", "score.score", ("auc", "dpr", "eor"), per_attribute=True),
    Metric("fidelity/column_error", "column error", "down", "fidelity.column_error", ("synthetic", "test"), tasks=ALL),
    Metric("fidelity/pair_error", "pair error", "down", "fidelity.average", ("pair_errors",), tasks=ALL),
    Metric("privacy/dcr", "DCR, equal samples", 0.5, "privacy.dcr", ("distances",), short="DCR", tasks=ALL),
    Metric("privacy/dcr_published", "DCR, as published", None, "privacy.dcr_published", ("distances",), tasks=ALL),
    Metric(
        "privacy/membership_auc", "membership inference AUC", 0.5, "privacy.membership_auc", ("distances",), tasks=ALL
    ),
    Metric("privacy/exact_copies", "exact copies", "down", "privacy.share", ("copies",), tasks=ALL),
    Metric(
        "privacy/exact_copies_of_holdout",
        "exact copies, holdout",
        None,
        "privacy.share",
        ("copies_in_holdout",),
        tasks=ALL,
    ),
    Metric(
        "attacks/density_ratio_auc",
        "density ratio AUC",
        0.5,
        "attacks.density_ratio.auc",
        ("log_density_ratio", "is_member"),
        tasks=ALL,
    ),
    Metric(
        "attacks/worst_group_auc", "density ratio AUC, worst group", 0.5, "attacks.groups.worst_auc", _GROUPS, tasks=ALL
    ),
    Metric(
        "attacks/worst_group_low",
        "density ratio AUC, worst group, lower limit",
        None,
        "attacks.groups.worst_low",
        _GROUPS,
        tasks=ALL,
    ),
    Metric(
        "attacks/most_copies", "exact copies, worst group", "down", "attacks.groups.most_copies", _GROUPS, tasks=ALL
    ),
    Metric("attacks/worst_cell_dcr", "DCR, worst cell", 0.5, "attacks.cells.worst_dcr", ("cells",), tasks=ALL),
    Metric(
        "attacks/worst_cell_chance",
        "DCR, worst cell, by chance at most",
        None,
        "attacks.cells.worst_chance",
        ("cells",),
        range=(0.0, math.inf),
        tasks=ALL,
    ),
    *_guessed("singling_out", "singling out"),
    *_guessed("linkability", "linkability"),
    *_guessed("inference", "attribute inference"),
)

METRICS = {metric.name: metric for metric in _ROWS} | {
    UNIFORM + metric.name: replace(metric, name=UNIFORM + metric.name, label=f"{metric.label}, uniform sensitive")
    for metric in _ROWS
    if metric.uniform_sensitive
}


def family(name: str, task: Task = Task.BINARY) -> tuple[Metric, ...]:
    """Give the metrics of a family in order.

    Parameters
    ----------
    name : str
        The first part of their names.
    task : Task
        The kind of label that they are for.

    Returns
    -------
    tuple of Metric
        As they stand in the catalogue.

    Examples
    --------
    >>> [metric.label for metric in family("fairness")]
    ['DPR', 'EOR', 'independence']
    >>> [metric.label for metric in family("utility", Task.REGRESSION)]
    ['R2']
    """
    return tuple(metric for metric in METRICS.values() if metric.family == name and task in metric.tasks)


PRIVACY = tuple(metric.name for metric in family("privacy"))
ATTACKS = tuple(metric.name for metric in family("attacks"))


def split_name(name: str) -> tuple[Metric, str]:
    """Split the name of a result into its metric and its attribute.

    Parameters
    ----------
    name : str
        As in results.

    Returns
    -------
    metric : Metric
        The metric that the name belongs to.
    attribute : str
        The attribute that ends the name, "" if there is none.

    Raises
    ------
    KeyError
        No metric has that name.

    Examples
    --------
    >>> metric, attribute = split_name("fairness/dpr/sex")
    >>> metric.label, attribute
    ('DPR', 'sex')
    """
    if name in METRICS:
        return METRICS[name], ""
    stem = next((stem for stem in METRICS if name.startswith(f"{stem}/")), name)  # an attribute may have slashes
    return METRICS[stem], name.removeprefix(f"{stem}/")


def is_metric(name: str) -> bool:
    """Tell whether a name is that of a result.

    Parameters
    ----------
    name : str
        As in results.

    Returns
    -------
    bool
        Whether `split_name` knows its metric.

    Examples
    --------
    >>> is_metric("fairness/dpr/sex"), is_metric("seconds/fit")
    (True, False)
    """
    try:
        split_name(name)
    except KeyError:
        return False
    return True
