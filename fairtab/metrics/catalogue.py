"""What each metric is called, which way is better, and what values it can have.

The functions themselves are in the modules beside. Reports read this, so it imports nothing heavy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

UNIT = (0.0, 1.0)
UNIFORM = "uniform_sensitive/"  # before the name of what was scored with the sensitive columns overwritten


@dataclass(frozen=True)
class Metric:
    """goal: "up" or "down" where more or less is better, a number where that value is the ideal, None where neither."""

    name: str  # as in results; a fairness metric's goes on with "/<attribute>"
    label: str  # as in tables
    goal: Literal["up", "down"] | float | None
    range: tuple[float, float] = UNIT


METRICS = {
    metric.name: metric
    for metric in (
        Metric("utility/auc", "AUC", "up"),
        Metric("utility/accuracy", "accuracy", "up"),
        Metric("utility/balanced_accuracy", "balanced accuracy", "up"),
        Metric("utility/f1", "F1", "up"),
        Metric("utility/positive_rate", "predicted positive rate", None),
        Metric("fairness/dpr", "DPR", "up"),
        Metric("fairness/eor", "EOR", "up"),
        Metric("fidelity/column_error", "column error", "down"),
        Metric("fidelity/pair_error", "pair error", "down"),
        Metric("privacy/dcr", "DCR, equal samples", 0.5),
        Metric("privacy/dcr_published", "DCR, as published", None),
        Metric("privacy/membership_auc", "membership inference AUC", 0.5),
        Metric("privacy/exact_copies", "exact copies", "down"),
        Metric("privacy/exact_copies_of_holdout", "exact copies, holdout", None),
        Metric("score", "SCORE", "up"),
        Metric(f"{UNIFORM}utility/auc", "AUC, uniform sensitive", "up"),
        Metric(f"{UNIFORM}fairness/dpr", "DPR, uniform sensitive", "up"),
        Metric(f"{UNIFORM}fairness/eor", "EOR, uniform sensitive", "up"),
    )
}

PRIVACY = tuple(name for name in METRICS if name.startswith("privacy/"))


def split_name(name: str) -> tuple[Metric, str]:
    """The metric that a result's name belongs to and the attribute it is of, "" where it is of none.

    "fairness/dpr/sex" is the metric "fairness/dpr" of "sex". Raises KeyError for a name that no metric has.
    """
    if name in METRICS:
        return METRICS[name], ""
    stem, _, attribute = name.rpartition("/")
    return METRICS[stem], attribute
