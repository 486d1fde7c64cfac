"""The code of the tutorials, as it stands on the page: fenced blocks run in order, in a folder of their own.

A `python` block with a title is a file, another is run, and so is a `bash` block. A `text` block is what the block
before it prints. Indented code is not run: it takes too long, or is one way of several.
"""

import contextlib
import doctest
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fairtab

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "start.md", *sorted((ROOT / "docs" / "tutorials").glob("*.md"))]
BLOCK = re.compile(r'^```(\w+)(?: title="(.+)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)
SAME = doctest.OutputChecker()


def run_bash(code: str) -> str:
    """Run commands as in a shell with the environment activated."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def run_python(code: str, names: dict[str, object]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "<page>", "exec"), names)
    return printed.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_does_what_it_says(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = BLOCK.findall(page.read_text())
    page_code = "".join(code for _, _, code in blocks)
    if re.search(r"^fairtab |fairtab\.make\(", page_code, re.MULTILINE) and not hasattr(fairtab, "make"):
        pytest.skip("fairtab.make is not there yet")
    for name in ("run.py", "conf"):  # the root of the repository, but for its results
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)

    names: dict[str, object] = {"__name__": "__main__"}
    printed = ""
    for language, title, code in blocks:
        if title:
            Path(title).write_text(code)
        elif language == "text":
            assert SAME.check_output(code, printed, doctest.NORMALIZE_WHITESPACE), printed
        else:
            printed = run_bash(code) if language == "bash" else run_python(code, names)
    for written in re.findall(r'(?:--out |report\.save\(")([\w.]+)', page_code):
        assert Path(written).stat().st_size, f"{written} is empty"


def test_there_are_four_tutorials_with_code() -> None:
    assert len(PAGES) == 5
    assert all(BLOCK.search(page.read_text()) for page in PAGES)
