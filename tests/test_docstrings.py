"""Docstrings of fairtab: every public object has an example, and every example runs."""

import ast
import doctest
import importlib
from pathlib import Path

import pytest

from fairtab.cli import app

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "fairtab").rglob("*.py")
)
COMMANDS = {command.callback.__module__ for command in app.registered_commands}  # their docstrings are their help


def source(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@pytest.mark.parametrize("module", MODULES)
def test_examples_run(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # an example may write files
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert doctest.testmod(importlib.import_module(module), optionflags=flags).failed == 0


@pytest.mark.parametrize("module", [module for module in MODULES if module not in COMMANDS])
def test_everything_public_has_an_example(module: str) -> None:
    objects = (ast.ClassDef, ast.FunctionDef)
    public = [
        node
        for node in ast.parse(source(module).read_text()).body
        if isinstance(node, objects) and not node.name.startswith("_")
    ]
    docstrings = {node.name: ast.get_docstring(node) or "" for node in public}
    without = [name for name, text in docstrings.items() if "Examples\n--------\n" not in text or ">>> " not in text]
    assert not without, f"{module}: no docstring with a section Examples: {', '.join(without)}"
