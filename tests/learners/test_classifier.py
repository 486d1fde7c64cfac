import numpy as np
import pandas as pd

from fairtab import load_dataset
from fairtab.learners.classifier import Classifier, as_inputs

QUICK = {"iterations": 300, "one_hot_max_size": 64}


def test_a_judgement_does_not_depend_on_the_number_of_threads(monkeypatch):
    """Adult has enough rows and trees for the order of CatBoost's sums to change a split."""
    table = load_dataset("adult").train

    def judged(threads: str) -> np.ndarray:
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        return Classifier(seed=0, model=QUICK).fit(table).predict_probability(table.inputs)

    np.testing.assert_array_equal(judged("1"), judged("2"))


def test_a_missing_value_is_no_value_of_the_table_whatever_it_is_called():
    inputs = as_inputs(pd.DataFrame({"job": ["missing", None, "nan", "NaN", "x"]}), [])
    assert inputs["job"].nunique() == 5
