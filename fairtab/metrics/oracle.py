"""The oracle: offsets of groups chosen with the labels of the scored rows in view. A ceiling, and nothing else.

A classifier is made fairer for groups by one number for each group, which moves the group's log-odds. A joint of the
training rows does this, and so do thresholds. The oracle takes the best numbers that there are for the very rows on
which it is scored. So it is not a learner, and `judgement` is the one place that calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
from scipy.special import expit, logit

from fairtab.errors import check_choice
from fairtab.learners.classifier import Model
from fairtab.metrics import fairness, utility
from fairtab.metrics.inputs import Predictions
from fairtab.metrics.score import WEIGHTS

SMALLEST = 1e-12  # a probability that is nearer to 0 or 1 counts as this near
N_AUC = 200  # how many splits have their AUC measured; it changes slowly, so those between are interpolated
SLACK = 0.001  # rows with equal scores stay together, so the selection rate may differ by this much


class Oracle:
    """The plain classifier, whose groups are moved to the best SCORE, at its own selection rate.

    Parameters
    ----------
    attribute : str, optional
        Whose groups are moved, as in the names of results. By default the first one.
    classifier : mapping or callable, optional
        The classifier (`fairtab.learners.classifier.Classifier`).

    Examples
    --------
    >>> import pandas as pd
    >>> y, sex = np.array([0, 0, 1, 1] * 2), pd.DataFrame({"sex": list("FFFFMMMM")})
    >>> probability = np.array([0.1, 0.3, 0.2, 0.4, 0.5, 0.7, 0.6, 0.8])  # women have the lower scores
    >>> plain = Predictions(y, probability, (probability > 0.5).astype(int), sex)
    >>> moved = Oracle().move(plain, min_group_rows=0)
    >>> int(plain.y_pred.sum()), moved.y_pred.tolist()
    (3, [0, 1, 0, 1, 0, 0, 0, 1])
    """

    def __init__(self, *, attribute: str | None = None, classifier: Model | None = None) -> None:
        self.attribute, self.model = attribute, classifier

    def move(self, predictions: Predictions, *, min_group_rows: int) -> Predictions:
        """Move the groups, with the labels in view.

        Parameters
        ----------
        predictions : Predictions
            Of the plain classifier.
        min_group_rows : int
            Groups with fewer rows of either label stay where they are.

        Returns
        -------
        Predictions
            The probabilities moved, and the labels that follow from them.

        Raises
        ------
        InputError
            The attribute is not sensitive.
        """
        by_attribute = fairness.groups_by_attribute(predictions.sensitive)
        attribute = self.attribute or next(iter(by_attribute))
        check_choice("learner.attribute", attribute, by_attribute)
        groups = by_attribute[attribute]
        is_large, _ = fairness.large_groups(predictions.y_true, groups, min_group_rows)
        offsets = _best_offsets(predictions, groups.astype(str).to_numpy(), is_large)
        moved = log_odds(predictions.probability) + offsets
        return replace(predictions, probability=expit(moved), y_pred=(moved > 0).astype(int))


class _Group:
    """A group's rows by falling score: what its ratios and offset are if the first k of them are selected."""

    def __init__(self, rows: np.ndarray, log_odds: np.ndarray, y: np.ndarray) -> None:
        self.rows = rows
        order = np.argsort(-log_odds, kind="stable")
        scores, y = log_odds[order], y[order]
        self.n, self.n_positive = len(y), int(y.sum())
        self.hits = np.r_[0, np.cumsum(y)]  # true positives among the first k
        edges = np.r_[scores[0] + 2, scores, scores[-1] - 2]
        self.offsets = -(edges[:-1] + edges[1:]) / 2  # moves the cut after the first k to 0
        self.cuts = np.flatnonzero(edges[:-1] > edges[1:])  # rows of equal score stay together
        self.own = int((scores > 0).sum())

    def nearest_cut(self, k: np.ndarray) -> np.ndarray:
        place = np.searchsorted(self.cuts, k).clip(1, len(self.cuts) - 1)  # none and all are always among the cuts
        below, above = self.cuts[place - 1], self.cuts[place]
        return np.where(k - below <= above - k, below, above)


def _best_offsets(predictions: Predictions, groups: np.ndarray, is_large: np.ndarray) -> np.ndarray:
    """Find the offset of each row's group: [N].

    The split of the selected rows between two groups is swept, pair by pair, until no pair gains. With three groups or
    more, that may end where only several pairs at once would gain. So it begins at equal shares, too.
    """
    at, y = log_odds(predictions.probability), predictions.y_true
    members = [np.flatnonzero(is_large & (groups == name)) for name in np.unique(groups[is_large])]
    found = [_Group(rows, at[rows], y[rows]) for rows in members]
    offsets = np.zeros(len(y))
    if len(found) < 2:
        return offsets

    def offsets_of(selected: np.ndarray) -> np.ndarray:
        moved = np.zeros(len(y))
        for group, k in zip(found, selected, strict=True):
            moved[group.rows] = group.offsets[k]
        return moved

    def auc(selected: np.ndarray) -> float:
        return utility.auc(y, at + offsets_of(selected))

    own = np.array([group.own for group in found])
    n_selected, slack = own.sum(), max(1, SLACK * len(y))
    equal = np.array([int(group.nearest_cut(np.array(group.n * n_selected / is_large.sum()))) for group in found])
    starts = [own, equal] if len(found) > 2 else [own]
    climbed = [_climb(found, start, n_selected, slack, auc) for start in starts]
    return offsets_of(max(climbed, key=lambda reached: reached[0])[1])


def _climb(
    found: list[_Group], selected: np.ndarray, n_selected: int, slack: float, auc: Callable[[np.ndarray], float]
) -> tuple[float, np.ndarray]:
    """Sweep pair by pair from a split [groups], until no pair gains: the SCORE, and the split that has it."""

    def merit(split: np.ndarray) -> float:
        return float(_merit(found, split[None], np.array([auc(split)]))[0])

    best = merit(selected) if abs(selected.sum() - n_selected) <= slack else -np.inf
    gained = True
    while gained:
        gained = False
        for a, b in combinations(range(len(found)), 2):
            rest = n_selected - (selected.sum() - selected[a] - selected[b])
            splits = np.repeat(selected[None], len(found[a].cuts), axis=0)  # [splits, groups]
            splits[:, a] = found[a].cuts
            splits[:, b] = found[b].nearest_cut(rest - splits[:, a])
            splits = splits[np.abs(splits.sum(axis=1) - n_selected) <= slack]
            if not len(splits):
                continue
            measured = np.unique(np.linspace(0, len(splits) - 1, N_AUC).round().astype(int))
            aucs = np.interp(np.arange(len(splits)), measured, [auc(splits[i]) for i in measured])
            chosen = splits[np.argmax(_merit(found, splits, aucs))]
            if (value := merit(chosen)) > best:
                best, selected, gained = value, chosen, True
    return best, selected


def _merit(groups: list[_Group], selected: np.ndarray, auc: np.ndarray) -> np.ndarray:
    """Compute SCORE for each row of `selected` [n, groups], -inf if it is undefined: [n]."""
    hits = np.stack([group.hits[k] for group, k in zip(groups, selected.T, strict=True)], axis=1)
    n, positive = (np.array([getattr(group, name) for group in groups]) for name in ("n", "n_positive"))
    with np.errstate(invalid="ignore", divide="ignore"):  # a ratio of rates that are all 0 is undefined
        dpr, tpr, fpr = (
            rates.min(axis=1) / rates.max(axis=1)
            for rates in (selected / n, hits / positive, (selected - hits) / (n - positive))
        )
    merit = WEIGHTS["auc"] * auc + WEIGHTS["dpr"] * dpr + WEIGHTS["eor"] * np.minimum(tpr, fpr)
    return np.where(np.isnan(merit), -np.inf, merit)


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Compute log-odds that are finite, even if a classifier says 0 or 1.

    Parameters
    ----------
    probability : array of float, shape [N]
        Probabilities.

    Returns
    -------
    array of float, shape [N]
        Their log-odds.

    Examples
    --------
    >>> log_odds(np.array([0.0, 0.5])).round(1).tolist()
    [-27.6, 0.0]
    """
    return logit(probability.clip(SMALLEST, 1 - SMALLEST))
