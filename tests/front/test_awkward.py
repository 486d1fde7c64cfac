"""Awkward files of strangers go through make and check, or are refused in one line; no single row is shown."""

import io
import json

import pandas as pd
import pytest

from fairtab import check, make
from fairtab.metrics.attacks import attacked
from tests.datasets.test_strangers import GIVEN, WORKS
from tests.experiments.test_strangers import NUMBER, TEXT, canaries
from tests.front.conftest import ROLES

CASES = {name: case for name, case in WORKS.items() if name != "200 columns"}  # its 20,000 pairs take minutes


@pytest.fixture(autouse=True)
def few_guesses(monkeypatch):
    """Attacks on each of these tables would take most of the time."""
    monkeypatch.setattr(attacked, "MAX_GUESSES", 50)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_strangers_file_gives_a_table_and_a_report(tmp_path, case):
    path = tmp_path / f"loans.{case.ending}"
    path.write_bytes(case.content)
    asked = {**GIVEN, **case.more}
    made = make(path, **asked, level=10, rows=60)
    assert len(made.table) == 60
    written = io.StringIO()
    made.table.written.to_csv(written, index=False)
    (tmp_path / "fair.csv").write_text(written.getvalue())
    judged = check(path, tmp_path / "fair.csv", **asked)
    assert judged.facts["rows"]["synthetic"] == 60
    assert judged.to_html().startswith("<!doctype html>")


def test_a_report_shows_no_value_of_a_single_row():
    made = make(canaries(), **ROLES, level=10)
    for text in (made.report.to_html(), made.report.to_json(), made.report.to_markdown()):
        for canary in (TEXT, str(NUMBER), f"{NUMBER:,}", f"{NUMBER * 10:.2e}"[:6]):
            assert canary not in text
    json.loads(made.report.to_json())


def test_a_frame_of_pandas_own_types_is_read_like_a_file(loans):
    frame = pd.read_csv(loans).convert_dtypes()
    from_frame = make(frame, **ROLES, level=10, rows=50).table.frame
    from_file = make(loans, **ROLES, level=10, rows=50).table.frame
    pd.testing.assert_frame_equal(from_frame, from_file)
