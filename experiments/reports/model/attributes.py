"""Which sensitive attribute a table or figure is about if it shows one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def shown_attribute(facts: Mapping[str, Any]) -> str:
    """Choose the attribute by what is noted of the dataset: the paper's, or else the first."""
    paper = facts.get("paper")
    return str(paper["attribute"] if paper else facts["sensitive"][0])


def first_attribute(runs: pd.DataFrame) -> str:
    """Choose the attribute by the runs of a dataset alone: the first that they have a SCORE of."""
    return next(n.removeprefix("score/") for n in runs if n.startswith("score/") and runs[n].notna().any())
