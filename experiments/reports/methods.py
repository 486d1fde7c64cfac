"""Methods as tables and figures name and order them: the paper's first, as in the paper, then those that it lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from experiments.reports.published import OURS


@dataclass(frozen=True)
class Method:
    """name: as in runs, None for a method that only the paper has; paper: the paper's name for it, None where it has
    none. Ceilings and the floor are there to compare with, and take no place among the best; `fair` ones set out to
    treat groups alike."""

    name: str | None
    label: str
    paper: str | None = None
    kind: Literal["ceiling", "plain", "fair", "floor"] = "plain"


RECOMMENDED = "fairtab"  # ours, whose columns, levels and goals are shown
METHODS = (
    Method("real", "real table", "Real", "ceiling"),
    Method("resample", "real rows resampled", None, "ceiling"),
    Method(None, "CoDi", "CoDi"),
    Method(None, "GReaT", "GReaT"),
    Method("smote", "SMOTE", "SMOTE"),
    Method(None, "STaSy", "STaSy"),
    Method("tabddpm", "TabDDPM", "TabDDPM"),
    Method(None, "TabSyn", "TabSyn"),
    Method("faircb", "FairCB", "FairCB", "fair"),
    Method("fairtgan", "FairTGAN", "FairTGAN", "fair"),
    Method("fairtab", "FairTab", OURS, "fair"),
    Method("fairtab_paper", "FairTab, as published", OURS, "fair"),
    Method("ctgan", "CTGAN"),
    Method("tvae", "TVAE"),
    Method("independent", "independent columns", None, "floor"),
)


def rows(names: Iterable[str]) -> list[Method]:
    """These methods in order, and among them those that only the paper has; unknown ones stand before the floor."""
    names = set(names)
    known = {method.name for method in METHODS}
    unknown = [Method(name, name) for name in sorted(names - known)]
    shown = [method for method in METHODS if method.name is None or method.name in names]
    floor = [method for method in shown if method.kind == "floor"]
    return [*(method for method in shown if method.kind != "floor"), *unknown, *floor]


def in_paper(name: str) -> str | None:
    """The paper's name for a method, None where it has none."""
    return next((method.paper for method in METHODS if method.name == name), None)


def label(name: str) -> str:
    return next((method.label for method in METHODS if method.name == name), name)
