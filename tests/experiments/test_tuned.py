"""Tuned settings beside the defaults, in docs/results.md."""

from experiments.reports import documents
from tests.experiments import made_up


def test_each_tuned_method_stands_beside_its_defaults_and_no_other_method_does(tmp_path):
    for seed in (0, 1, 2):
        for variant, auc in (("default", 0.7), ("tuned", 0.8)):
            values = made_up.metrics("german", **{"utility/auc": auc})
            made_up.write(tmp_path, "german", "arf", seed, variant=variant, values=values)
        made_up.write(tmp_path, "german", "smote", seed)
        made_up.write(tmp_path, "adult", "arf", seed)
    lines = [line.strip("| ").split(" | ")[:2] for line in documents.blocks(tmp_path)["tuned"].splitlines()[2:] if line]
    assert lines[1:] == [["ARF", "0.700 ± 0.000"], ["ARF, tuned", "0.800 ± 0.000"]]


def test_without_tuned_runs_there_is_no_such_table(tmp_path):
    made_up.write(tmp_path, "german", "arf", 0)
    assert "tuned" not in documents.blocks(tmp_path)
