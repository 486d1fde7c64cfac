"""Every metric of one synthetic table, as one flat dictionary of stable names."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fairtab.errors import InputError
from fairtab.metrics import fairness, fidelity, privacy, utility
from fairtab.metrics.classifier import Classifier, Model
from fairtab.metrics.score import scores
from fairtab.table import Split, Table


class Evaluation(NamedTuple):
    metrics: dict[str, float]  # by name, nan where undefined
    notes: list[str]  # why something is undefined or left out, in words


def evaluate(
    synthetic: Table,
    split: Split,
    *,
    seed: int,
    classifier: Model | None = None,
    min_group_rows: int = 15,
) -> Evaluation:
    """Score a synthetic table against the real one: fidelity and utility on test rows, privacy against training rows.

    classifier: options of CatBoost beside its defaults, or a function that makes another classifier, with fit and
    predict_proba, from a seed; min_group_rows: see `fairness`.
    """
    test = split.test
    metrics, notes = judge(synthetic, test, seed=seed, classifier=classifier, min_group_rows=min_group_rows)
    absent = _absent_groups(split)
    closest = privacy.distances_to_closest(synthetic, split.train, test, seed=seed)
    metrics |= {
        "fidelity/column_error": fidelity.column_error(synthetic, test),
        "fidelity/pair_error": fidelity.pair_error(synthetic, test),
        "privacy/dcr": privacy.dcr(closest),
        "privacy/dcr_published": privacy.dcr_published(closest),
    }
    return Evaluation(metrics, absent + notes)


def judge(
    synthetic: Table,
    real: Table,
    *,
    seed: int,
    classifier: Model | None = None,
    min_group_rows: int = 15,
) -> Evaluation:
    """Utility, fairness and their composite on `real` of a classifier trained on `synthetic`: what balancing is for.

    Arguments as of `evaluate`.
    """
    notes = []
    try:
        probability = Classifier(seed=seed, model=classifier).fit(synthetic).predict_probability(real)
        y_pred = (probability > 0.5).astype(int)
        if len(np.unique(y_pred)) == 1:
            notes.append(f"the classifier predicts one class for every real row: {('negative', 'positive')[y_pred[0]]}")
    except InputError as error:  # one class only: its constant answer is all there is to score
        notes.append(str(error))
        y_pred = np.full(len(real), synthetic.y[0])
        probability = y_pred.astype(float)
    values, more = fairness.of_every_attribute(real.y, y_pred, real.sensitive, min_group_rows=min_group_rows)
    metrics = {
        "utility/auc": utility.auc(real.y, probability),
        "utility/accuracy": utility.accuracy(real.y, y_pred),
        "utility/balanced_accuracy": utility.balanced_accuracy(real.y, y_pred),
        "utility/f1": utility.f1(real.y, y_pred),
        "utility/positive_rate": utility.positive_rate(y_pred),
    }
    metrics |= values
    return Evaluation(metrics | scores(metrics, real.schema.sensitive), notes + more)


def _absent_groups(split: Split) -> list[str]:
    """Groups of the training table that no test row belongs to, so that no fairness metric can speak of them."""
    absent = {
        name: sorted(set(split.train.frame[name].astype(str)) - set(split.test.frame[name].astype(str)))
        for name in split.schema.sensitive
    }
    return [f"{name}: groups without test rows: {', '.join(groups)}" for name, groups in absent.items() if groups]
