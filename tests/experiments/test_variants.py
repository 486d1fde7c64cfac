"""Variants: names that stand for a method's other settings."""

import pytest
import yaml
from omegaconf import OmegaConf

from experiments import methods, variants
from experiments.configuration import compose_config
from experiments.run.cell import Cell
from fairtab import InputError
from tests.experiments.toy import ROOT

YAML = """
info: {label: Tried, reference: nobody}
groups: {trainer: cpu}
steerable: false
_target_: baselines.tried.Tried
epochs: 10
autoencoder: {epochs: 5, width: 8}
words: [a, b]
tuning: {epochs: {low: 1, high: 20}}
variants: {published: {epochs: 4000, autoencoder: {epochs: 300}, words: [c]}}
"""


@pytest.fixture
def tried(tmp_path, monkeypatch):
    """A method with published settings, and settings that a study has found for Adult."""
    (tmp_path / "tried").mkdir()
    path = tmp_path / "tried" / "tried.yaml"
    path.write_text(YAML)
    best = tmp_path / "studies" / "adult" / "tried" / "default" / "best.yaml"
    best.parent.mkdir(parents=True)
    best.write_text(yaml.safe_dump({"variant": "tuned", "method": {"epochs": 7, "words": ["a", "b"]}}))
    found = methods.find
    monkeypatch.setattr(methods, "find", lambda *more: found(*more, tmp_path))
    monkeypatch.setattr(methods, "STUDIES", tmp_path / "studies")
    return [f"results_dir={tmp_path}", "method=tried"]


def settings(*words: str) -> dict:
    method = OmegaConf.to_container(compose_config(words), resolve=True)["method"]
    return {"epochs": method["epochs"], "autoencoder": method["autoencoder"], "words": method["words"]}


def test_a_variant_changes_the_settings_it_names_and_no_others(tried):
    own = {"epochs": 10, "autoencoder": {"epochs": 5, "width": 8}, "words": ["a", "b"]}
    assert settings(*tried) == settings(*tried, "variant=mine") == own
    published = {"epochs": 4000, "autoencoder": {"epochs": 300, "width": 8}, "words": ["c"]}
    assert settings(*tried, "variant=published") == published
    assert settings(*tried, "variant=tuned") == {**own, "epochs": 7}
    assert settings(*tried, "variant=tuned", "dataset=bank") == own


def test_a_study_of_a_setting_that_is_gone_stops_nobody_but_its_own_variant(tried, tmp_path):
    best = tmp_path / "studies" / "adult" / "tried" / "default" / "best.yaml"
    best.write_text(
        yaml.safe_dump({"variant": "tuned", "method": {"epochs": 7, "gone": 1, "autoencoder": {"gone": 1}}})
    )
    assert settings(*tried)["epochs"] == 10
    with pytest.raises(InputError, match=r"best.yaml has gone 1, got None|best.yaml has autoencoder.gone 1, got None"):
        variants.check_variant(compose_config([*tried, "variant=tuned"]), published=True)


def test_a_setting_that_is_given_comes_before_that_of_the_variant(tried):
    assert settings(*tried, "variant=published", "method.epochs=3")["epochs"] == 3
    assert settings(*tried, "method.autoencoder.epochs=3", "variant=published")["autoencoder"]["epochs"] == 3


def test_a_cell_knows_values_and_no_variants(tried):
    cell = Cell.from_config(compose_config([*tried, "variant=published"]))
    assert cell.run.variant == "published"
    assert cell.options == {"epochs": 4000, "autoencoder": {"epochs": 300, "width": 8}, "words": ["c"]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["method=smote", "variant=published"], "method smote has no published settings"),
        (["variant=tuned", "dataset=bank"], r"best.yaml is not there: .*tune dataset=bank method=tried"),
        (["variant=tuned", "method.epochs=8"], "has epochs 7, got 8"),
        (["variant=tuned", "method.words=[d]"], r"has words \['a', 'b'\], got \['d'\]"),
        (["variant=tuned", "method=real"], "method real has nothing to tune"),
        (["variant=tuned", "method=fairtab", "privacy.epsilon=3"], "no study is of a private fit"),
    ],
)
def test_a_name_with_a_meaning_is_not_given_to_other_settings(tried, words, said):
    with pytest.raises(InputError, match=said):
        Cell.from_config(compose_config([*tried, *words]))


def test_a_setting_that_the_method_does_not_have_is_refused():
    with pytest.raises(InputError, match=r"smote: variant published: no setting autoencoder\.width"):
        variants.with_variants({"k": 5, "autoencoder": {}}, {"published": {"autoencoder": {"width": 2}}}, "smote")


@pytest.mark.parametrize("name", sorted(methods.find()))
def test_every_method_composes_with_each_of_its_variants(name):
    for variant in methods.variants_of(name):
        assert Cell.from_config(compose_config([f"method={name}", f"variant={variant}"])).run.variant == variant


def test_the_repositorys_studies_are_of_settings_that_methods_have():
    for path in (ROOT / "results" / "studies").glob("*/*/default/best.yaml"):
        dataset, method = path.parts[-4:-2]
        words = [f"dataset={dataset}", f"method={method}", "variant=tuned", f"results_dir={ROOT / 'results'}"]
        assert Cell.from_config(compose_config(words)).run.variant == "tuned"
