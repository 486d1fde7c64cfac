import pandas as pd

from experiments.reports.compared import compared
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
