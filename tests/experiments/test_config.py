"""Whatever can be chosen composes with whatever else can be, and every method of conf/method can be made from it."""

from itertools import combinations, product

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import get_class

from experiments.run.cell import Cell
from fairtab.synthesizer import Synthesizer
from tests.experiments.toy import ROOT

CONF = ROOT / "conf"
GROUPS = ("dataset", "method", "guidance", "evaluation", "trainer", "logger")
CHOICES = [sorted(path.stem for path in (CONF / group).glob("*.yaml")) for group in GROUPS]
METHODS = CHOICES[GROUPS.index("method")]
PAIRS = [
    (f"{a}={x}", f"{b}={y}")
    for (a, of_a), (b, of_b) in combinations(zip(GROUPS, CHOICES, strict=True), 2)
    for x, y in product(of_a, of_b)
]
TABLE = ["dataset.target=approved", "dataset.positive=yes", "dataset.sensitive=[sex]"]  # what dataset=table asks for


def compose_cell(overrides: list[str]) -> Cell:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return Cell.of(compose("config", overrides))


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_every_pair_of_choices_composes_and_instantiates(pair, toy_file):
    given = [f"dataset.path={toy_file}", *TABLE] if "dataset=table" in pair else []
    cell = compose_cell([*pair, *given])
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


def test_a_table_of_ones_own_is_known_by_its_file(toy_file):
    cell = compose_cell(["dataset=table", f"dataset.path={toy_file}", *TABLE])
    assert cell.run.dataset == cell.fit_identity["dataset"]["name"] == "toy"
    assert len(cell.fit_identity["dataset"]["sha256"]) == 64
    named = compose_cell(["dataset=table", f"dataset.path={toy_file}", *TABLE, "dataset.name=loans"])
    assert named.run.dataset == "loans"


def test_groups_can_be_derived_on_the_command_line(toy_file):
    rule = {"from": "age", "at_most": 25, "then": "young", "otherwise": "older"}
    written = "{age-group:{from:age,at_most:25,then:young,otherwise:older}}"
    cell = compose_cell(["dataset=table", f"dataset.path={toy_file}", *TABLE, f"dataset.derive={written}"])
    assert cell.fit_identity["dataset"]["derive"] == {"age-group": rule}
