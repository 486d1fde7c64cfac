"""The cost of a stage: seconds, CPU seconds, and the peak memory of the process during the stage."""

from __future__ import annotations

import contextlib
import resource
import time
from collections.abc import Iterator
from pathlib import Path

PEAK_RESET = "5"  # see proc(5), /proc/pid/clear_refs: reset the peak resident size to the current one


@contextlib.contextmanager
def measure_cost(stages: dict[str, dict[str, float]], name: str) -> Iterator[None]:
    """Write seconds, CPU seconds and peak memory of the block into `stages[name]`.

    CPU seconds are the sum over all cores. If the system cannot reset the peak (only Linux can), the peak is that of
    the process since its start.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text(PEAK_RESET)
    start, cpu_start = time.perf_counter(), time.process_time()
    yield
    stages[name] = {
        "seconds": round(time.perf_counter() - start, 2),
        "cpu_seconds": round(time.process_time() - cpu_start, 2),
        "peak_memory_mb": round(_peak_memory_mb()),
    }


def _peak_memory_mb() -> float:
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
