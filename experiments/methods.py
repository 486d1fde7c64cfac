"""The registry of methods: every YAML file in a method's folder is a method.

A family of methods is a folder, `baselines/<family>/` or `fairtab/model/`. It has the class, and for each method a file
`<method>.yaml`, in which

- `info` says what tables and documents show of the method (`Method`);
- `groups` names the configuration groups that the method uses, with its choice of each;
- `private: true` says that the class takes `privacy`, and keeps what it promises;
- `settings`, if it is there, names a dataclass that has the defaults of all settings;
- `variants` has the settings that a named variant changes, for example `{published: {epochs: 4000}}`, or where they
  are in Python;
- everything else is what the class is made with, as `python run.py method=<method> --cfg job` shows it.
"""

from __future__ import annotations

import csv
import functools
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from experiments import variants
from fairtab import files

ROOT = Path(__file__).parents[1]
STUDIES = ROOT / "results" / "studies"  # what experiments.tune has found
PUBLISHED = ROOT / "results" / "paper" / "tables.csv"
RECOMMENDED = "fairtab"  # our method, whose columns, levels and goals are shown
REAL = "real"  # the method that hands out the training table
DESCRIBING = ("info", "groups", "private", "settings", "variants")  # entries of a YAML file that are no settings


@dataclass(frozen=True)
class Method:
    """A method as tables and documents show it.

    Parameters
    ----------
    name : str or None
        As in runs; None for a method that only the paper has.
    label : str
        The method's name in tables.
    kind : {"ceiling", "plain", "fair", "floor"}
        A "fair" method sets out to treat groups alike. A ceiling and a floor are there to compare with, and take no
        place among the best.
    paper : str or None
        The paper's name for the method, None if the paper does not have it.
    reference : str
        What the method is and who published it, in one line.
    extra : str or None
        The extra of this package that the method needs: `pip install 'fairtab[extra]'`.
    benchmark : bool
        Whether `experiment=paper` runs it.
    """

    name: str | None
    label: str
    kind: Literal["ceiling", "plain", "fair", "floor"] = "plain"
    paper: str | None = None
    reference: str = ""
    extra: str | None = None
    benchmark: bool = False

    @property
    def competes(self) -> bool:
        """Whether the method takes a place among the best."""
        return self.kind in ("plain", "fair")


def find(*more: Path) -> dict[str, Path]:
    """Find the methods.

    Parameters
    ----------
    *more : Path
        Further folders of families beside `baselines/`.

    Returns
    -------
    dict
        The YAML file of each method by the method's name.
    """
    families = [folder for parent in (ROOT / "baselines", *more) for folder in sorted(parent.iterdir())]
    return {path.stem: path for folder in [*families, ROOT / "fairtab" / "model"] for path in folder.glob("*.yaml")}


@functools.cache
def read(path: Path) -> dict[str, Any]:
    """Read a method's YAML file."""
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def node(path: Path) -> dict[str, Any]:
    """Make the entries of the configuration that a method has, without those of its groups."""
    content = {name: value for name, value in read(path).items() if name not in DESCRIBING}
    if settings := read(path).get("settings"):
        content = {**asdict(_named(settings)()), **content}
    found = variants.studied(STUDIES, path.stem)
    changed = {**variants_of(path.stem), **{name: variants.known(best, content) for name, best in found.items()}}
    return {"name": path.stem, **variants.with_variants(content, changed, path.stem)}


def register(*more: Path) -> None:
    """Tell Hydra the methods: each becomes a choice of the group `method`.

    Parameters
    ----------
    *more : Path
        As of `find`.
    """
    store = ConfigStore.instance()
    variants.register()
    for name, path in find(*more).items():
        groups = read(path).get("groups", {})
        content = node(path)
        if "backbone" in groups:  # the group has it, and another choice must not keep this one's sizes
            own = content.pop("backbone")
            if own["name"] == groups["backbone"]:
                store.store(group="backbone", name=own["name"], package="method.backbone", node=OmegaConf.create(own))
        defaults = ["_self_", *({f"/{group}": choice} for group, choice in groups.items())]
        # in the global package, so that a group is chosen by its bare name: guidance=composed
        whole = OmegaConf.create({"defaults": defaults, "method": content})
        store.store(group="method", name=name, package="_global_", node=whole)
    OmegaConf.register_new_resolver("benchmark_methods", lambda: ",".join(benchmark()), replace=True)
    OmegaConf.register_new_resolver("sha256_of", _checksums, replace=True)
    OmegaConf.register_new_resolver(
        "tunable_methods", lambda: ",".join(name for name in benchmark() if name in tunable()), replace=True
    )


@functools.cache
def methods() -> tuple[Method, ...]:
    """Give all methods in the order of tables.

    Ceilings come first, then the paper's methods in the paper's order with those that only the paper has, then others
    by name. The floor comes last.

    Returns
    -------
    tuple of Method
        In this order.
    """
    registered = [Method(name, **read(path)["info"]) for name, path in sorted(find().items())]
    with PUBLISHED.open() as file:
        in_paper = list(dict.fromkeys(row["method"] for row in csv.DictReader(file)))
    taken = {method.paper for method in registered}
    only_in_paper = [Method(None, name, paper=name) for name in in_paper if name not in taken]

    def place(method: Method) -> tuple[int, int]:
        if method.kind in ("ceiling", "floor"):
            return (0 if method.kind == "ceiling" else 3, 0)
        return (1, in_paper.index(method.paper)) if method.paper else (2, 0)

    return tuple(sorted([*registered, *only_in_paper], key=place))


def benchmark() -> list[str]:
    """Name the methods that `experiment=paper` runs, in the order of tables."""
    return [method.name for method in methods() if method.name and method.benchmark]


def rows(names: Iterable[str]) -> list[Method]:
    """Choose the rows of a table.

    Parameters
    ----------
    names : iterable of str
        Methods that there are runs of.

    Returns
    -------
    list of Method
        These methods in order, and among them those that only the paper has. A name that is no method's comes before
        the floor.
    """
    names = set(names)
    unknown = [Method(name, name) for name in sorted(names - {method.name for method in methods()})]
    shown = [method for method in methods() if method.name is None or method.name in names]
    floor = [method for method in shown if method.kind == "floor"]
    return [*(method for method in shown if method.kind != "floor"), *unknown, *floor]


def competitors(names: Iterable[str]) -> list[str]:
    """Name the methods among these that take a place among the best, in the order of tables."""
    return [method.name for method in rows(names) if method.name and method.competes]


def variants_of(name: str) -> Mapping[str, Any]:
    """Give the variants that a method's YAML file has, with their settings. A method of no file has none."""
    path = find().get(name)
    given = read(path).get("variants", {}) if path else {}
    return {name: _named(settings) if isinstance(settings, str) else settings for name, settings in given.items()}


def is_private(name: str) -> bool:
    """Tell whether a method can be fitted with differential privacy."""
    path = find().get(name)
    return bool(path and read(path).get("private"))


def tunable() -> list[str]:
    """Name the methods that have settings to tune."""
    return [name for name, path in find().items() if read(path).get("tuning")]


def in_paper(name: str) -> str | None:
    """Give the paper's name for a method, None if it has none."""
    return next((method.paper for method in methods() if method.name == name), None)


def label(name: str) -> str:
    """Give the name that tables have for a method."""
    return next((method.label for method in methods() if method.name == name), name)


def _checksums(*commands: Iterable[str] | None) -> list[str]:
    """The checksum of each file that a word of these commands names."""
    found = (files.sha256(Path(word)) for command in commands for word in command or () if isinstance(word, str))
    return [checksum for checksum in found if checksum]


def _named(place: str) -> Any:
    """Import what a YAML file names, such as `fairtab.settings.SMALL`."""
    module, _, name = place.rpartition(".")
    return pkgutil.resolve_name(f"{module}:{name}")
