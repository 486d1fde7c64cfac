import pandas as pd

from experiments.reports.text.compared import compared, variants
from tests.experiments import made_up


def test_ours_above_what_was_published_and_nothing_where_nothing_was():
    rows = [
        {"dataset": dataset, "method": "smote", **made_up.metrics(dataset, **{"utility/auc": auc})}
        for dataset in ("adult", "compas")
        for auc in (0.90, 0.92)
    ]
    facts = {name: made_up.facts(name) for name in ("adult", "compas")}
    lines = compared(pd.DataFrame(rows), "smote", facts).splitlines()[2:]
    assert [line.split(" | ")[0] for line in lines] == ["| adult (sex), 2 seeds", "| adult, published"]
    assert lines[0].split(" | ")[1] == "0.910 ± 0.014"
    assert lines[1].split(" | ")[1:3] == ["0.914", "0.025"]
    assert len(compared(pd.DataFrame(rows), "ctgan", facts).splitlines()) == 2


def test_variants_stand_below_the_default_by_the_seeds_that_all_have():
    """A seed that only the default variant has is not part of the comparison."""
    aucs = {("default", 0): 0.90, ("default", 1): 0.80, ("long", 0): 0.92, ("brief", 0): 0.85}
    rows = [
        {"dataset": "adult", "method": "smote", "variant": variant, "seed": seed}
        | made_up.metrics("adult", **{"utility/auc": auc})
        for (variant, seed), auc in aucs.items()
    ]
    header, _, *lines = variants(pd.DataFrame(rows), made_up.facts("adult")).splitlines()
    assert header.startswith("| adult, seed 0 | AUC |")
    assert [line.split(" | ")[:2] for line in lines] == [
        ["| `default`", "0.900"],
        ["| `brief`", "0.850"],
        ["| `long`", "0.920"],
        ["| published", "0.914"],
    ]


def test_a_variant_of_other_seeds_is_left_out_and_empties_no_line():
    names = {("default", 0), ("long", 0), ("stray", 9)}
    rows = [
        {"dataset": "adult", "method": "smote", "variant": variant, "seed": seed, **made_up.metrics("adult")}
        for variant, seed in names
    ]
    _, _, *lines = variants(pd.DataFrame(rows), made_up.facts("adult")).splitlines()
    assert [line.split(" | ")[:2] for line in lines[:-1]] == [["| `default`", "0.500"], ["| `long`", "0.500"]]
