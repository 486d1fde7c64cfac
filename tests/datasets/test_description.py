"""The description of a dataset: what is checked, what is completed, and what a run is known by."""

from pathlib import Path

import pytest
import yaml

from fairtab import InputError
from fairtab.datasets.description import DatasetDescription, MissingValues
from fairtab.datasets.loading import CONFIGS

ROOT = Path(__file__).parents[2]
ENTRIES = {"name": "loans", "file": "loans.csv", "target": "repaid", "positive": 1, "sensitive": "sex"}


def described(**more) -> DatasetDescription:
    return DatasetDescription.from_mapping({**ENTRIES, **more})


def test_what_is_written_short_is_completed():
    found = described(missing="drop", leave_out="notes", numerical=None)
    assert (found.sensitive, found.leave_out, found.numerical) == (("sex",), ("notes",), ())
    assert found.missing == MissingValues(marker=None, policy="drop")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "unknown entry of dataset 'colour': expected one of name, file, path"),
        ({"positive": "???"}, "dataset: expected values for positive, as in dataset.positive=VALUE"),
        ({"target": None, "file": None}, "dataset: expected values for target, file, as in dataset.target=VALUE"),
        ({"expected": {"rows": 10}}, "dataset.expected: expected rows, positive, state, got {'rows': 10}"),
        ({"missing": {"word": "?"}}, "dataset.missing: expected marker, policy, got {'word': '[?]'}"),
        ({"missing": "guess"}, "unknown missing policy 'guess': expected one of drop, keep"),
        ({"split_seed": -1}, "dataset.split_seed: expected a whole number of at least 0, got -1"),
    ],
)
def test_an_entry_that_cannot_be_used_is_refused_in_one_line(change, message):
    with pytest.raises(InputError, match=message):
        described(**change)


def test_an_entry_that_is_null_is_as_good_as_absent():
    empty = {"openml": None, "rows": None, "derive": None, "expected": None, "paper": None, "sha256": None}
    assert described(**empty) == described()


def test_equal_descriptions_have_equal_hashes_so_that_a_table_is_loaded_once():
    rows = {"rows": {"age": {"min": 18}}}
    assert hash(described(**rows)) == hash(described(**rows))
    assert described(**rows) != described()


@pytest.mark.parametrize("name", ["adult", "bank", "compas"])
def test_a_committed_run_has_the_same_description(name):
    """A run whose dataset is described in another way would have to be made again."""
    description = DatasetDescription.from_mapping(yaml.safe_load((CONFIGS / f"{name}.yaml").read_text()))
    committed = yaml.safe_load((ROOT / f"results/runs/{name}/fairtab/default/seed-0/config.yaml").read_text())
    assert description.to_dict() == committed["dataset"]


def test_a_file_of_ones_own_is_known_by_its_checksum_and_not_by_its_path(tmp_path):
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "loans.csv").write_text("sex,repaid\nf,1\n")
    own = {"name": None, "file": None}
    here, there = (described(**own, path=str(tmp_path / folder / "loans.csv")) for folder in ("here", "there"))
    assert here.to_dict() == there.to_dict()
    assert (here.name, here.is_own_table, len(here.sha256)) == ("loans", True, 64)
