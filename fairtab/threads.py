"""The number of threads: a share of the cores, or one thread if more would change the result."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator


def share() -> int:
    """Return the number of threads that this process may use.

    It is `OMP_NUM_THREADS` if that is set, as it is in workers, else the number of cores. OpenMP, MKL, torch and Arrow
    use this number by themselves; other libraries have to be told.

    Examples
    --------
    >>> share() >= 1
    True
    """
    from joblib import cpu_count  # takes a third of a second, and a finished cell does not need it

    return int(os.environ.get("OMP_NUM_THREADS", "").partition(",")[0] or cpu_count())


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Compute with one thread inside the block, so that the result is the same on any number of cores.

    Threads divide sums over rows (gradients, means of clusters), and floating-point sums depend on their order.

    Examples
    --------
    >>> import torch
    >>> with one_thread():
    ...     print(torch.get_num_threads())
    1
    """
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    try:
        with threadpool_limits(1):
            torch.set_num_threads(1)  # threadpoolctl does not see the MKL inside torch
            yield
    finally:
        torch.set_num_threads(before)
