"""The identity of results on disk: the configuration that made them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from fairtab.errors import InputError

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, if it was built: there are hundreds of runs
N_NAMED = 3  # changes that a message names


class OtherConfiguration(InputError):
    """Another configuration made what is on disk.

    Parameters
    ----------
    folder : Path
        The folder on disk.
    what : str
        The problem with it, in words.
    changes : list of str
        Each difference, in words.
    name : str
        The entry that gives the configuration a folder of its own; "" if the folder's name has a meaning.
    """

    def __init__(self, folder: Path, what: str, changes: list[str], name: str) -> None:
        self.folder, self.changes = folder, changes
        advice = f"name this one with {name}=NAME" if name else "remove the folder, and ask again"
        super().__init__(f"{folder} {what} ({self.summary}): {advice}")

    @property
    def summary(self) -> str:
        """The first differences in one line."""
        return "; ".join(self.changes[:N_NAMED]) + ("; ..." if len(self.changes) > N_NAMED else "")


def differences(a: Any, b: Any, name: str = "") -> list[str]:
    """Say in words where two configurations differ."""
    if a == b:
        return []
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        keys = [*a, *(key for key in b if key not in a)]
        return [d for key in keys for d in differences(a.get(key), b.get(key), f"{name}.{key}" if name else str(key))]
    return [f"{name} was {a}, now {b}"]


def check_same(path: Path, identity: Mapping[str, Any], name: str) -> None:
    """Raise OtherConfiguration if the file at `path` holds another identity."""
    if path.exists() and (changes := differences(read_config(path), identity)):
        raise OtherConfiguration(path.parent, "holds results of another configuration", changes, name)


def read_config(path: Path) -> dict[str, Any]:
    """Read a configuration. Raises InputError if the file is damaged."""
    try:
        config = _parsed(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError):
        config = None
    if not isinstance(config, dict):
        raise InputError(
            f"{path} is damaged, so what made {path.parent} is unknown: restore the file or remove the folder"
        )
    return config


@functools.lru_cache(maxsize=1000)
def _parsed(text: str) -> Any:
    """Parse a configuration; once for all seeds and levels that have the same."""
    return yaml.load(text, Loader=LOADER)
