"""Labels of classes and of numbers in the benchmark: a cell, its metrics and the results page."""

import json

import pandas as pd
import pytest

from experiments.reports.page.document import document
from fairtab.errors import InputError
from tests.experiments.toy import config, run_cell

LABELS = {
    "job": ["dataset.target=job", "dataset.categorical=[]", "+dataset.task=multi-class"],
    "amount": ["dataset.target=amount", "dataset.numerical=[age,gain]", "+dataset.task=regression"],
}


def cell(toy_file, results, target, *more):
    asked = ["method=resample", "dataset.positive=null", "dataset.sensitive=[sex]", *LABELS[target], *more]
    return config(toy_file, results, *asked, small=False)


@pytest.mark.parametrize(("target", "metric"), [("job", "utility/macro_auc"), ("amount", "utility/r2")])
def test_a_cell_has_the_metrics_of_its_task(toy_file, tmp_path, target, metric):
    run = run_cell(cell(toy_file, tmp_path, target))
    found = json.loads(run.metrics_path.read_text())["metrics"]
    assert metric in found
    assert not {"utility/auc", "score", "fairness/dpr/sex"} & set(found)
    assert metric in pd.read_parquet(run.replicates_path)
    document(tmp_path)


def test_a_number_agrees_with_its_bin_in_the_table_of_a_cell(toy_file, tmp_path):
    rows = pd.read_parquet(run_cell(cell(toy_file, tmp_path, "amount")).synthetic_path)
    ranges = rows.groupby("amount-group")["amount"].agg(["min", "max"]).sort_values("min")
    assert (ranges["min"].iloc[1:].to_numpy() > ranges["max"].iloc[:-1].to_numpy()).all()


@pytest.mark.parametrize("more", [["goal=score"], ["learner=threshold"]], ids=["goal", "learner"])
def test_what_needs_two_values_is_refused_before_the_fit(toy_file, tmp_path, more):
    with pytest.raises(InputError, match="needs a label of two values: the task of 'job' is multi-class"):
        run_cell(cell(toy_file, tmp_path, "job", *more))
    assert not list(tmp_path.rglob("fit"))
