"""Every test that docs/promises.md names exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs" / "promises.md").read_text())


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED)))
def test_a_test_that_is_named_exists(file: str, test: str) -> None:
    assert f"def {test}" in (ROOT / file).read_text()


def test_every_promise_names_a_test_or_a_command() -> None:
    lines = (ROOT / "docs" / "promises.md").read_text().splitlines()
    promises = [line for line in lines if line.startswith("| ") and not line.startswith(("| promise", "| ---"))]
    assert promises
    for promise in promises:
        assert re.search(r"`(tests/|make |python -m |pre-commit )", promise), promise
