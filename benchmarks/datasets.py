"""The datasets that a measurement can use on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from fairtab import InputError, Split, load_dataset


def available(names: Iterable[str]) -> Iterator[tuple[str, Split]]:
    """Yield name and split of each dataset. A dataset that cannot be read or downloaded is left out with a message."""
    for name in names:
        try:
            split = load_dataset(name)
        except InputError as error:
            sys.stderr.write(f"{name} is left out: {error}\n")
        else:
            yield name, split
