"""Committed results equal the results made from the committed runs."""

import shutil
import subprocess
from pathlib import Path

import pytest

from experiments.reports import documents
from experiments.reports.model import tables
from experiments.store import frames
from experiments.sweep.cells import cells
from experiments.sweep.state import state
from tests.experiments import made_up
from tests.experiments.toy import ROOT


def tracked(folder: str) -> list[Path]:
    """List the files of a folder that are in git. Other runs of a developer do not count."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout")
    command = ["git", "-C", str(ROOT), "ls-files", "-z", folder]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [Path(name) for name in listed.split("\0") if name]


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """The committed runs alone."""
    root = tmp_path_factory.mktemp("committed")
    for path in [*tracked("results/runs"), *tracked("results/missing/runs"), *tracked("results/splits/runs")]:
        if (ROOT / path).exists():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, root / path)
    return root / "results" / "runs"


@pytest.fixture(scope="module")
def made(runs) -> dict[str, str]:
    """The documents' blocks."""
    return documents.blocks(runs)


def differing(made: dict[str, str], committed: dict[str, str]) -> list[str]:
    """Name the files that differ from the expected ones; none if nothing could be made."""
    return [name for name in sorted(made | committed) if made.get(name) != committed.get(name)] if made else []


@pytest.mark.parametrize("variant", ["default", "tuned"])
def test_the_committed_tables_are_those_of_the_committed_runs(runs, variant):
    folder = Path("results/tables") / ("" if variant == "default" else variant)
    committed = {path.name: (ROOT / path).read_text() for path in tracked(str(folder)) if path.parent == folder}
    if variant != "default" and not committed:
        pytest.skip(f"there are no tables of variant {variant}")
    made, missing = tables.build(runs, variant)
    assert differing(made, committed) == [], "make tables rebuilds them"
    assert variant != "default" or missing == []


@pytest.mark.parametrize("folder", [".", "../missing", "../splits"])
def test_the_seeds_of_a_committed_cell_are_of_one_configuration(runs, folder):
    root = runs.parent / folder / "runs"
    assert frames.mixed(frames.finished(root)) == []


@pytest.mark.parametrize("document", documents.DOCUMENTS, ids=lambda path: path.name)
def test_documents_say_what_the_committed_runs_say(made, tmp_path, document):
    copy = tmp_path / document.name
    shutil.copyfile(document, copy)
    documents.fill(copy, made)
    assert copy.read_text() == document.read_text(), "make readme fills it"


def test_no_committed_run_of_the_benchmark_is_of_settings_that_have_changed(runs):
    found = [(cell, state(cell)) for _, cell in cells(["experiment=paper", f"results_dir={runs.parent}"])]
    assert sum(its.name == "done" for _, its in found) > 150
    assert [f"{cell.run}: {its.why}" for cell, its in found if its.name in ("stale", "failed")] == []


def test_a_table_that_is_old_edited_or_not_there_is_found(tmp_path):
    assert differing({}, {"tradeoff.md": "of runs that are not committed"}) == []
    made_up.write(tmp_path, "adult", "real", 0)
    made, _ = tables.build(tmp_path)
    assert differing(made, made) == []
    edited = made | {"table3.md": made["table3.md"].replace("0.500", "0.900"), "old.md": ""}
    del edited["table4.tex"]
    assert differing(made, edited) == ["old.md", "table3.md", "table4.tex"]


def test_a_block_is_filled_where_the_document_has_one(tmp_path):
    made_up.write(tmp_path / "runs", "adult", "fairtab", 0, "balance-10")
    document = tmp_path / "page.md"
    document.write_text("a\n<!-- gain -->\n<!-- end -->\nb\n")
    assert documents.fill(document, documents.blocks(tmp_path / "runs")) == ["gain"]
    assert "| **FairTab, level 10**, 1 seed | 0.500 |" in document.read_text()
    assert document.read_text().endswith("<!-- end -->\nb\n")
    assert documents.fill(document, documents.blocks(tmp_path / "none")) == []
