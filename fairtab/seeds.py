"""The source of all random numbers: from one seed come independent streams.

Each stage derives its own seed from the seed of the run and the name of the stage. So a sweep gives the same numbers in
one process, in many, or resumed half-way.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    import torch

MERSENNE_WORDS = 624  # of 32 bits, each of which torch keeps in 64


def derive(seed: int, *names: str | int) -> int:
    """Return the seed of the stage called `names`.

    Parameters
    ----------
    seed
        The seed of the run.
    *names
        Words and numbers that name the stage.

    Returns
    -------
    int
        A number below 2**31, which every library accepts.

    Examples
    --------
    >>> derive(0, "fit"), derive(0, "sample"), derive(0, "sample", 0)
    (630949509, 1361072584, 1685221510)
    """
    keys = [name if isinstance(name, int) else crc32(name.encode()) for name in names]
    # the length goes first, since a SeedSequence does not distinguish [seed, key] from [seed, key, 0]
    return int(np.random.SeedSequence([len(keys), seed, *keys]).generate_state(1)[0] >> 1)


def numpy_generator(seed: int, *names: str | int) -> np.random.Generator:
    """Return NumPy's generator for the stage called `names`.

    Examples
    --------
    >>> numpy_generator(0, "order").permutation(4).tolist() == numpy_generator(0, "order").permutation(4).tolist()
    True
    """
    return np.random.default_rng(derive(seed, *names))


def torch_generator(seed: int, *names: str | int, device: str | torch.device = "cpu") -> torch.Generator:
    """Return torch's generator for the stage called `names`.

    Examples
    --------
    >>> torch_generator(0, "noise").initial_seed() == derive(0, "noise")
    True
    """
    import torch

    return torch.Generator(device=device).manual_seed(derive(seed, *names))


def for_noise(seed: int | None) -> tuple[np.random.Generator, torch.Generator]:
    """Return the generators of the noise that hides single rows.

    Parameters
    ----------
    seed
        Whoever knows it can take the noise away. None: the noise comes from the system's entropy.

    Examples
    --------
    >>> first, second = (for_noise(None)[0].random() for _ in range(2))
    >>> first == second
    False
    """
    if seed is not None:
        return numpy_generator(seed, "privacy"), torch_generator(seed, "privacy")
    import torch

    return np.random.default_rng(), unpredictable(torch.Generator())


def unpredictable(generator: torch.Generator) -> torch.Generator:
    """Fill the whole state of a generator of torch's on the CPU from the system's entropy.

    Of a seed, this generator uses 32 bits. So all its seeds can be tried.

    Parameters
    ----------
    generator
        The generator.

    Returns
    -------
    torch.Generator
        The same one.

    Examples
    --------
    >>> import torch
    >>> first, second = (torch.rand(1, generator=unpredictable(torch.Generator())) for _ in range(2))
    >>> torch.equal(first, second)
    False
    """
    import torch

    state = generator.manual_seed(0).get_state()  # with a seed, no draw is pending
    words = torch.from_numpy(np.frombuffer(os.urandom(4 * MERSENNE_WORDS), dtype=np.uint32).astype(np.int64))
    begin = 3 * 8  # behind the seed, two flags and the position
    state[begin : begin + 8 * MERSENNE_WORDS] = words.view(torch.uint8)
    generator.set_state(state)
    return generator


def unseed() -> None:
    """Let torch's global streams go on where nobody knows.

    Examples
    --------
    >>> import torch
    >>> with torch_seeded(0, "fit"):
    ...     unseed()
    ...     first = torch.rand(1)
    >>> with torch_seeded(0, "fit"):
    ...     unseed()
    ...     print(torch.equal(first, torch.rand(1)))
    False
    """
    import torch

    torch.seed()  # of every device
    unpredictable(torch.default_generator)


@contextlib.contextmanager
def torch_seeded(seed: int, *names: str | int) -> Iterator[None]:
    """Seed torch's global stream inside the block, and restore the caller's stream after it.

    Initial weights and Lightning use the global stream.

    Examples
    --------
    >>> import torch
    >>> with torch_seeded(0, "weights"):
    ...     first = torch.rand(1)
    >>> with torch_seeded(0, "weights"):
    ...     print(torch.equal(first, torch.rand(1)))
    True
    """
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(derive(seed, *names))
        yield


@contextlib.contextmanager
def libraries_seeded(seed: int, *names: str | int) -> Iterator[None]:
    """Seed the global streams of torch and NumPy inside the block, for libraries that use both.

    Examples
    --------
    >>> with libraries_seeded(0, "ctgan"):
    ...     first = np.random.rand()
    >>> with libraries_seeded(0, "ctgan"):
    ...     print(first == np.random.rand())
    True
    """
    before = np.random.get_state()
    np.random.seed(derive(seed, *names, "numpy"))
    try:
        with torch_seeded(seed, *names):
            yield
    finally:
        np.random.set_state(before)
