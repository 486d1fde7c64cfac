"""The datasets that a benchmark can have here."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from fairtab import InputError, Split, load_dataset


def available(names: Iterable[str]) -> Iterator[tuple[str, Split]]:
    """Each with its name; one that is not here, nor can be downloaded, is left out, and it is said why."""
    for name in names:
        try:
            split = load_dataset(name)
        except InputError as error:
            sys.stderr.write(f"{name} is left out: {error}\n")
        else:
            yield name, split
