"""What FairTab remembers of small tables, and what helps (experiment=memory)."""

import pytest

from experiments.reports.text.memory import memory
from experiments.store import frames
from tests.experiments import made_up

FACTS = {"german": made_up.facts("adult"), "compas": made_up.facts("adult")}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("results") / "runs"
    for seed in (0, 1):
        for dataset in FACTS:
            made_up.write(
                root, dataset, "fairtab", seed, "balance-10", values=made_up.metrics("adult", 0.7 + seed / 10)
            )
        made_up.write(
            root, "german", "fairtab", seed, "balance-10", variant="small", values=made_up.metrics("adult", 0.5)
        )
    return frames.frame(root)


def test_each_way_has_a_line_with_its_mean_over_seeds(runs):
    lines = {line.split(" | ")[0].strip("| "): line for line in memory(runs, FACTS).splitlines()}
    assert "0.750 ± 0.071" in lines["as it is, 2 seeds"]
    assert "0.500 ± 0.000" in lines["`variant=small`, 2 seeds"]
    assert "0." not in lines["with the cap"]  # there is no such run


def test_datasets_without_runs_of_the_variant_are_left_out(runs):
    table = memory(runs, FACTS)
    assert "**german**" in table
    assert "**compas**" not in table
