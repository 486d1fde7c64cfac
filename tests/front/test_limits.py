"""A report's limits: what no real row stands behind."""

import pandas as pd

from fairtab import check


def test_rows_of_small_groups_and_unknown_values_are_among_the_notes():
    real = pd.DataFrame({"age": [*range(20, 60)] * 4, "job": ["cook", "nurse"] * 80, "sex": ["f", "m", "m", "f"] * 40})
    real = real.assign(paid=[0, 0, 1, 1] * 40)
    real.loc[:2, "sex"] = "x"
    synthetic = real.assign(job=real["job"].replace("cook", "clerk"))
    synthetic.loc[:9, "sex"] = "x"
    report = check(real, synthetic, target="paid", positive=1, sensitive="sex")
    few = "10 of 160 synthetic rows are of a label and group with fewer than 10 training rows, so they have what other "
    few += "groups teach: paid 0, sex x (6 rows); paid 1, sex x (4 rows)."
    unknown = "Values of job that the real table lacks: clerk (80 rows)."
    assert {few, unknown} <= {*report.facts["notes"]}
    assert f"- {few}\n- {unknown}\n" in report.to_markdown()
