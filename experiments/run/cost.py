"""The cost of a stage: seconds, CPU seconds, and peak memory, of the process and of the programs that it calls."""

from __future__ import annotations

import contextlib
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from fairtab import programs

PEAK_RESET = "5"  # see proc(5), /proc/pid/clear_refs: reset the peak resident size to the current one


@contextlib.contextmanager
def measure_cost(stages: dict[str, dict[str, float]], name: str) -> Iterator[None]:
    """Write seconds, CPU seconds and peak memory of the block into `stages[name]`.

    CPU seconds are the sum over all cores, and over programs that the block calls. The peak is that of this process or
    of such a program, whichever is higher. If the system cannot reset the peak (only Linux can), the peak is that of
    the process since its start.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text(PEAK_RESET)
    start, cpu_start, n_before = time.perf_counter(), _cpu_seconds(), len(programs.peaks_mb)
    yield
    stages[name] = {
        "seconds": round(time.perf_counter() - start, 2),
        "cpu_seconds": round(_cpu_seconds() - cpu_start, 2),
        "peak_memory_mb": round(max(_peak_memory_mb(), *programs.peaks_mb[n_before:], 0)),
    }


def _cpu_seconds() -> float:
    programs_used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + programs_used.ru_utime + programs_used.ru_stime


def _peak_memory_mb() -> float:
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
