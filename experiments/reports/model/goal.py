"""The result of the search for a goal's joint, as rows. The terminal and the page show the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.columns import label

Reached = tuple[str, float | None, float | None, float | None]
SELECTED = "utility/positive_rate"
OLD = "validation rows"  # what searches measured on before they said it


def title(found: Mapping[str, Any]) -> str:
    """Say what was asked for and whether it was met. found: as in a run's folder `search`."""
    return f"The goal ({found['asked']}), {verdict(found)}"


def verdict(found: Mapping[str, Any]) -> str:
    """Say whether the goal was met. found: as in a run's folder `search`."""
    return f"met on {measured_on(found)}" if found["met"] else "not met: this is the nearest"


def measured_on(found: Mapping[str, Any]) -> str:
    """Say which rows the joint was chosen on. found: as in a run's folder `search`; older ones do not say."""
    return str(found.get("measured_on", OLD))


def headings(found: Mapping[str, Any]) -> tuple[str, str, str]:
    """Give the headings of what `reached` lists behind the label. found: as in a run's folder `search`."""
    return "bound", f"chosen on {measured_on(found)}", "test rows"


def label_rates(found: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """Give each group and its share of positive labels in the real and in the synthetic table."""
    return [
        (f"{name} {value}", own, chosen)
        for name, values in found["label_rate"].items()
        for value, (own, chosen) in values.items()
    ]


def reached(found: Mapping[str, Any], metrics: Mapping[str, float]) -> list[Reached]:
    """Give what the joint reaches.

    Parameters
    ----------
    found : mapping
        As in a run's folder `search`.
    metrics : mapping
        The metrics of the run, on test rows.

    Returns
    -------
    list of tuple
        For each metric of the goal its label, its bound, and its values on the rows of the search and on test rows.
    """
    names = {"auc": ["utility/auc"]}
    names |= {kind: [f"fairness/{kind}/{name}" for name in found["attributes"]] for kind in ("dpr", "eor")}
    rows: list[Reached] = [
        (label(name), found["bounds"].get(quantity), found["validation"].get(name), metrics.get(name))
        for quantity, of_quantity in names.items()
        for name in of_quantity
    ]
    return [*rows, (label(SELECTED), None, found["validation"].get(SELECTED), metrics.get(SELECTED))]
