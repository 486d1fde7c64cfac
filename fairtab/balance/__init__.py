"""Which labels and sensitive attributes to draw: joints, levels of balance, and the search for what a goal needs."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fairtab.balance.joint import MAX_LEVEL, Joint, apportion, cell_counts, check_level, requested, small_cells

if TYPE_CHECKING:
    from fairtab.balance.goal import Goal
    from fairtab.balance.searching import Search, search

# imported on first use: a search trains classifiers, and stands above the metrics that stand above joints
_HOMES = {"Goal": "goal", "Search": "searching", "search": "searching"}
__all__ = [
    "MAX_LEVEL",
    "Goal",
    "Joint",
    "Search",
    "apportion",
    "cell_counts",
    "check_level",
    "requested",
    "search",
    "small_cells",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fairtab.balance' has no attribute {name!r}")
    return getattr(import_module(f"fairtab.balance.{_HOMES[name]}"), name)
