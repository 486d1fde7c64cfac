"""FairTab: fair synthetic tables by guided diffusion.

Examples
--------
One epoch, so that this takes a second. The default settings give a table worth having.

>>> from fairtab import FairTab, load_dataset
>>> split = load_dataset("compas")
>>> model = FairTab(epochs=1, min_steps=1).fit(split.train, split.validation, seed=0)
>>> len(model.sample(100, seed=0).frame)
100
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fairtab.codec import Codec
    from fairtab.datasets.loading import load_dataset
    from fairtab.errors import InputError
    from fairtab.front.check import check
    from fairtab.front.fit import fit
    from fairtab.front.inspect import inspect
    from fairtab.front.make import make
    from fairtab.front.sample import sample
    from fairtab.goals.goal import Goal
    from fairtab.goals.search import SearchResult, search_joint
    from fairtab.joint import Joint
    from fairtab.model import FairTab
    from fairtab.model.completing import complete
    from fairtab.report import Report
    from fairtab.rules.drawing import Draw, check_rules, draw
    from fairtab.rules.predicate import Predicate
    from fairtab.table import Schema, Split, Table

# The module of each public name. It is imported on first use, since torch and Lightning take seconds.
_MODULES = {
    "Codec": "codec",
    "Draw": "rules.drawing",
    "FairTab": "model",
    "Goal": "goals.goal",
    "InputError": "errors",
    "Joint": "joint",
    "Predicate": "rules.predicate",
    "Schema": "table",
    "SearchResult": "goals.search",
    "Split": "table",
    "Table": "table",
    "check_rules": "rules.drawing",
    "complete": "model.completing",
    "draw": "rules.drawing",
    "load_dataset": "datasets.loading",
    "search_joint": "goals.search",
    # the front door
    "Report": "report",
    "check": "front.check",
    "fit": "front.fit",
    "inspect": "front.inspect",
    "make": "front.make",
    "sample": "front.sample",
}
__all__ = [
    "Codec",
    "Draw",
    "FairTab",
    "Goal",
    "InputError",
    "Joint",
    "Predicate",
    "Report",
    "Schema",
    "SearchResult",
    "Split",
    "Table",
    "check",
    "check_rules",
    "complete",
    "draw",
    "fit",
    "inspect",
    "load_dataset",
    "make",
    "sample",
    "search_joint",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'fairtab' has no attribute {name!r}")
    return getattr(import_module(f"fairtab.{_MODULES[name]}"), name)
