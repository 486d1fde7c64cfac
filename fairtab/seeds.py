"""Every random number of the project starts here: one seed in, independent streams out.

A stage derives its own seed from the run's seed and its own name, so a sweep in one process, in many, or resumed
half-way draws the same numbers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    import torch


def derive(seed: int, *names: str | int) -> int:
    """A seed for the stage called `names`, below 2**31 so that every library takes it."""
    keys = [name if isinstance(name, int) else crc32(name.encode()) for name in names]
    # the length goes first: a SeedSequence takes [seed, key] and [seed, key, 0] for the same
    return int(np.random.SeedSequence([len(keys), seed, *keys]).generate_state(1)[0] >> 1)


def numpy_generator(seed: int, *names: str | int) -> np.random.Generator:
    return np.random.default_rng(derive(seed, *names))


def torch_generator(seed: int, *names: str | int, device: str | torch.device = "cpu") -> torch.Generator:
    import torch

    return torch.Generator(device=device).manual_seed(derive(seed, *names))


@contextlib.contextmanager
def torch_seeded(seed: int, *names: str | int) -> Iterator[None]:
    """Seed torch's global stream inside the block (weight init, Lightning) and give the caller's back after it."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(derive(seed, *names))
        yield


@contextlib.contextmanager
def libraries_seeded(seed: int, *names: str | int) -> Iterator[None]:
    """As `torch_seeded`, and numpy's global stream with it, for libraries that draw from both."""
    before = np.random.get_state()
    np.random.seed(derive(seed, *names, "numpy"))
    try:
        with torch_seeded(seed, *names):
            yield
    finally:
        np.random.set_state(before)
