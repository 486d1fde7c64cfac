import pytest

from experiments.configuration import compose_config
from experiments.run.cell import Cell
from experiments.status import commands, main, show
from experiments.sweep.cells import cells
from experiments.sweep.state import state
from fairtab.metrics.catalogue import PRIVACY
from tests.experiments.toy import overrides

PRIVATE = dict.fromkeys(PRIVACY, 0.5)


@pytest.fixture
def words(toy_file, tmp_path):
    return ["experiment=paper", "method=real,fairtab", "seed=0,1", *overrides(toy_file, tmp_path)]


@pytest.fixture
def found(words):
    """The cells by method and seed."""
    return {(cell.run.method, cell.run.seed): cell for _, cell in cells(["dataset=adult", *words])}


def finish(cell, **metrics: float) -> None:
    cell.run.claim(cell.fit_identity, cell.sample_identity)
    result = {"metrics": {"utility/auc": 0.9, **metrics}, "notes": [], "evaluation": cell.evaluation}
    cell.run.finish(result)


def test_a_sweep_has_every_cell_with_the_words_that_ask_for_it_alone(found, words):
    assert list(found) == [("real", 0), ("real", 1), ("fairtab", 0), ("fairtab", 1)]
    assert [cell.run.level for cell in found.values()] == ["native"] * 2 + ["balance-10"] * 2
    alone = {cell.run: words for words, cell in cells(["dataset=adult", *words])}[found["fairtab", 1].run]
    assert {"experiment=paper", "method=fairtab", "seed=1"} <= set(alone)


@pytest.mark.parametrize(("method", "n_levels"), [("codi", 1), ("fairtab", 2)])
def test_a_cell_is_the_one_that_its_words_compose(method, n_levels):
    variants = {"codi": "default,published", "fairtab": "default,long"}[method]
    grid = ["dataset=adult,compas", f"method={method}", f"variant={variants}", "balance=0,5", "dataset.split_seed=1,2"]
    listed = cells(["experiment=paper", "seed=0,1", *grid])
    assert len(listed) == 2**4 * n_levels
    for alone, cell in listed[::5]:
        assert cell == Cell.from_config(compose_config(alone))


def test_a_value_may_follow_the_level_or_the_seed():
    listed = cells(["sampling=b-${balance}", "dataset.split_seed=${seed}", "variant=x", "balance=0,5", "seed=1,2"])
    assert [(cell.run.level, cell.dataset.split_seed) for _, cell in listed] == [
        ("balance-0-b-0", 1),
        ("balance-0-b-0", 2),
        ("balance-5-b-5", 1),
        ("balance-5-b-5", 2),
    ]
    for alone, cell in listed:
        assert cell == Cell.from_config(compose_config(alone))
    ((_, cell),) = cells(["balance=1e1"])  # a number for Hydra, text for YAML
    assert cell.level == 10


def test_done_missing_failed_and_stale(found):
    cell = found["fairtab", 0]
    assert state(cell).name == "missing"
    cell.run.folder.mkdir(parents=True)
    trace = "Traceback (most recent call last):\n  File\n    raise\nRuntimeError: out of luck\nand more\n"
    cell.run.error_path.write_text(f"stage: sample\n\n{trace}")
    assert (state(cell).name, state(cell).why) == ("failed", "sample: RuntimeError: out of luck")
    finish(cell)
    assert state(cell).why == "has no scores of privacy"
    finish(cell, **PRIVATE)
    assert state(cell).why == "has no scores of sensitive columns overwritten"
    cell.run.fail("evaluate", "RuntimeError: no draws")
    assert (state(cell).name, state(cell).why) == ("failed", "evaluate: RuntimeError: no draws")
    finish(cell, **PRIVATE, **{"uniform_sensitive/utility/auc": 0.9})
    assert state(cell).name == "done"
    cell.run.fail("evaluate", "RuntimeError: a later one")
    assert state(cell).name == "done"


def test_cells_of_a_name_that_has_no_study_are_missing(found, words):
    ((_, cell),) = cells(["dataset=adult", *words, "method=smote", "seed=0", "variant=tuned"], checked=False)
    assert (cell.run.variant, state(cell).name) == ("tuned", "missing")


def test_what_another_configuration_made_is_stale(found, toy_file, tmp_path):
    cell = found["fairtab", 0]
    finish(cell, **PRIVATE, **{"uniform_sensitive/utility/auc": 0.9})
    base = ["experiment=paper", "dataset=adult", "method=fairtab", "seed=0", *overrides(toy_file, tmp_path)]
    for word, why, folder in (
        ("method.epochs=7", "method.epochs was 120, now 7", cell.run.shared_folder),
        ("n_rows=7", "n_rows was None, now 7", cell.run.folder),
        ("evaluation.min_group_rows=7", "min_group_rows was 1, now 7", cell.run.folder),
    ):
        ((words, changed),) = cells([*base, word])
        found = state(changed)
        assert (found.name, found.why, found.folder) == ("stale", why, folder)
        remove, run = commands([(words, changed, found)], ["experiment=paper"])
        assert remove == f"rm -r {folder}"
        assert run.startswith("python run.py experiment=paper ")


def test_one_command_fills_the_seeds_of_a_cell(words, capsys):
    listed = [(w, cell, state(cell)) for w, cell in cells(["dataset=adult", *words])]
    finish(listed[0][1], **PRIVATE, **{"uniform_sensitive/utility/auc": 0.9})
    listed = [(w, cell, state(cell)) for w, cell, _ in listed]
    lines = commands(listed, ["experiment=paper"])
    assert len(lines) == 2
    assert lines[0].startswith("python run.py experiment=paper ")
    assert lines[0].endswith("method=real seed=1") or " method=real " in lines[0]
    assert lines[1].startswith("python run.py -m experiment=paper ")
    assert lines[1].endswith("seed=0,1")
    show(listed, ["experiment=paper"])
    assert "1 done, 3 missing, 0 failed, 0 stale" in capsys.readouterr().out


def test_an_experiment_that_names_its_datasets_has_cells():
    found = cells(["experiment=missing", "dataset=compas,adult", "method=real", "dataset.inject.by=random", "seed=0"])
    names = {f"{dataset}-missing-{rate}-random" for dataset in ("compas", "adult") for rate in (0.05, 0.15, 0.3)}
    assert {cell.run.dataset for _, cell in found} == names


def test_what_cannot_be_composed_is_said_in_one_line():
    with pytest.raises(SystemExit, match=r"^error: .*nope"):
        main(["method=nope"])


def test_variants_have_rows_of_their_own(words, capsys):
    found = [(words, cell, state(cell)) for words, cell in cells(["dataset=adult", *words, "variant=a,b", "seed=0"])]
    show(found, [])
    printed = capsys.readouterr().out
    assert [len([line for line in printed.splitlines() if f"│ {name} " in line]) for name in "ab"] == [2, 2]
