"""Private cells: their place, their identity, what they record, and what is refused."""

from dataclasses import asdict, replace

import pytest
from omegaconf import OmegaConf

from experiments.configuration import compose_config
from experiments.run.cell import Cell
from fairtab import FairTab, Joint
from fairtab.errors import InputError
from fairtab.files import read_json
from fairtab.settings import Privacy
from fairtab.table import Split
from tests.experiments import toy

TINY = ["privacy.epsilon=20", "privacy.delta=0.01", "privacy.epochs=2", "privacy.sample_rate=0.5", "privacy.share=0.7"]


def composed(*words: str) -> Cell:
    return Cell.from_config(compose_config(list(words)))


def test_without_epsilon_privacy_is_no_part_of_the_identity():
    assert "privacy" not in composed().fit_identity["method"]


def test_without_epsilon_a_setting_that_does_not_exist_is_named():
    with pytest.raises(InputError, match=r"setting of privacy.*foo"):
        composed("+privacy.foo=1")
    assert composed("+privacy.fractional=[]").fit_identity == composed().fit_identity


@pytest.mark.parametrize("word", ["privacy.epochs=3", "privacy.seeded=false", "+privacy.bounds.age=[0,100]"])
def test_without_epsilon_a_setting_of_private_fits_is_refused(word):
    """Else a fit that was meant to be private would not be, and nobody would be told."""
    name = word.strip("+").split("=")[0].rsplit(".age")[0]
    with pytest.raises(InputError, match=f"{name}: the fit is not private: give privacy.epsilon"):
        composed(word)


def test_with_epsilon_it_is_and_the_place_says_so():
    cell = composed("privacy.epsilon=3")
    assert cell.run.variant == "epsilon-3"
    assert composed("privacy.epsilon=0.5").run.variant == "epsilon-0.5"
    assert cell.fit_identity["method"]["privacy"]["epsilon"] == 3
    assert composed("privacy.epsilon=3", "variant=wide").run.variant == "wide"


def test_the_configuration_has_the_settings_of_the_library():
    given = OmegaConf.to_container(compose_config([]).privacy)
    default = asdict(Privacy(epsilon=1))
    own = {"epsilon", "seeded", "fractional"}  # published tables, splits and seeds: results can be made again
    assert given.keys() == default.keys() - {"fractional"}
    assert {name: given[name] for name in default if name not in own} == {
        name: default[name] for name in default if name not in own
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["method=tabddpm"], "method tabddpm has no private fit"),
        (["method=fairtab_paper"], "has no private fit"),
        (["method=resample"], "has no private fit"),
        (["cap=true", "sampling=capped"], "a cap compares rows with real ones"),
        (["privacy.delta=2"], "privacy.delta: expected a number between 0 and 1, got 2"),
    ],
)
def test_what_is_not_covered_is_refused_before_anything_is_read(words, said):
    with pytest.raises(InputError, match=said):
        composed("privacy.epsilon=3", *words)


def test_a_negative_epsilon_is_refused():
    with pytest.raises(InputError, match=r"privacy.epsilon: expected a number above 0, got -1"):
        composed("privacy.epsilon=-1")


def test_a_watcher_is_shown_neither_rows_nor_the_model():
    shown = composed("privacy.epsilon=3", "logger=wandb").trackers["wandb"]
    assert not shown["sample"]
    assert not shown["model"]


def test_a_private_cell_records_its_ledger_and_tells_nothing_else_of_rows(toy_file, tmp_path):
    run = toy.run_cell(toy.config(toy_file, tmp_path, *TINY))
    ledger = run.provenance()["privacy"]
    assert ledger == run.fit_record()["privacy"]
    assert 0 < ledger["spent"] <= ledger["epsilon"] == 20
    assert ledger["entries"][-1]["name"] == "gradients"
    assert (
        not list(run.fit_folder.rglob("metrics.csv"))
        or "loss" not in next(run.fit_folder.rglob("metrics.csv")).read_text()
    )
    model = FairTab.load(run.fit_folder)
    made = read_json(run.marginals_path)
    assert made["rows"] == model.n_rows
    assert f"{200} rows" not in run.log_path.read_text().partition("sampling")[0]


@pytest.mark.slow
def test_the_search_for_a_goal_reads_no_real_row(toy_file, tmp_path, monkeypatch):
    from experiments.run import pipeline

    def searched(folder: str, split: Split):
        monkeypatch.setattr(pipeline, "_load", lambda _: split)
        goal = ["goal.dpr=0.5", "goal.rounds=2", "goal.best_effort=true"]
        run = toy.run_cell(toy.config(toy_file, tmp_path / folder, *TINY, *goal))
        return run, {path.name: path.read_bytes() for path in run.search_folder.glob("*.[cj]s*")}

    split = pipeline._load(Cell.from_config(toy.config(toy_file, tmp_path, *TINY)).dataset)
    run, found = searched("first", split)
    _, again = searched("second", replace(split, validation=split.test))
    assert (run.variant, run.level) == ("epsilon-20", "goal-dpr-0.5")
    assert set(found) == {"joint.csv", "candidates.csv", "found.json"}
    assert found == again
    record, model = run.found(), FairTab.load(run.fit_folder)
    assert record["measured_on"] == "synthetic rows"
    own = model.joint.probability.xs("Female", level="sex")
    assert record["label_rate"]["sex"]["Female"][0] == pytest.approx(own["yes"].sum() / own.sum())
    assert run.provenance()["privacy"] == model.ledger.to_dict()


@pytest.mark.slow
def test_the_joint_of_a_level_comes_from_the_private_joint(toy_file, tmp_path, monkeypatch):
    from experiments.run import stages

    made = []
    sample = FairTab.sample
    monkeypatch.setattr(FairTab, "sample", lambda self, n, **k: made.append((self, k["joint"])) or sample(self, n, **k))
    toy.run_cell(toy.config(toy_file, tmp_path, *TINY, "balance=3"))
    ((model, joint),) = made
    assert joint.probability.equals(model.joint.balanced(3).probability)
    assert isinstance(joint, Joint)
    assert stages.own_joint
