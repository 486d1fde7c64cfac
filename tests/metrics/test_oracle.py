import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from fairtab.errors import InputError
from fairtab.learners.learner import Decisions, Learner
from fairtab.metrics import fairness, utility
from fairtab.metrics.evaluate import evaluate, judge
from fairtab.metrics.inputs import Predictions
from fairtab.metrics.judgement import IN_VIEW, predict
from fairtab.metrics.oracle import Oracle
from fairtab.metrics.score import score
from fairtab.table import Table

FAST = {"iterations": 20}
GAP = 2.0


def predictions(log_odds: np.ndarray, y: np.ndarray, sex: np.ndarray) -> Predictions:
    return Predictions(y, expit(log_odds), (log_odds > 0).astype(int), pd.DataFrame({"sex": sex}))


def value(of: Predictions, min_group_rows: int = 0) -> float:
    ratios, _ = fairness.evaluate_attributes(of.y_true, of.y_pred, of.sensitive, min_group_rows=min_group_rows)
    names = list(of.sensitive.columns)
    return score(utility.auc(of.y_true, of.probability), *(ratios[f"fairness/{k}/{names[0]}"] for k in ("dpr", "eor")))


def noisy(n: int, seed: int, groups: str = "FM") -> Predictions:
    rng = np.random.default_rng(seed)
    sex, y = rng.choice(list(groups), n), rng.integers(0, 2, n)
    return predictions(rng.normal(0, 1, n) + y + 1.5 * (sex == "M") - 1, y, sex)


def test_groups_that_differ_by_a_constant_are_moved_onto_one_another():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    log_odds = rng.normal(0, 1, 300) + 2 * y - 1
    both = predictions(np.r_[log_odds, log_odds + GAP], np.r_[y, y], np.repeat(["F", "M"], 300))
    moved = Oracle().move(both, min_group_rows=0)
    offset = logit(moved.probability) - logit(both.probability)
    assert offset[:300] == pytest.approx(offset[0])
    assert offset[300:] == pytest.approx(offset[300])
    assert offset[0] - offset[300] == pytest.approx(GAP, abs=0.1)
    ratios, _ = fairness.evaluate_attributes(moved.y_true, moved.y_pred, moved.sensitive, min_group_rows=0)
    assert ratios["fairness/dpr/sex"] > 0.98
    assert ratios["fairness/eor/sex"] > 0.98
    assert utility.auc(moved.y_true, moved.probability) == pytest.approx(utility.auc(y, log_odds), abs=0.002)


@pytest.mark.parametrize("seed", range(4))
def test_no_other_pair_of_thresholds_at_this_selection_rate_is_better(seed):
    plain = noisy(60, seed)
    moved = Oracle().move(plain, min_group_rows=0)
    assert moved.y_pred.sum() == plain.y_pred.sum()
    log_odds, groups = logit(plain.probability), plain.sensitive["sex"].to_numpy()
    edges = {}
    for name in "FM":
        scores = np.sort(log_odds[groups == name])[::-1]
        padded = np.r_[scores[0] + 2, scores, scores[-1] - 2]
        edges[name] = -(padded[:-1] + padded[1:]) / 2
    tried = []
    for k in range(len(edges["F"])):
        rest = plain.y_pred.sum() - k
        if 0 <= rest < len(edges["M"]):
            other = predictions(
                log_odds + np.where(groups == "F", edges["F"][k], edges["M"][rest]), plain.y_true, groups
            )
            tried.append(value(other))
    assert value(moved) == pytest.approx(np.nanmax(tried))
    assert value(moved) >= value(plain)


def test_its_labels_follow_from_its_probabilities():
    moved = Oracle().move(noisy(200, 5, "FMX"), min_group_rows=0)
    np.testing.assert_array_equal(moved.y_pred, (moved.probability > 0.5).astype(int))


@pytest.mark.slow
def test_several_groups_are_moved_too():
    plain = noisy(400, 6, "FMX")
    moved = Oracle().move(plain, min_group_rows=0)
    assert value(moved) > value(plain) + 0.05
    assert abs(int(moved.y_pred.sum()) - int(plain.y_pred.sum())) <= 1


def test_groups_of_which_nobody_is_selected_are_moved_together():
    """Two groups have a ratio of 0. A sweep pair by pair from there ends at a SCORE of 0.576."""
    rng = np.random.default_rng(8)
    group, y = np.repeat(list("abc"), 20), rng.integers(0, 2, 60)
    plain = predictions(rng.normal(0, 1, 60) + 2 * y - 1 - 20 * (group != "a"), y, group)
    moved = Oracle().move(plain, min_group_rows=0)
    assert abs(moved.y_pred.sum() - plain.y_pred.sum()) <= 1
    assert value(plain) < 0.5
    assert value(moved) > 0.6


def test_rows_of_equal_score_stay_together():
    log_odds, y = np.repeat([-1.0, 1.0, 0.5, 2.0], 10), np.tile([0, 1], 20)
    plain = predictions(log_odds, y, np.repeat(["F", "M"], 20))
    moved = Oracle().move(plain, min_group_rows=0)
    assert [len(set(labels)) for labels in moved.y_pred.reshape(4, 10)] == [1, 1, 1, 1]
    assert moved.y_pred.sum() == plain.y_pred.sum()


def test_a_small_group_stays_where_it_is():
    plain = noisy(200, 7)
    sex = plain.sensitive["sex"].to_numpy().copy()
    sex[:4] = "X"
    plain = predictions(logit(plain.probability), plain.y_true, sex)
    moved = Oracle().move(plain, min_group_rows=15)
    assert moved.probability[:4] == pytest.approx(plain.probability[:4])
    assert value(moved, 15) > value(plain, 15)
    alone = predictions(logit(plain.probability), plain.y_true, np.repeat("F", 200))
    assert Oracle().move(alone, min_group_rows=0).probability == pytest.approx(alone.probability)


def test_an_evaluation_with_an_oracle_is_a_ceiling_and_says_so(toy):
    plain = evaluate(toy.train, toy, seed=0, classifier=FAST, min_group_rows=0)
    moved = evaluate(toy.train, toy, seed=0, classifier=Oracle(classifier=FAST), min_group_rows=0)
    assert moved.metrics["score/sex"] > plain.metrics["score/sex"]
    assert moved.metrics["utility/positive_rate"] == pytest.approx(plain.metrics["utility/positive_rate"], abs=0.011)
    assert IN_VIEW in moved.notes
    assert IN_VIEW not in plain.notes
    assert moved.metrics["fidelity/column_error"] == plain.metrics["fidelity/column_error"]
    other = evaluate(toy.train, toy, seed=0, classifier=Oracle(attribute="region", classifier=FAST), min_group_rows=0)
    assert other.metrics["score/region"] >= moved.metrics["score/region"]
    with pytest.raises(InputError, match=r"learner.attribute"):
        judge(toy.train, toy.test, seed=0, classifier=Oracle(attribute="job", classifier=FAST))


class Watching(Learner):
    """Remembers all that it is handed."""

    def fit(self, table, validation, *, seed):
        self.given = [table.frame, validation.frame]
        return self

    def predict(self, inputs):
        self.given.append(inputs)
        return Decisions(np.linspace(0, 1, len(inputs)), np.arange(len(inputs)) % 2)


def test_nobody_but_an_oracle_sees_the_labels_of_the_rows_that_are_scored(toy):
    learner = Watching()
    evaluate(toy.train, toy, seed=0, classifier=learner, min_group_rows=0)
    train, validation, inputs = learner.given
    assert train.equals(toy.train.frame)
    assert validation.equals(toy.validation.frame)
    assert "approved" not in inputs
    assert not issubclass(Oracle, Learner)


def test_labels_that_are_no_threshold_of_the_probability_are_scored_as_they_are(toy):
    found, _ = predict(toy.train, toy.validation, toy.test, seed=0, classifier=Watching())
    assert found.y_pred.tolist() == [i % 2 for i in range(len(toy.test))]
    metrics = judge(toy.train, toy.test, seed=0, classifier=Watching(), min_group_rows=0).metrics
    assert metrics["utility/accuracy"] == pytest.approx(np.mean(found.y_pred == toy.test.y))
    assert metrics["utility/auc"] == pytest.approx(utility.auc(toy.test.y, np.linspace(0, 1, len(toy.test))))


def test_without_validation_rows_a_learner_gets_those_it_learns_from(toy):
    learner = Watching()
    judge(toy.train, toy.test, seed=0, classifier=learner)
    assert learner.given[1] is learner.given[0]
    assert Table(learner.given[1], toy.schema).y.tolist() == toy.train.y.tolist()
