import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from fairtab.metrics import bootstrap, fairness
from fairtab.metrics.score import score

RNG = np.random.default_rng(0)
N = 500
Y = RNG.integers(0, 2, N)
P = np.round(np.clip(0.3 * Y + 0.7 * RNG.random(N), 0, 1), 2)  # with ties
GROUPS = pd.DataFrame({"sex": RNG.choice(["f", "m"], N), "race": RNG.choice(["a", "b", "c"], N)})


def replicates(n: int = 20) -> pd.DataFrame:
    return bootstrap.replicates(Y, P, (P > 0.5).astype(int), GROUPS, min_group_rows=0, n=n)


def test_a_replicate_is_the_metric_of_the_rows_drawn():
    rows = np.repeat(np.arange(N), bootstrap._weights(N, 3)[2])
    assert len(rows) == N
    drawn = replicates().iloc[2]
    assert drawn["utility/auc"] == pytest.approx(roc_auc_score(Y[rows], P[rows]))
    groups = GROUPS.iloc[rows].reset_index(drop=True)
    values, _ = fairness.evaluate_attributes(Y[rows], (P[rows] > 0.5).astype(int), groups, min_group_rows=0)
    assert drawn[list(values)].to_dict() == pytest.approx(values)
    ratios = drawn["utility/auc"], drawn["fairness/dpr/sex"], drawn["fairness/eor/sex"]
    assert drawn["score/sex"] == pytest.approx(score(*ratios))


def test_every_run_of_a_table_sees_the_same_rows():
    """So that two classifiers can be compared row by row: equal ones never differ."""
    pd.testing.assert_frame_equal(replicates(), replicates())
    other = bootstrap.replicates(Y, 1 - P, (P < 0.5).astype(int), GROUPS, min_group_rows=0, n=20)
    assert (other["utility/auc"] + replicates()["utility/auc"]).to_numpy() == pytest.approx(np.ones(20))


def test_replicates_spread_around_the_metric_as_its_standard_error_says():
    """A share p of n rows has the standard error sqrt(p (1 - p) / n). Accuracy is such a share, AUC is similar."""
    auc = replicates(200)["utility/auc"]
    assert auc.mean() == pytest.approx(roc_auc_score(Y, P), abs=0.005)
    assert 0.01 < auc.std() < 0.03


def test_what_is_undefined_is_nan():
    one = pd.DataFrame({"sex": ["f"] * N})
    drawn = bootstrap.replicates(Y, P, (P > 0.5).astype(int), one, min_group_rows=0, n=2)
    assert drawn["fairness/dpr/sex"].isna().all()
