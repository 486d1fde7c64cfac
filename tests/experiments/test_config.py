"""Every combination of what can be chosen composes, and every method of conf/method can be made from it."""

from itertools import product

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import get_class

from experiments.cell import Cell
from fairtab.synthesizer import Synthesizer
from tests.experiments.toy import ROOT

CONF = ROOT / "conf"
GROUPS = ("dataset", "method", "evaluation", "trainer", "logger")
CHOICES = [sorted(path.stem for path in (CONF / group).glob("*.yaml")) for group in GROUPS]
METHODS = CHOICES[GROUPS.index("method")]


def compose_cell(overrides: list[str]) -> Cell:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return Cell.of(compose("config", overrides))


@pytest.mark.parametrize("choice", list(product(*CHOICES)), ids="-".join)
def test_every_combination_composes_and_instantiates(choice):
    cell = compose_cell([f"{group}={name}" for group, name in zip(GROUPS, choice, strict=True)])
    more = {name: value for name in ("trainer", "sampler") if (value := getattr(cell, name)) is not None}
    assert get_class(cell.target)(**cell.options, **more) is not None


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_what_its_file_says(name):
    cell = compose_cell([f"method={name}"])
    method = get_class(cell.target)
    assert cell.run.method == name
    assert method.steerable == (cell.level is not None)
    for part in ("fit", "sample", "save", "load"):
        assert callable(getattr(method, part)), f"{method} is no {Synthesizer.__name__}"


def test_the_recommended_setting_is_the_classes_default():
    cell = compose_cell([])
    fresh = get_class(cell.target)()
    assert cell.options == {name: getattr(fresh, name) for name in cell.options}
    assert cell.sampler == fresh.sampler
