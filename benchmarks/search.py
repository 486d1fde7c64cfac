"""How long does the search for a goal's joint take, and how much time does its quick classifier save?

    python -m benchmarks.search             Adult, default settings; writes its tables into benchmarks/README.md
    python -m benchmarks.search dataset=compas epochs=1 rounds=2    another size; prints and writes nothing

One whole search runs with its quick classifier (`fairtab.goals.search.QUICK`: fewer trees, one-hot categories). Then
one table is judged by this classifier and by CatBoost with as many trees and its own treatment of categories.
"""

from __future__ import annotations

import sys
import time

from benchmarks.sampling import ROOT
from experiments.reports.text import markdown
from experiments.run import environment
from experiments.run.cost import measure_cost
from fairtab import FairTab, Split, load_dataset
from fairtab.goals.goal import Goal
from fairtab.goals.search import N_ROUNDS, QUICK, search_joint
from fairtab.metrics.evaluate import judge

CLASSIFIERS = {
    "one-hot categories, as in the search": QUICK,
    "CatBoost's own categories": {"iterations": QUICK["iterations"]},
}


def main(dataset: str, epochs: int | None, n_rounds: int) -> str:
    """Make the tables. `epochs` are those of the fit; None is the default."""
    split = load_dataset(dataset)
    model = FairTab() if epochs is None else FairTab(epochs=epochs, min_steps=0)
    model.fit(split.train, split.validation, seed=0)
    attribute = split.schema.sensitive[0]
    goal = Goal(dpr=0.8, attributes=[attribute])
    costs: dict[str, dict[str, float]] = {}
    with measure_cost(costs, "search"):
        found = search_joint(model, split.train, split.validation, goal, seed=0, n_rounds=n_rounds)
    cost = costs["search"]
    made_on = environment.describe()
    return (
        f"{made_on['cores']} cores of {made_on['processor']}. {dataset}, {goal}, attribute {attribute}.\n\n"
        + markdown.table(
            ["a search", "rounds", "seconds", "CPU seconds", "peak memory, GB"],
            [
                [
                    "met" if found.met else "not met",
                    f"{n_rounds}",
                    f"{cost['seconds']:.0f}",
                    f"{cost['cpu_seconds']:.0f}",
                    f"{cost['peak_memory_mb'] / 1024:.2f}",
                ]
            ],
        )
        + "\n"
        + markdown.table([f"a table ({attribute})", "seconds", "AUC", "DPR", "EOR"], _judges(model, split))
    )


def _judges(model: FairTab, split: Split) -> list[list[str]]:
    """Judge the table of one joint by each classifier. The seconds are without sampling."""
    attribute = split.schema.sensitive[0]
    table = model.sample(len(split.train), seed=0, joint=model.joint.with_odds(split.schema.positive))
    rows = []
    for name, options in CLASSIFIERS.items():
        start = time.perf_counter()
        metrics = judge(table, split.validation, seed=0, classifier=options).metrics
        seconds = time.perf_counter() - start
        values = [metrics["utility/auc"], *(metrics[f"fairness/{kind}/{attribute}"] for kind in ("dpr", "eor"))]
        rows.append([name, f"{seconds:.1f}", *(f"{value:.3f}" for value in values)])
    return rows


if __name__ == "__main__":
    asked = dict(argument.split("=") for argument in sys.argv[1:])
    epochs = int(asked["epochs"]) if "epochs" in asked else None
    text = main(asked.get("dataset", "adult"), epochs, int(asked.get("rounds", N_ROUNDS)))
    if not asked:
        markdown.fill(ROOT / "benchmarks" / "README.md", "benchmarks.search", text)
    sys.stdout.write(text)
