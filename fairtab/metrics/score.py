"""The paper's composite of utility and fairness (Sec. 5.4.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean


def score(auc: float, dpr: float, eor: float) -> float:
    """SCORE = 0.5 AUC + 0.25 DPR + 0.25 EOR."""
    return 0.5 * auc + 0.25 * dpr + 0.25 * eor


def scores(metrics: Mapping[str, float], attributes: Sequence[str]) -> dict[str, float]:
    """From results by name: SCORE with DPR and EOR averaged over the sensitive attributes, and SCORE for each."""
    auc = metrics["utility/auc"]
    dpr = [metrics[f"fairness/dpr/{name}"] for name in attributes]
    eor = [metrics[f"fairness/eor/{name}"] for name in attributes]
    each = {f"score/{name}": score(auc, *ratios) for name, *ratios in zip(attributes, dpr, eor, strict=True)}
    return {"score": score(auc, fmean(dpr), fmean(eor)), **each}
