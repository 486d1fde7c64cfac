import inspect

import numpy as np
import pandas as pd
import pytest

from fairtab.errors import InputError
from fairtab.learners.classifier import OneClass
from fairtab.learners.learner import Learner, Plain, groups_of
from fairtab.learners.reductions import Reductions
from fairtab.learners.reweighing import Reweighing, weights
from fairtab.learners.threshold import Threshold
from fairtab.metrics import fairness
from fairtab.table import Schema, Table
from tests.conftest import TOY_SCHEMA, toy_frame

FAST = {"iterations": 20}
LEARNERS = {
    "plain": Plain,
    "reweighing": Reweighing,
    "reductions": lambda **more: Reductions(max_iter=3, **more),
    "reductions_eo": lambda **more: Reductions(constraint="equalized_odds", max_iter=3, **more),
    "threshold": Threshold,
    "threshold_eo": lambda **more: Threshold(constraint="equalized_odds", **more),
}
SCORES = Schema(("score",), (), "paid", 1, ("sex",))


class Given:
    """A classifier whose probability is the column `score`."""

    def fit(self, inputs: pd.DataFrame, y: np.ndarray) -> None:
        pass

    def predict_proba(self, inputs: pd.DataFrame) -> np.ndarray:
        return np.column_stack([1 - inputs["score"], inputs["score"]])


class Counting(Given):
    """Remembers the weights that it was trained with."""

    def fit(self, inputs: pd.DataFrame, y: np.ndarray, sample_weight: np.ndarray | None = None) -> None:
        self.seen = sample_weight


@pytest.fixture(scope="module")
def larger() -> Table:
    return Table(toy_frame(2000, seed=3), TOY_SCHEMA)


def ratio(learner: Learner, table: Table, kind: str = "dpr") -> float:
    y_pred = learner.predict(table.inputs).y_pred
    ratios, _ = fairness.evaluate_attributes(table.y, y_pred, table.sensitive, min_group_rows=0)
    return ratios[f"fairness/{kind}/sex"]


def test_weights_by_hand():
    # 8 rows: P(F) = 1/2, P(1) = 1/2, P(F, 1) = 1/8, P(F, 0) = 3/8
    y, sex = np.array([1, 0, 0, 0, 1, 1, 1, 0]), np.array(list("FFFFMMMM"))
    expected = [2, 2 / 3, 2 / 3, 2 / 3, 2 / 3, 2 / 3, 2 / 3, 2]
    assert weights(y, sex) == pytest.approx(expected)


def test_weighted_rows_have_a_label_that_does_not_depend_on_the_group(toy):
    y, groups = toy.train.y, groups_of(toy.train.inputs, TOY_SCHEMA, "sex*region")
    rows = pd.DataFrame({"y": y, "w": weights(y, groups)})
    rate = rows.assign(yw=rows["y"] * rows["w"]).groupby(groups)[["yw", "w"]].sum()
    assert (rate["yw"] / rate["w"]).to_numpy() == pytest.approx(y.mean())
    assert rows.groupby(groups)["w"].sum().to_numpy() == pytest.approx(rows.groupby(groups).size().to_numpy())


def test_reweighing_trains_with_these_weights(toy):
    learner = Reweighing(classifier=lambda seed: Counting(), attribute="region").fit(toy.train, toy.train, seed=0)
    assert learner.classifier.model.seen == pytest.approx(weights(toy.train.y, toy.train.frame["region"].to_numpy()))


def test_the_plain_learner_is_trained_without_weights(toy):
    Plain(classifier=lambda seed: Given()).fit(toy.train, toy.train, seed=0)  # whose fit takes none


def scored(score: list[float], paid: list[int], sex: str) -> Table:
    return Table(pd.DataFrame({"score": score, "paid": paid, "sex": list(sex)}), SCORES)


def test_thresholds_by_hand():
    # Both groups are told apart without error, women at 0.25, men at 0.65: equal rates cost nothing.
    validation = scored([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], [0, 0, 1, 1] * 2, "FFFFMMMM")
    learner = Threshold(classifier=lambda seed: Given()).fit(validation, validation, seed=0)
    probability, y_pred = learner.predict(scored([0.15, 0.35, 0.55, 0.75], [0] * 4, "FFMM").inputs)
    assert y_pred.tolist() == [0, 1, 0, 1]
    assert probability == pytest.approx([0.15, 0.35, 0.55, 0.75])  # the rank is the classifier's


def test_thresholds_are_chosen_on_validation_rows():
    train = scored([0.2, 0.8] * 4, [0, 1] * 4, "FFFFMMMM")
    validation = scored([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], [0, 0, 1, 1] * 2, "FFFFMMMM")
    learner = Threshold(classifier=lambda seed: Given()).fit(train, validation, seed=0)
    assert learner.predict(scored([0.35, 0.55], [0, 0], "FM").inputs).y_pred.tolist() == [1, 0]


def test_a_group_without_thresholds_has_the_classifiers_own():
    validation = scored([0.1, 0.2, 0.3, 0.4, 0.9], [0, 0, 1, 1, 1], "FFFFM")  # of men, one label only
    learner = Threshold(classifier=lambda seed: Given()).fit(validation, validation, seed=0)
    assert learner.predict(scored([0.35, 0.45, 0.55, 0.55], [0] * 4, "FMMX").inputs).y_pred.tolist() == [1, 0, 1, 1]
    alone = scored([0.1, 0.9], [0, 1], "FM")
    with pytest.raises(InputError, match="no group has validation rows of both labels"):
        Threshold(classifier=lambda seed: Given()).fit(validation, alone, seed=0)


@pytest.mark.parametrize("name", ["reweighing", "reductions", "threshold"])
def test_fair_learners_treat_groups_more_alike(larger, toy, name):
    plain = Plain(classifier=FAST).fit(larger, toy.validation, seed=0)
    fair = LEARNERS[name](classifier=FAST).fit(larger, larger, seed=0)
    assert ratio(fair, larger) > ratio(plain, larger) + 0.1


@pytest.mark.parametrize("name", ["reductions_eo", "threshold_eo"])
def test_learners_of_equalized_odds_raise_that_ratio_more_than_those_of_parity(larger, name):
    kinds = (name.removesuffix("_eo"), name)
    parity, odds = (LEARNERS[kind](classifier=FAST).fit(larger, larger, seed=0) for kind in kinds)
    assert ratio(odds, larger, "eor") > ratio(parity, larger, "eor") + 0.1
    assert ratio(parity, larger, "dpr") > ratio(odds, larger, "dpr") + 0.1


def test_a_mixture_is_ranked_by_its_mean_probability(larger):
    learner = Reductions(max_iter=3, classifier=FAST).fit(larger, larger, seed=0)
    probability, y_pred = learner.predict(larger.inputs)
    mixed = learner.mixture.weights_
    assert mixed.sum() == pytest.approx(1)
    assert len(np.unique(probability)) > 100  # not the few values that a mixture of labels has
    assert np.corrcoef(probability, y_pred)[0, 1] > 0.5


@pytest.mark.parametrize("name", LEARNERS)
def test_the_same_seed_gives_the_same_decisions(toy, name):
    a, b = (
        LEARNERS[name](classifier=FAST).fit(toy.train, toy.validation, seed=5).predict(toy.test.inputs) for _ in "ab"
    )
    np.testing.assert_array_equal(a.probability, b.probability)
    np.testing.assert_array_equal(a.y_pred, b.y_pred)


@pytest.mark.parametrize("name", LEARNERS)
def test_decisions_are_labels_and_probabilities(toy, name):
    probability, y_pred = (
        LEARNERS[name](classifier=FAST).fit(toy.train, toy.validation, seed=0).predict(toy.test.inputs)
    )
    assert set(y_pred) <= {0, 1}
    assert y_pred.dtype.kind == "i"
    assert len(y_pred) == len(probability) == len(toy.test)
    assert probability.min() >= 0
    assert probability.max() <= 1


@pytest.mark.parametrize("name", LEARNERS)
def test_a_table_of_one_label_teaches_nothing(toy, name):
    constant = Table(toy.train.frame.assign(approved="yes"), TOY_SCHEMA)
    with pytest.raises(OneClass, match="needs two classes"):
        LEARNERS[name](classifier=FAST).fit(constant, toy.validation, seed=0)


def test_no_learner_is_handed_labels_when_it_predicts():
    for learner in (Learner, Plain, Reweighing, Reductions, Threshold):
        assert list(inspect.signature(learner.fit).parameters) == ["self", "table", "validation", "seed"]
        assert list(inspect.signature(learner.predict).parameters) == ["self", "inputs"]


def test_an_attribute_that_is_not_sensitive_is_refused(toy):
    with pytest.raises(InputError, match=r"learner.attribute 'job': expected one of sex, region, sex\*region"):
        Reweighing(attribute="job", classifier=FAST).fit(toy.train, toy.validation, seed=0)
    with pytest.raises(InputError, match=r"learner.constraint"):
        Threshold(constraint="parity")
