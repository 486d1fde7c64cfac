"""Measure how far completed rows are from known conditional distributions, on a toy table.

    python -m benchmarks.completion     prints a table as in docs/rules.md, without RePaint

"truth" is the toy table's own distribution. "model" is what rows of `sample` have near the known values: the network's
own error, which no completion can mend.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd

from experiments.reports.text import markdown
from fairtab import FairTab, Schema, Table, complete

SCHEMA = Schema(("u", "v", "w"), ("B", "C"), "y", 1, ("s",))
N_TRAIN, N_TRUTH, N_MODEL, N = 8000, 300_000, 60_000, 1000
NEAR = 0.05  # rows whose number is this close to the known one count as having it
SETTINGS = {"1 candidate": (25, 1), "32 candidates": (25, 32), "32 candidates, 50 steps": (50, 32)}  # steps, candidates
C_GIVEN = {  # p(C | B, y)
    ("p", 0): [0.7, 0.2, 0.1],
    ("p", 1): [0.1, 0.8, 0.1],
    ("q", 0): [0.1, 0.1, 0.8],
    ("q", 1): [0.3, 0.3, 0.4],
}
Statistic = Callable[[pd.DataFrame], float]
LABELLED = {"y": 1, "s": "a"}
QUERIES: list[tuple[str, dict[str, object], Statistic]] = [
    ("mean of v given u, label, group", {"u": 2.0, **LABELLED}, lambda rows: rows["v"].mean()),
    ("its standard deviation", {"u": 2.0, **LABELLED}, lambda rows: rows["v"].std()),
    ("mean of w given C, label, group", {"C": "c0", **LABELLED}, lambda rows: rows["w"].mean()),
    ("its standard deviation", {"C": "c0", **LABELLED}, lambda rows: rows["w"].std()),
    ("share of B = p given the same", {"C": "c0", **LABELLED}, lambda rows: (rows["B"] == "p").mean()),
    ("share of C = c0 given w, label, group", {"w": -1.0, **LABELLED}, lambda rows: (rows["C"] == "c0").mean()),
    ("share of label 1 given u", {"u": 0.5 + np.log(3)}, lambda rows: rows["y"].mean()),
    ("share of label 1 given B and C", {"B": "q", "C": "c0"}, lambda rows: rows["y"].mean()),
    ("mean of u given v", {"v": 1.5}, lambda rows: rows["u"].mean()),
    ("share of group b given v", {"v": 1.5}, lambda rows: (rows["s"] == "b").mean()),
]


def toy(n: int, seed: int) -> pd.DataFrame:
    """Two normal numbers, a category that depends on one of them, another one, and a number with three peaks."""
    rng = np.random.default_rng(seed)
    y, s = rng.integers(0, 2, n), rng.choice(["a", "b"], n, p=[0.7, 0.3])
    u = rng.normal(size=n) + y
    v = 0.8 * (u - y) + 0.6 * rng.normal(size=n) + (s == "b")
    B = np.where(rng.random(n) < 1 / (1 + np.exp(-2 * (u - 0.5))), "p", "q")
    cdf = np.array([C_GIVEN[cell] for cell in zip(B, y, strict=True)]).cumsum(1)
    C = (rng.random((n, 1)) > cdf).sum(1)
    w = 2.0 * (C - 1) + 0.5 * rng.normal(size=n)
    numbers = {"u": u.round(3), "v": v.round(3), "w": w.round(3)}
    return pd.DataFrame({**numbers, "B": B, "C": np.array(["c0", "c1", "c2"])[C], "s": s, "y": y})


def near(rows: pd.DataFrame, known: dict[str, object]) -> pd.DataFrame:
    """Return the rows that have the known values, numbers up to `NEAR`."""
    for name, value in known.items():
        rows = rows[(rows[name] - value).abs() <= NEAR if name in SCHEMA.numerical else rows[name] == value]
    return rows


def main() -> None:
    model = FairTab(epochs=100, min_steps=2500)
    model.fit(Table(toy(N_TRAIN, 0), SCHEMA), Table(toy(500, 1), SCHEMA), seed=0)
    truth, sampled = toy(N_TRUTH, 7), model.sample(N_MODEL, seed=1).frame
    rows = []
    for words, known, statistic in QUERIES:
        numbers = [statistic(near(truth, known)), statistic(near(sampled, known))]
        for n_steps, n_particles in SETTINGS.values():
            given = pd.DataFrame([known] * N)
            completed = complete(model, given, seed=0, n_steps=n_steps, n_particles=n_particles)
            numbers.append(statistic(completed.frame))
        rows.append([words, *(f"{number:.2f}" for number in numbers)])
    sys.stdout.write(markdown.table(["", "truth", "model", *SETTINGS], rows))


if __name__ == "__main__":
    main()
