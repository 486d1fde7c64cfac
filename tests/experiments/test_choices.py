"""All choices of the configuration go together: each pair of them composes, and its method can be made."""

from itertools import combinations, product

import pytest

from experiments import methods
from experiments.configuration import CONF, composing
from experiments.run.cell import Cell
from tests.experiments.test_config import METHODS, TABLE, made

GROUPS = ("dataset", "method", "goal", "evaluation", "learner", "logger", "backbone", "guidance", "trainer")
FILES = {group: sorted(path.stem for path in (CONF / group).glob("*.yaml")) for group in GROUPS}
NAMES = {**FILES, "method": METHODS, "backbone": ["mlp", "unet"]}
CHOICES = {group: [f"{group}={name}" for name in NAMES[group]] for group in GROUPS}


def go_together(one: str, other: str) -> bool:
    """Tell whether a method has a group, and can have a goal. All else goes with everything."""
    method, (group, name) = one.removeprefix("method="), other.split("=")
    if method == one:
        return True
    if group in ("backbone", "guidance", "trainer"):
        return group in methods.read(methods.find()[method]).get("groups", {})
    return name != "score" or methods.node(methods.find()[method])["steerable"]


PAIRS = [
    frozenset([one, other])
    for a, b in combinations(GROUPS, 2)
    for one, other in product(CHOICES[a], CHOICES[b])
    if go_together(one, other)
]


def covering() -> list[list[str]]:
    """Combine choices of all groups until each pair has stood together: far fewer configurations than pairs."""
    possible, left, rows = set(PAIRS), dict.fromkeys(PAIRS), []
    while left:
        row = sorted(next(iter(left)))
        for group in GROUPS:
            beside = {choice: [frozenset([choice, other]) for other in row] for choice in CHOICES[group]}
            fitting = [choice for choice in CHOICES[group] if possible.issuperset(beside[choice])]
            row += sorted(fitting, key=lambda choice: sum(pair in left for pair in beside[choice]))[-1:]
        for pair in combinations(row, 2):
            left.pop(frozenset(pair), None)
        rows.append(row)
    return rows


@pytest.fixture(scope="module")
def composed():
    """Compose as `compose_config` does, and read all files once."""
    with composing() as compose:
        yield compose


@pytest.mark.parametrize("chosen", covering(), ids="-".join)
def test_every_pair_of_choices_composes_and_instantiates(chosen, composed, toy_file):
    given = [f"dataset.path={toy_file}", *TABLE] if "dataset=table" in chosen else []
    assert made(Cell.from_config(composed([*chosen, *given]))) is not None
