"""Damaged files are made again, to the same bytes. If this is not possible, one line names them."""

import shutil

import pytest

from experiments.run import stages
from experiments.store import frames
from experiments.store.run import Run
from fairtab import FairTab
from fairtab.errors import InputError
from tests.conftest import toy_frame
from tests.experiments.toy import config, run_cell

DAMAGES = {
    "emptied": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "flipped": lambda content: (
        content[: len(content) // 2] + bytes([content[len(content) // 2] ^ 1]) + content[len(content) // 2 + 1 :]
    ),
    "binary": lambda content: b"\xff\x00" * 50,
    "another": lambda content: b"[]",
}


@pytest.fixture(scope="module")
def small_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "toy.parquet"
    toy_frame(150).to_parquet(path)
    return path


@pytest.fixture(scope="module")
def finished(small_file, tmp_path_factory):
    return run_cell(config(small_file, tmp_path_factory.mktemp("finished")))


@pytest.fixture
def run(finished, tmp_path):
    """A copy of the finished run, to be damaged."""
    shutil.copytree(finished.root.parent, tmp_path, dirs_exist_ok=True)
    return Run(tmp_path / "runs", **finished.identity)


def spoil(path, how: str) -> None:
    content = path.read_bytes()
    path.write_bytes(DAMAGES[how](content))
    assert path.read_bytes() != content


def same(run, finished, *names) -> None:
    for name in names:
        assert (run.shared_folder / name).read_bytes() == (finished.shared_folder / name).read_bytes(), name


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("weights.safetensors", "cut"),
        ("weights.safetensors", "flipped"),
        ("model.json", "flipped"),
        ("fit.json", "emptied"),
        ("fit.json", "binary"),
        ("fit.json", "another"),
    ],
)
def test_a_damaged_fit_is_fitted_again(run, finished, small_file, name, how, monkeypatch):
    spoil(run.fit_folder / name, how)
    run.synthetic_path.unlink()
    monkeypatch.setattr(stages, "evaluate", lambda *_: None)  # of the same table, as is checked
    assert run.fit_record() is None
    run_cell(config(small_file, run.root.parent))
    same(run, finished, "fit/weights.safetensors", "fit/model.json", "balance-10/synthetic.parquet")


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("synthetic.parquet", "cut"),
        ("metrics.json", "emptied"),
        ("metrics.json", "cut"),
        ("metrics.json", "another"),
        ("provenance.json", "cut"),
        ("provenance.json", "binary"),
    ],
)
def test_a_damaged_result_is_made_again_from_the_fit(run, finished, small_file, name, how, monkeypatch):
    spoil(run.folder / name, how)
    monkeypatch.setattr(FairTab, "fit", pytest.fail)
    if name == "metrics.json":
        assert run.recorded() is None
        assert frames.frame(run.root).empty  # and no report fails over it
    run_cell(config(small_file, run.root.parent))
    parts = ("metrics.json", "replicates.parquet", "marginals.json", "synthetic.parquet")
    same(run, finished, *(f"balance-10/{part}" for part in parts))
    assert set(run.provenance()["stages"]) == {"fit", "sample", "evaluate"}


@pytest.mark.parametrize("how", ["emptied", "cut", "binary"])
def test_without_knowing_what_made_a_run_it_is_refused_in_one_line(run, small_file, how):
    if how == "cut":
        (run.shared_folder / "config.yaml").write_text("dataset: {name")
    else:
        spoil(run.shared_folder / "config.yaml", how)
    before = run.metrics_path.read_bytes()
    with pytest.raises(
        InputError, match=r"config\.yaml is damaged, so what made .* is unknown: restore the file or remove the folder"
    ):
        run_cell(config(small_file, run.root.parent))
    assert run.metrics_path.read_bytes() == before


@pytest.mark.parametrize("name", ["model.json", "weights.safetensors"])
@pytest.mark.parametrize("how", ["emptied", "cut", "flipped"])
def test_a_saved_model_that_is_damaged_is_named_in_one_line(run, name, how):
    spoil(run.fit_folder / name, how)
    with pytest.raises(InputError, match=r"damaged: save the model again|expected a FairTab model") as caught:
        FairTab.load(run.fit_folder)
    assert "\n" not in str(caught.value)
    assert str(run.fit_folder) in str(caught.value)


def test_a_flipped_byte_of_a_saved_model_is_found_wherever_it_is(run):
    """At forty places of each file, except white space, which has no meaning."""
    for path in (run.fit_folder / "model.json", run.fit_folder / "weights.safetensors"):
        content = path.read_bytes()
        for place in range(7, len(content), len(content) // 40):
            if content[place : place + 1].isspace() or chr(content[place] ^ 1).isspace():
                continue
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            with pytest.raises(InputError):
                FairTab.load(run.fit_folder)
        path.write_bytes(content)
    FairTab.load(run.fit_folder)


def test_a_model_saved_before_there_were_checksums_is_loaded(run):
    path = run.fit_folder / "model.json"
    lines = path.read_text().splitlines()
    assert '"sha256"' in lines[-2]
    path.write_text("\n".join([*lines[:-3], lines[-3].rstrip(","), lines[-1]]))
    FairTab.load(run.fit_folder)
    weights = run.fit_folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-8])
    with pytest.raises(InputError, match=r"weights\.safetensors is damaged"):
        FairTab.load(run.fit_folder)


@pytest.mark.parametrize("missing", ["model.json", "weights.safetensors"])
def test_a_folder_that_holds_no_model_is_named(run, missing):
    (run.fit_folder / missing).unlink()
    with pytest.raises(InputError, match=rf"expected a saved FairTab model, got a folder without {missing}"):
        FairTab.load(run.fit_folder)


def test_a_clock_that_is_set_back_changes_nothing(finished, small_file, tmp_path, monkeypatch):
    """Each time the clock is read, it is a day earlier."""
    days = iter(range(10**6))
    monkeypatch.setattr("time.time", lambda: 2e9 - 86_400 * next(days))
    run = run_cell(config(small_file, tmp_path))
    same(run, finished, "fit/weights.safetensors", "balance-10/metrics.json", "balance-10/synthetic.parquet")
    assert all(cost["seconds"] >= 0 for cost in run.provenance()["stages"].values())
