import numpy as np
import pandas as pd
import pytest

from experiments.reports.model.claims import claims, compare, files, holm
from tests.experiments import made_up

FACTS = {"adult": made_up.facts("adult")}
ROWS = np.random.default_rng(0).normal(0, 0.02, 200)  # what a draw of test rows does to every method alike


def test_what_test_rows_do_to_both_cancels():
    steady = np.array([0.80, 0.80]), np.array([0.80 + ROWS] * 2)
    better = np.array([0.81, 0.81]), np.array([0.81 + ROWS] * 2)
    found = compare(*better, *steady)
    assert found["p"] < 0.05  # though rows alone move either by twice the difference
    assert found["difference"] == pytest.approx(0.01)
    alone = np.array([0.81, 0.81]), np.array([0.81 + ROWS[::-1]] * 2)  # other rows' luck: not paired
    assert compare(*alone, *steady)["p"] > 0.05


def test_seeds_that_differ_much_let_no_difference_hold():
    a, b = np.array([0.80, 0.90]), np.array([0.78, 0.80])
    draws = [np.add.outer(seeds, ROWS) for seeds in (a, b)]
    assert compare(a, draws[0], b, draws[1])["p"] > 0.05
    found = compare(a - [0, 0.1], draws[0] - [[0], [0.1]], b - [0, 0.02], draws[1] - [[0], [0.02]])
    assert found["p"] < 0.05


def test_an_interval_by_hand():
    """If rows have no influence, two seeds each give Welch's t-test."""
    a, b = np.array([0.9, 0.8]), np.array([0.5, 0.4])
    flat = [np.repeat(seeds[:, None], 200, axis=1) for seeds in (a, b)]
    found = compare(a, flat[0], b, flat[1])
    half = 4.302653 * np.sqrt(0.005 / 2 + 0.005 / 2)  # t of 2 degrees of freedom
    assert (found["low"], found["high"]) == pytest.approx((0.4 - half, 0.4 + half))


def test_of_differences_that_are_nothing_one_in_twenty_holds():
    rng = np.random.default_rng(0)

    def method() -> tuple[np.ndarray, np.ndarray]:
        """Make three seeds with noise from test rows, and bootstrap draws of these rows."""
        seeds = rng.normal(0.8 + rng.normal(0, 0.01), 0.01, 3)
        return seeds, seeds[:, None] + rng.normal(0, 0.01, 200)

    held = np.mean([compare(*method(), *method())["p"] < 0.05 for _ in range(400)])
    assert 0.02 < held < 0.08


def test_no_claim_without_two_seeds_or_of_what_is_undefined():
    good = np.array([0.8, 0.8]), np.array([0.8 + ROWS] * 2)
    assert compare(good[0][:1], good[1][:1], *good) is None
    assert compare(np.array([0.8, np.nan]), good[1], *good) is None
    undefined = good[1].copy()
    undefined[0, :30] = np.nan
    assert compare(good[0], undefined, *good) is None
    undefined[0, 10:30] = 0.8 + ROWS[10:30]
    assert compare(good[0], undefined, *good) is not None


def test_the_same_table_is_no_better_than_itself():
    same = np.array([0.8, 0.8]), np.array([0.8 + ROWS] * 2)
    found = compare(*same, *same)
    assert (found["difference"], found["p"]) == (0, 1)


def test_holms_adjustment_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


def frames(gain: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Three methods on one dataset. The AUC of fairtab is higher than that of smote by `gain`, plus noise for each."""
    runs, replicates = [], []
    for m, (method, auc) in enumerate([("smote", 0.8), ("fairtab", 0.8 + gain), ("ctgan", 0.8)]):
        for seed in (0, 1, 2):
            place = {"dataset": "adult", "method": method, "variant": "default", "seed": seed}
            place["level"] = "balance-10" if method == "fairtab" else "native"
            wobble = np.random.default_rng([m, seed]).normal(0, 0.002, 200)
            values = {"utility/auc": auc + 0.001 * seed, "fairness/dpr/sex": 0.5, "fairness/eor/sex": 0.5}
            values["score/sex"] = 0.5 * values["utility/auc"] + 0.25
            runs.append({**place, **values})
            replicates += [
                {**place, "draw": i, **{k: v + ROWS[i] + wobble[i] for k, v in values.items()}} for i in range(200)
            ]
    return pd.DataFrame(replicates), pd.DataFrame(runs)


def test_a_difference_known_by_construction_is_found_and_no_other():
    found = claims(*frames(gain=0.05), FACTS)
    assert len(found) == 4 * 3
    held = found[found["holds"]]
    assert {(row.a, row.b, row.metric) for row in held.itertuples()} == {
        (*pair, metric)
        for pair in (("smote", "fairtab"), ("fairtab", "ctgan"))
        for metric in ("utility/auc", "score/sex")
    }
    text = files(found)["claims.md"]
    assert "| FairTab | SMOTE, CTGAN | - | - | SMOTE, CTGAN |" in text
    assert "| CTGAN | - | - | - | - |" in text


def test_nothing_holds_where_nothing_differs():
    assert not claims(*frames(gain=0.0), FACTS)["holds"].any()


def test_ceilings_and_the_floor_take_no_part():
    """With them in the family of tests, fewer differences between competitors would hold."""
    replicates, runs = frames(gain=0.05)
    names = {"smote": "real", "ctgan": "independent"}
    more = [frame.assign(method=frame["method"].replace(names)) for frame in (replicates, runs)]
    more = [each[each["method"].isin(names.values())] for each in more]
    found = claims(pd.concat([replicates, more[0]]), pd.concat([runs, more[1]]), FACTS)
    pd.testing.assert_frame_equal(found, claims(replicates, runs, FACTS))


def test_what_holds_by_itself_alone_is_no_claim():
    """Seeds differ so much that a difference has p < 0.05, but not after the correction for three pairs."""
    replicates, runs = frames(gain=0.05)
    found = claims(replicates, runs.assign(**{"utility/auc": runs["utility/auc"] + 0.018 * runs["seed"]}), FACTS)
    alone = found[found["p"].lt(0.05) & found["p_holm"].gt(0.05)]
    assert len(alone)
    assert not alone["holds"].any()


def test_no_runs_no_claims():
    assert files(claims(pd.DataFrame(), pd.DataFrame(), {})) == {}
