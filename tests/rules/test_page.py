"""The examples of docs/rules.md run as they stand, one after the other."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_examples_of_the_page_run():
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(block, names)
    rows, completed = names["drawn"].table.frame, names["rows"]  # type: ignore[attr-defined]
    assert (rows["sex"] == "f").all()
    assert completed["start"].tolist() == [2, 4]  # type: ignore[index]
