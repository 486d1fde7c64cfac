"""How fast is sampling, compared with the least time this machine could need? How much memory does it take?

    python -m benchmarks.sampling       fits Adult for one epoch, then writes its tables into benchmarks/README.md

The least time (the floor) is the number of multiply-adds in the network's matrices, divided by the rate at which this
machine multiplies matrices. It does not depend on the values of the weights, so one epoch is enough.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from experiments.reports.text import markdown
from experiments.run import environment
from experiments.run.cost import measure_cost
from fairtab import FairTab, load_dataset

ROOT = Path(__file__).parents[1]
GUIDANCE = {"joint": {"name": "joint"}, "composed": {"name": "composed"}}
ROWS = (22_611, 100_000, 1_000_000)
N_REPEATS = 3


def main() -> None:
    split = load_dataset("adult")
    model = FairTab(epochs=1, min_steps=0).fit(split.train, split.validation, seed=0)
    rate = matmul_rate()
    made_on = environment.describe()
    text = (
        f"{made_on['cores']} cores of {made_on['processor']}, torch {made_on['packages']['torch']}, single-precision "
        f"matrix products at {rate / 1e9:.0f} billion multiply-adds a second.\n\n"
        + markdown.table(["22,611 rows, 25 steps", "seconds", "floor", "times the floor"], _speed(model, rate))
        + "\n"
        + markdown.table(["rows, guidance=joint", "seconds", "peak memory, MB"], _growth(model))
    )
    markdown.fill(ROOT / "benchmarks" / "README.md", "benchmarks.sampling", text)
    sys.stdout.write(text)


def matmul_rate(n: int = 2048, clock: Callable[[], float] = time.perf_counter) -> float:
    """Measure the multiply-adds a second of square single-precision products: the best of ten."""
    a, seconds = torch.randn(n, n), []
    for _ in range(10):
        start = clock()
        a @ a
        seconds.append(clock() - start)
    return n**3 / min(seconds)


def multiply_adds(network: nn.Module) -> int:
    """Count the multiply-adds of one row, in the matrices that are applied to each row (not once per case)."""
    layers = {name: layer for name, layer in network.named_modules() if isinstance(layer, nn.Linear)}
    per_case = ("modulation", "embed")
    return sum(layer.weight.numel() for name, layer in layers.items() if not any(word in name for word in per_case))


def _speed(model: FairTab, rate: float) -> list[list[str]]:
    n_conditions = len(model.codec.conditions)
    rows = []
    for name, guidance in GUIDANCE.items():
        model.sampler = {**model.sampler, "guidance": guidance}
        seconds = min(_seconds(model, ROWS[0]) for _ in range(N_REPEATS))
        n_evaluations = model.sampler["n_steps"] * (1 if name == "joint" else 1 + n_conditions)
        floor = ROWS[0] * n_evaluations * multiply_adds(model.diffusion.denoiser) / rate
        rows.append([f"guidance={name}", f"{seconds:.1f}", f"{floor:.2f}", f"{seconds / floor:.1f}"])
    model.sampler = {**model.sampler, "guidance": GUIDANCE["joint"]}
    return rows


def _growth(model: FairTab) -> list[list[str]]:
    costs: dict[str, dict[str, float]] = {}
    for n in ROWS:
        with measure_cost(costs, f"{n:,}"):
            model.sample(n, seed=0)
    return [[name, f"{cost['seconds']:.1f}", f"{cost['peak_memory_mb']:,}"] for name, cost in costs.items()]


def _seconds(model: FairTab, n: int) -> float:
    start = time.perf_counter()
    model.sample(n, seed=0)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
