"""Folded runs come back byte for byte, and so do the tables made of them."""

import shutil

import pytest

from experiments.fold import main
from experiments.reports.model import tables
from experiments.store.folded import SCHEMA, fold, unfold
from fairtab.errors import InputError
from tests.experiments import made_up


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "results" / "runs"
    for dataset in ("adult", "bank"):
        for seed in (0, 1):
            made_up.write(root, dataset, "real", seed)
            run = made_up.write(root, dataset, "fairtab", seed, "balance-10")
            run.claim({"method": "fairtab"}, {"n_rows": None})
            run.synthetic_path.write_text("not in git")
    return root


def contents(root):
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file() and p.name != ".lock"}


def test_a_clone_has_one_file_for_each_dataset_and_the_same_tables(root, tmp_path):
    before, made = contents(root), tables.build(root)
    assert {path.name: n for path, n in fold(root).items()} == {"adult.parquet": 4, "bank.parquet": 4}
    clone = tmp_path / "clone"
    clone.mkdir()
    for path in root.glob("*.parquet"):
        shutil.copy(path, clone)
    unfold(clone)
    assert contents(clone).keys() - {"adult.parquet", "bank.parquet"} == {
        name for name in before if not name.endswith("synthetic.parquet")
    }
    assert {name: text for name, text in contents(clone).items() if name in before} == {
        name: text for name, text in before.items() if not name.endswith("synthetic.parquet")
    }
    assert tables.build(clone) == made


def test_folding_again_gives_the_same_bytes_and_keeps_what_only_the_file_has(root):
    fold(root)
    first = (root / "adult.parquet").read_bytes()
    shutil.rmtree(root / "adult" / "fairtab")
    fold(root)
    assert (root / "adult.parquet").read_bytes() == first


def test_a_file_that_is_there_stays_and_is_named_if_it_differs(root, capsys):
    fold(root)
    (changed, gone, *_) = sorted(root.rglob("metrics.json"))
    changed.write_text("{}")
    gone.unlink()
    main(["--open", "--results", str(root.parent)])
    assert changed.read_text() == "{}"
    assert gone.exists()
    assert capsys.readouterr().out == f"1 files were written\n{changed} is another than the folded one, and stays\n"


@pytest.mark.parametrize("name", ["../outside.json", "/tmp/outside.json", "real/../../outside.json"])
def test_no_folded_file_is_written_outside(tmp_path, name):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.Table.from_pylist([{"path": name, "content": b"{}"}], SCHEMA), tmp_path / "adult.parquet")
    with pytest.raises(InputError, match="outside its dataset's folder"):
        unfold(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["adult.parquet"]


def test_runs_of_settings_that_the_fit_no_longer_has_are_dropped(root, tmp_path):
    other = made_up.write(root, "adult", "fairtab", 0, "balance-0")
    fold(root)
    shutil.rmtree(other.shared_folder)  # what `experiments.status` advises for runs that are stale
    made_up.write(root, "adult", "fairtab", 0, "balance-10").claim(
        {"method": "fairtab", "epochs": 300}, {"n_rows": None}
    )
    fold(root)
    (tmp_path / "clone").mkdir()
    shutil.copy(root / "adult.parquet", tmp_path / "clone")
    unfold(tmp_path / "clone")
    made = tmp_path / "clone" / "adult" / "fairtab" / "default"
    assert {path.name for path in (made / "seed-0").iterdir()} == {"config.yaml", "balance-10"}
    assert "epochs: 300" in (made / "seed-0" / "config.yaml").read_text()
    assert (made / "seed-1" / "balance-10" / "metrics.json").exists()  # nothing of other fits is dropped
