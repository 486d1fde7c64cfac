"""Every metric of one synthetic table, as one flat dictionary of stable names."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from fairtab import seeds
from fairtab.errors import InputError
from fairtab.metrics import bootstrap, closest, fairness, fidelity, privacy, utility
from fairtab.metrics.catalogue import UNIFORM
from fairtab.metrics.classifier import Classifier, Model
from fairtab.metrics.score import scores
from fairtab.table import Split, Table


class Evaluation(NamedTuple):
    metrics: dict[str, float]  # by name, nan where undefined
    notes: list[str]  # why something is undefined or left out, in words
    replicates: pd.DataFrame  # AUC, DPR, EOR, SCORE of bootstrap draws of the real rows (`bootstrap`)


def evaluate(
    synthetic: Table,
    split: Split,
    *,
    seed: int,
    classifier: Model | None = None,
    min_group_rows: int = 15,
    uniform_sensitive: bool = False,
) -> Evaluation:
    """Score a synthetic table against the real one: fidelity and utility on test rows, privacy against training rows.

    classifier: options of CatBoost beside its defaults, or a function that makes another classifier, with fit and
    predict_proba, from a seed; min_group_rows: see `fairness`; uniform_sensitive: add what `without_groups` gives,
    which takes one more classifier.
    """
    test = split.test
    probability, notes = _predictions(synthetic, test, seed, classifier)
    metrics, more = _scored(test, probability, min_group_rows)
    replicates = bootstrap.replicates(
        test.y, probability, _selected(probability), test.sensitive, min_group_rows=min_group_rows
    )
    gives_away, flags = _privacy(synthetic, split, seed)
    if max(map(len, (synthetic, split.train, test))) > closest.MAX_ROWS:
        notes.append(f"pair error and distances are of {closest.MAX_ROWS:,} rows drawn from each table that has more")
    metrics |= {
        "fidelity/column_error": fidelity.column_error(synthetic, test),
        "fidelity/pair_error": fidelity.pair_error(
            *(closest.at_most(table, closest.MAX_ROWS, seed) for table in (synthetic, test))
        ),
        **gives_away,
    }
    if uniform_sensitive:
        metrics |= without_groups(synthetic, split, seed=seed, classifier=classifier, min_group_rows=min_group_rows)
    return Evaluation(metrics, [*_absent_groups(split), *notes, *more, *flags], replicates)


def without_groups(
    synthetic: Table,
    split: Split,
    *,
    seed: int,
    classifier: Model | None = None,
    min_group_rows: int = 15,
) -> dict[str, float]:
    """AUC, DPR and EOR once the sensitive columns of the synthetic table are overwritten with values drawn uniformly
    from those of the training table: does a method do more than break the tie to the group? (Paper, Tables 8 and 9.)

    Named as others are, behind "uniform_sensitive/". Arguments as of `evaluate`.
    """
    rng = seeds.numpy_generator(seed, "uniform_sensitive")
    values = {name: np.sort(split.train.frame[name].unique()) for name in split.schema.sensitive}
    drawn = {name: rng.choice(groups, len(synthetic)) for name, groups in values.items()}
    overwritten = Table(synthetic.frame.assign(**drawn), synthetic.schema)
    scored = judge(overwritten, split.test, seed=seed, classifier=classifier, min_group_rows=min_group_rows)
    kept = ("utility/auc", "fairness/dpr/", "fairness/eor/")
    return {UNIFORM + name: value for name, value in scored.items() if name.startswith(kept)}


def judge(
    synthetic: Table,
    real: Table,
    *,
    seed: int,
    classifier: Model | None = None,
    min_group_rows: int = 15,
) -> dict[str, float]:
    """Utility, fairness and their composite on `real` of a classifier trained on `synthetic`: what balancing is for.

    Arguments as of `evaluate`.
    """
    probability, _ = _predictions(synthetic, real, seed, classifier)
    return _scored(real, probability, min_group_rows)[0]


def _predictions(synthetic: Table, real: Table, seed: int, model: Model | None) -> tuple[np.ndarray, list[str]]:
    """p(positive) of each real row by a classifier trained on `synthetic`, and what there is to say of it. [N]"""
    try:
        probability = Classifier(seed=seed, model=model).fit(synthetic).predict_probability(real)
    except InputError as error:  # one class only: its constant answer is all there is to score
        return np.full(len(real), float(synthetic.y[0])), [str(error)]
    y_pred = _selected(probability)
    if len(np.unique(y_pred)) == 1:
        words = ("negative", "positive")[y_pred[0]]
        return probability, [f"the classifier predicts one class for every real row: {words}"]
    return probability, []


def _selected(probability: np.ndarray) -> np.ndarray:
    return (probability > 0.5).astype(int)


def _scored(real: Table, probability: np.ndarray, min_group_rows: int) -> tuple[dict[str, float], list[str]]:
    y_pred = _selected(probability)
    values, notes = fairness.of_every_attribute(real.y, y_pred, real.sensitive, min_group_rows=min_group_rows)
    metrics = {
        "utility/auc": utility.auc(real.y, probability),
        "utility/accuracy": utility.accuracy(real.y, y_pred),
        "utility/balanced_accuracy": utility.balanced_accuracy(real.y, y_pred),
        "utility/f1": utility.f1(real.y, y_pred),
        "utility/positive_rate": utility.positive_rate(y_pred),
        **values,
    }
    return metrics | scores(metrics, real.schema.sensitive), notes


def _privacy(synthetic: Table, split: Split, seed: int) -> tuple[dict[str, float], list[str]]:
    """What the table gives away of its training rows, with a note where it is more than by chance."""
    near = closest.distances_to_closest(synthetic, split.train, split.test, seed=seed)
    copied, by_chance = (privacy.exact_copies(table, split.train) for table in (synthetic, split.test))
    metrics = {
        "privacy/dcr": privacy.dcr(near),
        "privacy/dcr_published": privacy.dcr_published(near),
        "privacy/membership_auc": privacy.membership_auc(near),
        "privacy/exact_copies": float(copied.mean()),
        "privacy/exact_copies_of_holdout": float(by_chance.mean()),
    }
    if not privacy.more_than_chance(copied, by_chance):
        return metrics, []
    shares = f"{copied.mean():.2%} of the synthetic rows, {by_chance.mean():.2%} of the test rows"
    return metrics, [f"privacy: more exact copies of training rows than chance has it: {shares}"]


def _absent_groups(split: Split) -> list[str]:
    """Groups of the training table that no test row belongs to, so that no fairness metric can speak of them."""
    absent = {
        name: sorted(set(split.train.frame[name].astype(str)) - set(split.test.frame[name].astype(str)))
        for name in split.schema.sensitive
    }
    return [f"{name}: groups without test rows: {', '.join(groups)}" for name, groups in absent.items() if groups]
