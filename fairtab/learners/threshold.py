"""Thresholds of each group's own, chosen on validation rows (Hardt et al. 2016), by fairlearn."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from fairtab import seeds
from fairtab.errors import InputError, check_choice
from fairtab.learners.classifier import Classifier, Model
from fairtab.learners.learner import Decisions, Learner, groups_of
from fairtab.learners.reductions import CONSTRAINTS
from fairtab.table import Table


class Threshold(Learner):
    """The plain classifier, whose labels come from fairlearn's ThresholdOptimizer.

    Each group has two thresholds, and a row between them gets its label at random. The probability stays that of the
    classifier: the AUC says nothing about the thresholds.

    Parameters
    ----------
    constraint : {"demographic_parity", "equalized_odds"}
        Which rates are equal between groups, on validation rows.
    objective : {"accuracy_score", "balanced_accuracy_score"}
        What the thresholds maximise under this constraint.
    attribute : str, optional
        Whose groups are meant (`learner.groups_of`).
    classifier : mapping or callable, optional
        As of `learner.Learner`.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(20, 60), "sex": ["F", "M"] * 20, "paid": [0] * 20 + [1] * 20})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> Threshold(classifier={"iterations": 10}).fit(table, table, seed=0).predict(table.inputs).y_pred.sum()
    np.int64(20)
    """

    def __init__(
        self,
        *,
        constraint: Literal["demographic_parity", "equalized_odds"] = "demographic_parity",
        objective: Literal["accuracy_score", "balanced_accuracy_score"] = "accuracy_score",
        attribute: str | None = None,
        classifier: Model | None = None,
    ) -> None:
        check_choice("learner.constraint", constraint, CONSTRAINTS)
        super().__init__(classifier=classifier)
        self.constraint, self.objective, self.attribute = constraint, objective, attribute

    def fit(self, table: Table, validation: Table, *, seed: int) -> Self:
        """Train the classifier on `table`, then choose thresholds on `validation`.

        Parameters
        ----------
        table, validation, seed
            As of `learner.Learner.fit`.

        Returns
        -------
        Threshold
            Itself.

        Raises
        ------
        OneClass
            All rows of `table` have the same label.
        InputError
            No group of `validation` has rows of both labels.
        """
        from fairlearn.postprocessing import ThresholdOptimizer

        self.schema, self.seed = table.schema, seed
        self.classifier = Classifier(seed=seed, model=self.model).fit(table)
        groups, y = groups_of(validation.inputs, self.schema, self.attribute), validation.y
        labels = pd.Series(y).groupby(groups).nunique()
        self.known = labels.index[labels == 2].to_numpy(dtype=str)
        if not len(self.known):
            raise InputError("learner threshold: no group has validation rows of both labels: take another attribute")
        rows = np.isin(groups, self.known)
        probability = self.classifier.predict_probability(validation.inputs)
        self.optimizer = ThresholdOptimizer(
            estimator=_Given(),
            constraints=self.constraint,
            objective=self.objective,
            prefit=True,
            predict_method="predict_proba",
        ).fit(probability[rows, None], y[rows], sensitive_features=groups[rows])
        return self

    def predict(self, inputs: pd.DataFrame) -> Decisions:
        """Predict. A group without thresholds has the classifier's own. See `learner.Learner.predict`."""
        probability = self.classifier.predict_probability(inputs)
        groups = groups_of(inputs, self.schema, self.attribute)
        labels = self.optimizer.predict(
            probability[:, None], sensitive_features=groups, random_state=seeds.derive(self.seed, "labels")
        )
        return Decisions(probability, np.where(np.isin(groups, self.known), labels, probability > 0.5).astype(int))


class _Given(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Hands the probabilities that it is given on to fairlearn."""

    def fit(self) -> None:
        """Do nothing: scikit-learn takes what has no `fit` for no estimator."""

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict_proba(self, probability: np.ndarray) -> np.ndarray:
        return np.hstack([1 - probability, probability])
