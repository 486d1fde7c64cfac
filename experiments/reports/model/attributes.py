"""Which sensitive attribute a table or figure is about if it shows one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def shown_attribute(facts: Mapping[str, Any]) -> str:
    """Choose the attribute by what is noted of the dataset: the paper's, or else the first."""
    paper = facts.get("paper")
    return str(paper["attribute"] if paper else facts["sensitive"][0])


def compared_attribute(facts: Mapping[str, Any] | None) -> str | None:
    """Choose the attribute of SCORE; None if nothing is noted, or if the label does not have two values."""
    return shown_attribute(facts) if facts and "positive" in facts else None
