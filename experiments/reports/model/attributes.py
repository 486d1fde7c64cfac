"""Which sensitive attribute a table or figure is about if it shows one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def shown_attribute(facts: Mapping[str, Any]) -> str:
    """Choose the attribute by what is noted of the dataset: the paper's, or else the first."""
    paper = facts.get("paper")
    return str(paper["attribute"] if paper else facts["sensitive"][0])


def first_attribute(runs: pd.DataFrame) -> str | None:
    """Choose the attribute by the runs of a dataset alone: the first that they have a SCORE of.

    It is None if they have none, because the label does not have two values.
    """
    scored = (name for name in runs if name.startswith("score/") and runs[name].notna().any())
    return next((name.removeprefix("score/") for name in scored), None)
