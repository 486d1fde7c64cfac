"""The classifier that judges a synthetic table: CatBoost with default settings, trained on it, as in the paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from fairtab.errors import InputError
from fairtab.progress import Advance, progress
from fairtab.table import Table

DEFAULT_TREES = 1000  # CatBoost's own
N_THREADS = 2  # on any machine: CatBoost divides its sums over rows among them, so the number is part of the result
# options of CatBoost, or a function that makes another classifier (with fit and predict_proba) from a seed
Model = Mapping[str, Any] | Callable[[int], Any]


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
    >>> classifier.predict_probability(table).round().mean()
    np.float64(0.5)
    """

    def __init__(self, *, seed: int, model: Model | None = None) -> None:
        self.model = model(seed) if callable(model) else CatBoost(seed, model or {})

    def fit(self, table: Table) -> Classifier:
        """Train it.

        Parameters
        ----------
        table : Table
            The training rows.

        Returns
        -------
        Classifier
            Itself.

        Raises
        ------
        InputError
            All rows have the same label, so there is nothing to learn.
        """
        if len(np.unique(table.y)) < 2:
            raise InputError(f"target {table.schema.target!r}: a classifier needs two classes, the table has one")
        self.model.fit(_inputs(table), table.y)
        return self

    def predict_probability(self, table: Table) -> np.ndarray:
        """Predict how likely each row is positive.

        Parameters
        ----------
        table : Table
            The rows to predict.

        Returns
        -------
        array of float, shape [N]
            The probability of the positive label.
        """
        return self.model.predict_proba(_inputs(table))[:, 1]


class CatBoost:
    """CatBoost that takes columns of dtype category as categories.

    Parameters
    ----------
    seed : int
        The seed of its training.
    options : mapping
        Options of `catboost.CatBoostClassifier`.

    Examples
    --------
    >>> model = CatBoost(0, {"iterations": 10})
    >>> model.fit(pd.DataFrame({"age": range(40)}), np.repeat([0, 1], 20))
    >>> model.predict_proba(pd.DataFrame({"age": range(40)})).shape
    (40, 2)
    """

    def __init__(self, seed: int, options: Mapping[str, Any]) -> None:
        from catboost import CatBoostClassifier

        self.model = CatBoostClassifier(
            **{
                "random_seed": seed,
                "thread_count": N_THREADS,
                "verbose": False,
                "allow_writing_files": False,
                **options,
            }
        )

    def fit(self, inputs: pd.DataFrame, y: np.ndarray) -> None:
        """Train it, with a progress bar.

        Parameters
        ----------
        inputs : pandas.DataFrame, shape [N, columns]
            What it sees.
        y : array of 0 and 1, shape [N]
            The labels.
        """
        names = list(inputs.select_dtypes("category").columns)
        options = self.model.get_params()
        with progress("training CatBoost", options.get("iterations", DEFAULT_TREES)) as advance:
            callbacks = [] if options.get("task_type") == "GPU" else [_AfterTree(advance)]  # CatBoost's GPU has none
            self.model.fit(inputs, y, cat_features=names, callbacks=callbacks)

    def predict_proba(self, inputs: pd.DataFrame) -> np.ndarray:
        """Predict the probability of either label.

        Parameters
        ----------
        inputs : pandas.DataFrame, shape [N, columns]
            What it sees.

        Returns
        -------
        array of float, shape [N, 2]
            The probabilities of 0 and 1.
        """
        return self.model.predict_proba(inputs)


class _AfterTree:
    def __init__(self, advance: Advance) -> None:
        self.advance = advance

    def after_iteration(self, _: Any) -> bool:
        """CatBoost calls this after each tree, and goes on if it returns True."""
        self.advance(1, "")
        return True


def _inputs(table: Table) -> pd.DataFrame:
    inputs = table.inputs
    names = [name for name in inputs.columns if name not in table.schema.numerical]
    return inputs.assign(**{name: _as_category(inputs[name]) for name in names})


def _as_category(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), "missing").astype(str).astype("category")
