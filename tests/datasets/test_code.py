"""The made-up table of code benchmarks is what its script makes, and it hides its truth as it should."""

import pandas as pd
import pytest
from scipy.stats import kendalltau

from baselines.resample import Resample
from benchmarks import code_table
from fairtab import load_dataset
from fairtab.joint import Joint


def rates(frame: pd.DataFrame, by: str) -> pd.Series:
    return frame["outcome"].eq("pass").groupby(frame[by].astype(str)).mean()


def test_the_script_makes_the_table_that_is_shipped():
    pd.testing.assert_frame_equal(code_table.attempts(), pd.read_parquet(code_table.FILE), check_dtype=False)


def test_the_order_of_models_is_hidden_by_who_tried_which_language():
    found = kendalltau(code_table.truth(), rates(code_table.attempts(), "model")).statistic
    assert found < 0.6


def test_each_language_has_rows_of_both_outcomes_in_each_part():
    split = load_dataset("code")
    for part in (split.train, split.validation, split.test):
        counts = part.frame.groupby(["language", "outcome"], observed=True).size()
        assert len(counts) == 40
        assert counts.min() >= 15


def test_a_balanced_table_has_the_models_in_the_order_of_the_truth_and_no_effect_of_languages():
    split = load_dataset("code")
    joint = Joint.from_table(split.train).balanced(10)
    table = Resample().fit(split.train, split.validation, seed=0).sample(40_000, seed=0, joint=joint)
    assert kendalltau(code_table.truth(), rates(table.frame, "model")).statistic > 0.85
    by_language = rates(table.frame, "language")
    assert by_language.min() == pytest.approx(by_language.max(), abs=0.002)
