"""How long many cells take on several workers: a simulation of a queue.

A cell starts when all stages that its stage waits for are done and a worker is free. Among those that could start, the
first does. So the makespan has what a division of seconds by workers lacks: workers that wait for a stage, and the
last long cell.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Batch:
    """The cells of a stage, in a queue.

    Parameters
    ----------
    stage : str
        Its name.
    seconds : tuple of float
        How long a worker needs for each cell.
    after : tuple of str
        The stages that it waits for.
    """

    stage: str
    seconds: tuple[float, ...]
    after: tuple[str, ...] = ()


def makespan(batches: Sequence[Batch], workers: int) -> float:
    """Simulate a queue, and return the seconds until all cells are done.

    Parameters
    ----------
    batches : sequence of Batch
        In the order of the queue.
    workers : int
        How many cells run at the same time.

    Raises
    ------
    ValueError
        Some stages can never start, because they wait for one another.
    """
    left = {batch.stage: len(batch.seconds) for batch in batches}  # cells that are not done
    begun = dict.fromkeys(left, 0)
    running: list[tuple[float, str]] = []  # a heap of ends and stages
    now = 0.0
    while any(left.values()):
        for batch in batches:
            if any(left.get(stage) for stage in batch.after):
                continue
            while len(running) < workers and begun[batch.stage] < len(batch.seconds):
                heapq.heappush(running, (now + batch.seconds[begun[batch.stage]], batch.stage))
                begun[batch.stage] += 1
        if not running:
            raise ValueError(f"stages that wait for one another: {', '.join(name for name in left if left[name])}")
        now, stage = heapq.heappop(running)
        left[stage] -= 1
    return now
