"""How many threads compute: a share of the cores, or one where more of them would change the result."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator


def share() -> int:
    """The threads that this process may use: OMP_NUM_THREADS where it is set, as it is in workers, else every core.

    OpenMP, MKL, torch and Arrow keep to it by themselves; it is for libraries that do not.
    """
    from joblib import cpu_count  # takes a third of a second, and a cell that is done asks for nothing

    return int(os.environ.get("OMP_NUM_THREADS", "").partition(",")[0] or cpu_count())


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Compute with one thread inside the block, so that the result does not depend on how many there are.

    Threads divide sums over rows (gradients, means of clusters), and floating-point sums depend on their order.
    """
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    try:
        with threadpool_limits(1):
            torch.set_num_threads(1)  # of MKL inside torch, which threadpoolctl cannot see
            yield
    finally:
        torch.set_num_threads(before)
