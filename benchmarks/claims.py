"""How often does the test of differences claim one that does not exist?

    python -m benchmarks.claims

Methods without any difference are simulated: in each metric of each dataset, test rows and seeds move them as much as
they move the methods of the committed runs (medians over methods). Pairs are compared as in results/tables/claims.md.
"""

from __future__ import annotations

import sys
from itertools import combinations

import numpy as np
import pandas as pd

from benchmarks.sampling import ROOT
from experiments.reports.model.attributes import shown_attribute
from experiments.reports.model.claims import LEVEL, METRICS, compare, holm
from experiments.reports.text import markdown
from experiments.store import frames
from experiments.sweep import grid
from fairtab import seeds

RUNS = ROOT / "results" / "runs"
N_METHODS, N_DRAWS = 15, 200
N_SEEDS = (3, 10)
REPETITIONS = 20  # of each dataset and metric

Noise = tuple[float, float]  # standard deviations: of seeds, and of test rows after what all methods share


def noises() -> list[Noise]:
    """Measure the noise of each dataset and metric in the committed runs."""
    runs = grid.protocol(frames.frame(RUNS))
    drawn = frames.replicates(RUNS, runs)
    found, facts = [], frames.datasets(RUNS)
    for dataset, own in runs.groupby("dataset"):
        attribute = shown_attribute(facts[str(dataset)])
        for metric in (name.format(a=attribute) for name in METRICS):
            of_seeds = own.groupby("method")[metric].std()
            by_draw = drawn[drawn["dataset"].eq(dataset)].pivot_table(
                index="draw", columns="method", values=metric, observed=True
            )
            own_rows = by_draw.sub(by_draw.mean(axis=1), axis=0).std()
            found.append((float(of_seeds.median()), float(own_rows.median())))
    return found


def simulate(noise: Noise, n_seeds: int, rng: np.random.Generator) -> tuple[float, bool]:
    """Compare methods that do not differ. Return the share of claims, and whether there is any after Holm."""
    of_seeds, of_rows = noise
    methods = []
    for _ in range(N_METHODS):
        values = rng.normal(rng.normal(0, of_rows), of_seeds, n_seeds)
        methods.append((values, values[:, None] + rng.normal(0, of_rows, N_DRAWS)))
    found = [claim for a, b in combinations(methods, 2) if (claim := compare(*a, *b))]
    adjusted = holm([claim["p"] for claim in found])
    return float(np.mean([claim["p"] < 1 - LEVEL for claim in found])), min(adjusted) < 1 - LEVEL


def main() -> None:
    """Fill the table in benchmarks/README.md."""
    rng = seeds.numpy_generator(0, "claims")
    known = noises()
    rows = []
    for n_seeds in N_SEEDS:
        simulated = [simulate(noise, n_seeds, rng) for noise in known for _ in range(REPETITIONS)]
        single, any_of_all = pd.DataFrame(simulated).mean()
        rows.append([f"{n_seeds} seeds", f"{single:.1%}", f"{any_of_all:.1%}", str(len(simulated))])
    text = markdown.table(["", "differences of p < 0.05", "families with any that holds after Holm", "families"], rows)
    markdown.fill(ROOT / "benchmarks" / "README.md", "benchmarks.claims", text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
