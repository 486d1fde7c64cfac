import fairlearn.metrics
import numpy as np
import pandas as pd
import pytest

from fairtab.errors import InputError
from fairtab.metrics import fairness

# six rows by hand: group a selects 2 of 3, group b 1 of 3; TPR 1/1 and 1/2, FPR 1/2 and 0/1
Y_TRUE = np.array([1, 0, 0, 1, 1, 0])
Y_PRED = np.array([1, 1, 0, 1, 0, 0])
GROUPS = pd.Series(list("aaabbb"))


def test_six_rows_by_hand():
    assert fairness.demographic_parity_ratio(Y_PRED, groups=GROUPS) == pytest.approx((1 / 3) / (2 / 3))
    assert fairness.equalized_odds_ratio(Y_TRUE, Y_PRED, groups=GROUPS) == 0  # FPR 0 over 1/2
    flipped = 1 - Y_PRED  # TPR 0/1 and 1/2, FPR 1/2 and 1/1
    assert fairness.equalized_odds_ratio(Y_TRUE, flipped, groups=GROUPS) == 0
    kinder = np.array([1, 1, 0, 1, 0, 1])  # TPR 1 and 1/2, FPR 1/2 and 1
    assert fairness.equalized_odds_ratio(Y_TRUE, kinder, groups=GROUPS) == pytest.approx(0.5)


def test_where_defined_both_agree_with_fairlearn():
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.integers(0, 2, (2, 500))
    groups = pd.Series(rng.choice(list("abcd"), 500))
    dpr = fairlearn.metrics.demographic_parity_ratio(y_true, y_pred, sensitive_features=groups)
    eor = fairlearn.metrics.equalized_odds_ratio(y_true, y_pred, sensitive_features=groups)
    assert fairness.demographic_parity_ratio(y_pred, groups=groups) == pytest.approx(dpr)
    assert fairness.equalized_odds_ratio(y_true, y_pred, groups=groups) == pytest.approx(eor)


def test_what_fairlearn_hides_is_nan():
    nobody = np.zeros(6, dtype=int)
    assert np.isnan(fairness.demographic_parity_ratio(nobody, groups=GROUPS))
    without_positives = np.array([0, 0, 0, 1, 1, 0])  # group a has none, so it has no true positive rate
    assert np.isnan(fairness.equalized_odds_ratio(without_positives, Y_PRED, groups=GROUPS))


def test_text_labels_are_refused():
    with pytest.raises(InputError, match="expected labels 0 and 1, got 'no', 'yes'"):
        fairness.demographic_parity_ratio(np.array(["no", "yes"] * 3), groups=GROUPS)


def sensitive_table(n: int = 400) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"sex": rng.choice(["F", "M"], n), "race": rng.choice(["x", "y"], n)})
    frame.loc[:5, "race"] = "tiny"
    return rng.integers(0, 2, n), rng.integers(0, 2, n), frame


def test_tiny_groups_are_named_and_left_out():
    y_true, y_pred, frame = sensitive_table()
    values, notes = fairness.evaluate_attributes(y_true, y_pred, frame, min_group_rows=15)
    large = (frame["race"] != "tiny").to_numpy()
    expected = fairlearn.metrics.demographic_parity_ratio(
        y_true[large], y_pred[large], sensitive_features=frame["race"][large]
    )
    assert values["fairness/dpr/race"] == pytest.approx(expected)
    assert any(note.startswith("race: groups with fewer than 15") and "tiny (" in note for note in notes)
    assert list(values) == [f"fairness/{m}/{a}" for a in ("sex", "race", "sex*race") for m in ("dpr", "eor")]


def test_a_group_large_in_one_label_alone_is_left_out_too():
    """The other rate of this group has only two rows."""
    y_true, groups = np.repeat([0, 1, 0, 1], [98, 2, 50, 50]), pd.Series(list("a" * 100 + "b" * 100))
    keep, words = fairness.large_groups(y_true, groups, 15)
    assert keep.tolist() == [False] * 100 + [True] * 100
    assert words == "a (2 positive, 98 negative)"


def test_as_published_no_group_is_left_out():
    y_true, y_pred, frame = sensitive_table()
    values, _ = fairness.evaluate_attributes(y_true, y_pred, frame, min_group_rows=0)
    expected = fairlearn.metrics.demographic_parity_ratio(y_true, y_pred, sensitive_features=frame["race"])
    assert values["fairness/dpr/race"] == pytest.approx(expected)


def test_a_single_group_and_a_constant_answer_are_reported():
    y_true = np.array([0, 1] * 20)
    values, notes = fairness.evaluate_attributes(y_true, y_true, pd.DataFrame({"s": ["a"] * 40}), min_group_rows=0)
    assert np.isnan(values["fairness/dpr/s"])
    assert "s: 1 groups to compare" in notes[0]
    groups = pd.DataFrame({"s": ["a", "a", "b", "b"] * 10})
    values, notes = fairness.evaluate_attributes(y_true, np.zeros(40, int), groups, min_group_rows=0)
    assert np.isnan(values["fairness/eor/s"])
    assert {note.split(" is ")[0] for note in notes} == {"s: DPR", "s: EOR"}
