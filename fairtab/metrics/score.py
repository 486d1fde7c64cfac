"""SCORE: the paper's composite of utility and fairness (Sec. 5.4.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

WEIGHTS = {"auc": 0.5, "dpr": 0.25, "eor": 0.25}
FORMULA = " + ".join(f"{weight:g} {name.upper()}" for name, weight in WEIGHTS.items())


def score(auc: float, dpr: float, eor: float) -> float:
    """Add up AUC, DPR and EOR by the weights of SCORE (`FORMULA`).

    Parameters
    ----------
    auc, dpr, eor : float
        The area under the ROC curve, and the demographic parity and equalized odds ratios.

    Returns
    -------
    float
        SCORE, nan if one of them is nan.

    Examples
    --------
    >>> FORMULA
    '0.5 AUC + 0.25 DPR + 0.25 EOR'
    >>> score(auc=0.9, dpr=0.4, eor=0.8)
    0.75
    """
    return WEIGHTS["auc"] * auc + WEIGHTS["dpr"] * dpr + WEIGHTS["eor"] * eor


def scores(metrics: Mapping[str, float], attributes: Sequence[str]) -> dict[str, float]:
    """Compute SCORE over all attributes, and for each of them.

    Parameters
    ----------
    metrics : mapping of str to float
        AUC, and DPR and EOR of each attribute, by their names in results.
    attributes : sequence of str
        The sensitive attributes.

    Returns
    -------
    dict of str to float
        "score", with DPR and EOR averaged over the attributes, and "score/<attribute>" for each.

    Examples
    --------
    >>> scores({"utility/auc": 0.9, "fairness/dpr/sex": 0.4, "fairness/eor/sex": 0.8}, ["sex"])
    {'score': 0.75, 'score/sex': 0.75}
    """
    auc = metrics["utility/auc"]
    dpr = [metrics[f"fairness/dpr/{name}"] for name in attributes]
    eor = [metrics[f"fairness/eor/{name}"] for name in attributes]
    each = {f"score/{name}": score(auc, *ratios) for name, *ratios in zip(attributes, dpr, eor, strict=True)}
    return {"score": score(auc, fmean(dpr), fmean(eor)), **each}
