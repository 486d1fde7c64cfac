"""The classifier inside every learner: CatBoost, by default with its own settings, as in the paper."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from fairtab.errors import InputError
from fairtab.progress import Advance, progress
from fairtab.table import Table
from fairtab.task import Task

log = logging.getLogger(__name__)
DEFAULT_TREES = 1000  # CatBoost's own
N_THREADS = 2  # on any machine: CatBoost divides its sums over rows among them, so the number is part of the result
# options of CatBoost, or a function that makes another classifier (with fit and predict_proba) from a seed
Model = Mapping[str, Any] | Callable[[int], Any]


class OneClass(InputError):
    """All rows of a table have the same label, so there is nothing to learn.

    Examples
    --------
    >>> raise OneClass("target 'paid': a classifier needs two classes, the table has one")
    Traceback (most recent call last):
    fairtab.learners.classifier.OneClass: target 'paid': a classifier needs two classes, the table has one
    """


class Classifier:
    """A classifier that sees every column but the target.

    Categorical and sensitive columns come to it with dtype category.

    Parameters
    ----------
    seed : int
        The seed of its training.
    model : mapping or callable, optional
        Options of CatBoost, or a function that makes another classifier from a seed. That classifier has `fit` and
        `predict_proba`.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> frame = pd.DataFrame({"age": range(20, 60), "sex": ["F", "M"] * 20, "paid": [0] * 20 + [1] * 20})
    >>> table = Table(frame, Schema(("age",), (), "paid", 1, ("sex",)))
    >>> classifier = Classifier(seed=0, model={"iterations": 10}).fit(table)
    >>> classifier.predict_probability(table.inputs).round().mean()
    np.float64(0.5)
    """

    def __init__(self, *, seed: int, model: Model | None = None) -> None:
        self.model = make_model(seed, model)

    def fit(self, table: Table, weights: np.ndarray | None = None) -> Classifier:
        """Train it.

        Parameters
        ----------
        table : Table
            The training rows.
        weights : array of float, shape [N], optional
            The weight of each row.

        Returns
        -------
        Classifier
            Itself.

        Raises
        ------
        OneClass
            All rows have the same label.
        """
        check_classes(table)
        self.numerical = table.schema.numerical
        weighted = {} if weights is None else {"sample_weight": weights}  # not every classifier takes weights
        self.model.fit(as_inputs(table.inputs, self.numerical), table.y, **weighted)
        return self

    def predict_probability(self, inputs: pd.DataFrame) -> np.ndarray:
        """Predict how likely each row is positive.

        Parameters
        ----------
        inputs : pandas.DataFrame, shape [N, columns]
            Every column but the target (`Table.inputs`).

        Returns
        -------
        array of float, shape [N]
            The probability of the positive label.
        """
        return self.model.predict_proba(as_inputs(inputs, self.numerical))[:, 1]


class CatBoost:
    """CatBoost that takes columns of dtype category as categories.

    Parameters
    ----------
    seed : int
        The seed of its training.
    options : mapping
        Options of `catboost.CatBoostClassifier`, or of `CatBoostRegressor`.
    task : Task
        The kind of the label.

    Examples
    --------
    >>> model = CatBoost(0, {"iterations": 10})
    >>> model.fit(pd.DataFrame({"age": range(40)}), np.repeat([0, 1], 20))
    >>> model.predict_proba(pd.DataFrame({"age": range(40)})).shape
    (40, 2)
    """

    def __init__(self, seed: int, options: Mapping[str, Any], task: Task = Task.BINARY) -> None:
        from catboost import CatBoostClassifier, CatBoostRegressor
        from sklearn.dummy import DummyClassifier, DummyRegressor

        self._constant = DummyRegressor if task is Task.REGRESSION else partial(DummyClassifier, strategy="prior")
        kind = CatBoostRegressor if task is Task.REGRESSION else CatBoostClassifier
        self.model = kind(
            **{
                "random_seed": seed % 2**63,
                "thread_count": N_THREADS,
                "verbose": False,
                "allow_writing_files": False,
                **({"loss_function": "MultiClass"} if task is Task.CLASSES else {}),
                **options,
            }
        )

    def fit(self, inputs: pd.DataFrame, y: np.ndarray, sample_weight: np.ndarray | None = None) -> None:
        """Train it, with a progress bar.

        Parameters
        ----------
        inputs : pandas.DataFrame, shape [N, columns]
            What it sees.
        y : array of numbers, shape [N]
            The labels: 0 and 1, the numbers of classes from 0, or what a regression predicts.
        sample_weight : array of float, shape [N], optional
            The weight of each row.
        """
        from catboost import CatBoostError

        names = list(inputs.select_dtypes("category").columns)
        options = self.model.get_params()
        with progress("training CatBoost", options.get("iterations", DEFAULT_TREES)) as advance:
            callbacks = [] if options.get("task_type") == "GPU" else [_AfterTree(advance)]  # CatBoost's GPU has none
            try:
                self.model.fit(inputs, y, cat_features=names, sample_weight=sample_weight, callbacks=callbacks)
            except CatBoostError as error:
                if "constant" not in str(error):
                    raise
                log.warning("all columns are constant, so the judge says the same of every row")
                self.model = self._constant().fit(inputs, y, sample_weight)

    def predict_proba(self, inputs: pd.DataFrame) -> np.ndarray:
        """Predict the probability of each label.

        Parameters
        ----------
        inputs : pandas.DataFrame, shape [N, columns]
            What it sees.

        Returns
        -------
        array of float, shape [N, 2] or [N, K]
            The probabilities of 0 and 1, or of each class.
        """
        return self.model.predict_proba(inputs)

    def predict(self, inputs: pd.DataFrame) -> np.ndarray:
        """Predict numbers.

        Parameters
        ----------
        inputs : pandas.DataFrame, shape [N, columns]
            What it sees.

        Returns
        -------
        array of float, shape [N]
            The predictions of a regression.
        """
        return self.model.predict(inputs)


class _AfterTree:
    def __init__(self, advance: Advance) -> None:
        self.advance = advance

    def after_iteration(self, _: Any) -> bool:
        """CatBoost calls this after each tree, and goes on if it returns True."""
        self.advance(1, "")
        return True


def make_model(seed: int, model: Model | None, task: Task = Task.BINARY) -> Any:
    """Make an unfitted classifier or regressor.

    Parameters
    ----------
    seed : int
        The seed of its training.
    model : mapping, callable or None
        As of `Classifier`.
    task : Task
        The kind of the label.

    Returns
    -------
    object
        It has `fit`, and `predict_proba`, or in regression `predict`.

    Examples
    --------
    >>> make_model(3, lambda seed: f"a classifier of seed {seed}")
    'a classifier of seed 3'
    """
    return model(seed) if callable(model) else CatBoost(seed, model or {}, task)


def check_classes(table: Table) -> None:
    """Check that a table has rows of two labels or more.

    Parameters
    ----------
    table : Table
        The training rows.

    Raises
    ------
    OneClass
        It has rows of one label only.

    Examples
    --------
    >>> from fairtab.table import Schema
    >>> check_classes(Table(pd.DataFrame({"sex": ["F", "M"], "paid": [0, 1]}), Schema((), (), "paid", 1, ("sex",))))
    """
    if len(np.unique(table.y)) < 2:
        needed = (
            "a regression needs two numbers"
            if table.schema.task is Task.REGRESSION
            else "a classifier needs two classes"
        )
        raise OneClass(f"target {table.schema.outcome!r}: {needed}, the table has one")


def as_inputs(inputs: pd.DataFrame, numerical: Sequence[str]) -> pd.DataFrame:
    """Give all columns that are not numerical the dtype category.

    Parameters
    ----------
    inputs : pandas.DataFrame, shape [N, columns]
        Every column but the target.
    numerical : sequence of str
        The numerical columns.

    Returns
    -------
    pandas.DataFrame
        A copy. A missing category is a category of its own.

    Examples
    --------
    >>> as_inputs(pd.DataFrame({"age": [30], "sex": ["F"]}), ["age"]).dtypes.astype(str).tolist()
    ['int64', 'category']
    """
    inputs = inputs.copy()
    for name in (name for name in inputs.columns if name not in numerical):
        inputs[name] = _as_category(inputs[name])
    return inputs


MISSING = "\ue000 missing"  # a private character begins it, so no value of a table is called so


def _as_category(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), MISSING).astype(str).astype("category")
