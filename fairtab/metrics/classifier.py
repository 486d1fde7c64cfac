"""The judge of a synthetic table: a CatBoost classifier trained on it (the paper's protocol: default settings)."""

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
# options of CatBoost beside its defaults, or what makes another classifier, with fit and predict_proba, from a seed
Model = Mapping[str, Any] | Callable[[int], Any]


class Classifier:
    """A classifier on every column but the target; categorical and sensitive ones come to it with dtype category."""

    def __init__(self, *, seed: int, model: Model | None = None) -> None:
        self.model = model(seed) if callable(model) else CatBoost(seed, model or {})

    def fit(self, table: Table) -> Classifier:
        """Raises InputError where the table has one class only, from which nothing can be learned."""
        if len(np.unique(table.y)) < 2:
            raise InputError(f"target {table.schema.target!r}: a classifier needs two classes, the table has one")
        self.model.fit(_inputs(table), table.y)
        return self

    def predict_probability(self, table: Table) -> np.ndarray:
        """p(positive) of each row. [N]"""
        return self.model.predict_proba(_inputs(table))[:, 1]


class CatBoost:
    """CatBoost that takes columns of dtype category as categories."""

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
        names = list(inputs.select_dtypes("category").columns)
        options = self.model.get_params()
        with progress("training CatBoost", options.get("iterations", DEFAULT_TREES)) as advance:
            told = [] if options.get("task_type") == "GPU" else [_AfterTree(advance)]  # which CatBoost's GPU code lacks
            self.model.fit(inputs, y, cat_features=names, callbacks=told)

    def predict_proba(self, inputs: pd.DataFrame) -> np.ndarray:
        """[N, 2]"""
        return self.model.predict_proba(inputs)


class _AfterTree:
    def __init__(self, advance: Advance) -> None:
        self.advance = advance

    def after_iteration(self, _: Any) -> bool:
        """Called by CatBoost; whether to go on."""
        self.advance(1, "")
        return True


def _inputs(table: Table) -> pd.DataFrame:
    inputs = table.inputs
    names = [name for name in inputs.columns if name not in table.schema.numerical]
    return inputs.assign(**{name: _as_category(inputs[name]) for name in names})


def _as_category(column: pd.Series) -> pd.Series:
    return column.astype(object).where(column.notna(), "missing").astype(str).astype("category")
