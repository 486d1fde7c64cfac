"""What a configuration means, and that every method can be made from its own."""

import pytest
from hydra.errors import ConfigCompositionException
from hydra.utils import get_class

from experiments import methods
from experiments.configuration import compose_config
from experiments.run.cell import Cell
from fairtab.errors import InputError
from fairtab.synthesizer import Synthesizer

METHODS = sorted(methods.find())
TABLE = ["dataset.target=approved", "dataset.positive=yes", "dataset.sensitive=[sex]"]  # what dataset=table asks for


def compose_cell(overrides: list[str]) -> Cell:
    return Cell.from_config(compose_config(overrides))


def made(cell: Cell) -> Synthesizer:
    """The cell's method."""
    more = {name: value for name in ("trainer", "sampler") if (value := getattr(cell, name)) is not None}
    return get_class(cell.target)(**cell.options, **more)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_what_its_file_says(name):
    cell = compose_cell([f"method={name}"])
    method = made(cell)
    assert cell.run.method == name
    assert method.steerable == (cell.level is not None)
    for part in ("fit", "sample", "save", "load"):
        assert callable(getattr(method, part)), f"{cell.target} is no {Synthesizer.__name__}"


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


def test_a_method_shows_its_own_entries_and_nothing_else():
    plain = compose_config(["method=smote"])
    assert set(plain.method) == {"name", "steerable", "_target_", "k", "tuning"}
    assert not {"guidance", "backbone", "trainer"} & set(plain)
    assert set(compose_config(["method=tabddpm"]).method.trainer) == {"accelerator", "devices"}


def test_a_group_that_a_method_does_not_use_cannot_be_chosen_for_it():
    with pytest.raises(ConfigCompositionException, match="guidance"):
        compose_config(["method=smote", "guidance=composed"])


@pytest.mark.parametrize("old", ["+guidance.w_g=2", "+trainer.precision=16", "+method.search.k.low=2"])
def test_an_entry_under_its_old_name_is_refused_and_not_ignored(old):
    with pytest.raises(InputError, match=f"{old[1:].rpartition('.')[0].removesuffix('.k')}: it is now called method."):
        compose_cell([old])


def test_the_backbone_of_another_choice_leaves_no_sizes_behind():
    assert dict(compose_config(["backbone=unet"]).method.backbone) == {"name": "unet"}
    assert compose_config(["method.backbone.width=64"]).method.backbone == {
        "name": "mlp",
        "width": 64,
        "n_blocks": 2,
        "dropout": None,
    }


def test_the_level_and_the_goal_are_one_choice():
    assert compose_config(["goal=score", "balance=5"]).balance == 5
    assert compose_cell(["goal=score"]).goal.weights == compose_cell(["goal=score", "balance=3"]).goal.weights
    assert compose_cell(["goal.dpr=0.8", "goal.attributes=[sex]"]).run.level == "goal-dpr-0.8-sex"


def test_a_cap_is_part_of_a_table_only_where_it_is_on():
    off, on = compose_cell([]), compose_cell(["cap=true", "sampling=capped"])
    assert "cap" not in off.sample_identity  # runs that are older than it have no such entry
    assert on.sample_identity == {**off.sample_identity, "cap": True}
    assert on.fit_identity == off.fit_identity
    assert on.run.level == f"{off.run.level}-capped"
    assert not on.ceilings()[0].cap


def test_an_empty_list_of_loggers_tracks_nothing():
    assert compose_cell(["dataset=compas", "logger=[]"]).trackers == {}
