"""Reductions: a mixture of classifiers that keeps a bound on unfairness (Agarwal et al. 2018), by fairlearn."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from fairtab import seeds
from fairtab.errors import check_choice
from fairtab.learners.classifier import Model, as_inputs, check_classes, make_model
from fairtab.learners.learner import Decisions, Learner, groups_of
from fairtab.table import Table

CONSTRAINTS = ("demographic_parity", "equalized_odds")


class Reductions(Learner):
    """fairlearn's ExponentiatedGradient around the classifier.

    It trains a classifier again and again, with other labels and weights, and mixes what it has trained. A row gets the
    label of a classifier that is drawn for this row.

    Parameters
    ----------
    constraint : {"demographic_parity", "equalized_odds"}
        Which rates may differ between groups by no more than `bound`.
    bound : float
        The largest difference between a group's rate and that of all rows, in training.
    max_iter : int
        The largest number of rounds.
    attribute : str, optional
        Whose groups are meant (`learner.groups_of`).
    classifier : mapping or callable, optional
        As of `learner.Learner`. Its `fit` takes `sample_weight`.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(20, 60), "sex": ["F", "M"] * 20, "paid": [0] * 20 + [1] * 20})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> learner = Reductions(max_iter=2, classifier={"iterations": 10}).fit(table, table, seed=0)
    >>> learner.predict(table.inputs).y_pred.sum()
    np.int64(20)
    """

    def __init__(
        self,
        *,
        constraint: Literal["demographic_parity", "equalized_odds"] = "demographic_parity",
        bound: float = 0.01,
        max_iter: int = 50,
        attribute: str | None = None,
        classifier: Model | None = None,
    ) -> None:
        check_choice("learner.constraint", constraint, CONSTRAINTS)
        super().__init__(classifier=classifier)
        self.constraint, self.bound, self.max_iter, self.attribute = constraint, bound, max_iter, attribute

    def fit(self, table: Table, validation: Table, *, seed: int) -> Self:
        """Train the mixture. See `learner.Learner.fit`."""
        from fairlearn.reductions import DemographicParity, EqualizedOdds, ExponentiatedGradient

        check_classes(table)
        groups = groups_of(table.inputs, table.schema, self.attribute)
        constraint = (DemographicParity if self.constraint == CONSTRAINTS[0] else EqualizedOdds)(
            difference_bound=self.bound
        )
        self.numerical, self.seed = table.schema.numerical, seed
        self.mixture = ExponentiatedGradient(_Estimator(seed, self.model), constraint, max_iter=self.max_iter)
        self.mixture.fit(as_inputs(table.inputs, self.numerical), table.y, sensitive_features=groups)
        return self

    def predict(self, inputs: pd.DataFrame) -> Decisions:
        """Predict: the mean probability of the mixture, and labels drawn from it. See `learner.Learner.predict`."""
        prepared = as_inputs(inputs, self.numerical)
        weights = self.mixture.weights_
        probability = np.zeros(len(inputs))
        for i in weights.index[weights > 0]:
            probability += weights[i] * _positive(self.mixture.predictors_[i], prepared)
        labels = self.mixture.predict(prepared, random_state=seeds.derive(self.seed, "labels"))
        return Decisions(probability, np.asarray(labels, dtype=int))


class _Estimator:
    """The classifier as fairlearn calls it: each round fits a copy."""

    def __init__(self, seed: int, model: Model | None) -> None:
        self.seed, self.model = seed, model

    def fit(self, inputs: pd.DataFrame, y: Any, sample_weight: Any) -> None:
        self.fitted = make_model(self.seed, self.model)
        self.fitted.fit(inputs, np.asarray(y), sample_weight=np.asarray(sample_weight))

    def predict_proba(self, inputs: pd.DataFrame) -> np.ndarray:
        return self.fitted.predict_proba(inputs)

    def predict(self, inputs: pd.DataFrame) -> np.ndarray:
        return (self.predict_proba(inputs)[:, 1] > 0.5).astype(int)


def _positive(predictor: Any, inputs: pd.DataFrame) -> np.ndarray:
    """Predict the probability of 1. If a round has one label only, fairlearn trains nothing and answers with it."""
    if isinstance(predictor, _Estimator):
        return predictor.predict_proba(inputs)[:, 1]
    return np.asarray(predictor.predict(inputs), dtype=float)
