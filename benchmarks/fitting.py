"""How fast is a fit, compared with the least time this machine could need? How much memory does it take?

    python -m benchmarks.fitting       fits three datasets by default settings, then writes into benchmarks/README.md

The least time (the floor) is the number of multiply-adds in the network's matrices, divided by the rate at which one
thread of this machine multiplies matrices. A step multiplies three times: forward, for the gradient of what a layer
read, and for the gradient of its weights. Time is CPU time, so that other work on the machine counts little.
"""

from __future__ import annotations

import sys
import time

from torch import nn

from benchmarks.datasets import available
from benchmarks.sampling import ROOT, matmul_rate
from experiments.reports.text import markdown
from experiments.run import environment
from experiments.run.cost import measure_cost
from fairtab import FairTab, Split
from fairtab.neural.batches import TrainingData
from fairtab.threads import one_thread

DATASETS = ("adult", "bank", "compas")
PRODUCTS = 3  # of each matrix in a step


def main() -> None:
    with one_thread():
        rate = matmul_rate(clock=time.process_time)
    rows = [_row(name, split, rate) for name, split in available(DATASETS)]
    made_on = environment.describe()
    text = (
        f"One thread of {made_on['processor']}, torch {made_on['packages']['torch']}, matrix products at "
        f"{rate / 1e9:.0f} billion multiply-adds a second.\n\n"
        + markdown.table(["a fit", "rows", "steps", "CPU seconds", "floor", "times the floor", "peak memory, MB"], rows)
    )
    markdown.fill(ROOT / "benchmarks" / "README.md", "benchmarks.fitting", text)
    sys.stdout.write(text)


def _row(name: str, split: Split, rate: float) -> list[str]:
    costs: dict[str, dict[str, float]] = {}
    with measure_cost(costs, "fit"):
        model = FairTab().fit(split.train, split.validation, seed=0)
    batches = TrainingData.encode(model.codec, split.train, split.validation, seed=0).batches(model.batch_size)
    n_steps = len(batches) * batches.passes(model.epochs, model.min_steps)
    floor = n_steps * batches.batch_size * PRODUCTS * multiply_adds(model.diffusion) / rate
    seconds = costs["fit"]["cpu_seconds"]
    speed = [f"{seconds:.0f}", f"{floor:.0f}", f"{seconds / floor:.1f}"]
    return [name, f"{len(split.train):,}", f"{n_steps:,}", *speed, f"{costs['fit']['peak_memory_mb']:,}"]


def multiply_adds(network: nn.Module) -> int:
    """Count the multiply-adds of one row in training, where each row is a case of its own."""
    return sum(layer.weight.numel() for layer in network.modules() if isinstance(layer, nn.Linear))


if __name__ == "__main__":
    main()
