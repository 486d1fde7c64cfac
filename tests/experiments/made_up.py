"""Generated folders of runs, for tests of reports."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.store.run import Run
from fairtab.metrics.catalogue import PRIVACY

ATTRIBUTES = {"adult": ["sex", "race"], "bank": ["age-group"], "compas": ["sex", "race"], "german": ["sex"]}
PAPER = {"adult": {"name": "adult", "attribute": "sex"}, "bank": {"name": "bank", "attribute": "age-group"}}


def metrics(dataset: str, value: float = 0.5, **given: float) -> dict[str, float]:
    """Every metric of a run: the given ones, and `value` for all others."""
    sensitive = ATTRIBUTES[dataset.partition("-")[0]]
    attributes = [*sensitive, *(["*".join(sensitive)] if len(sensitive) > 1 else [])]
    pairs = [f"fairness/{kind}/{name}" for name in attributes for kind in ("dpr", "eor")]
    names = ["utility/auc", "utility/accuracy", "utility/positive_rate", *pairs]
    names += [f"uniform_sensitive/{name}" for name in ("utility/auc", *pairs)]
    names += ["fidelity/column_error", "fidelity/pair_error", *PRIVACY]
    return dict.fromkeys([*names, "score", *(f"score/{name}" for name in sensitive)], value) | given


def write(
    root: Path,
    dataset: str,
    method: str,
    seed: int,
    level: str = "native",
    *,
    variant: str = "default",
    learner: str | None = None,
    values: Mapping[str, float] | None = None,
    replicates: pd.DataFrame | None = None,
    **provenance: Any,
) -> Run:
    """A finished run, and the dataset's facts. `learner` is not the judge."""
    run = Run(root, dataset, method, variant, seed, f"{level}-{learner}" if learner else level)
    values = metrics(dataset) if values is None else values
    run.write_provenance(
        {
            "stages": {
                "fit": {"seconds": 60.0, "cpu_seconds": 60.0, "peak_memory_mb": 900},
                "sample": {"seconds": 2.0, "cpu_seconds": 2.0, "peak_memory_mb": 500},
                "evaluate": {"seconds": 9.0, "cpu_seconds": 9.0, "peak_memory_mb": 800},
            },
            "n_parameters": 1000,
            "n_epochs": 120,
            "fitted_on": {"processor": "A processor", "cores": 2, "gpu": None, "trainer": {"accelerator": "cpu"}},
            **provenance,
        }
    )
    if replicates is None:
        noise = np.random.default_rng(0).normal(0, 0.01, (200, 1))
        known = {name: v for name, v in values.items() if not name.startswith(("uniform", "fidelity", "privacy"))}
        replicates = pd.DataFrame(np.array(list(known.values())) + noise, columns=list(known))
    run.write_replicates(replicates)
    run.write_marginals(counts(dataset, balanced=level == "balance-10"))
    run.write_dataset(facts(dataset))
    evaluation = {"learner": {"name": learner}} if learner else {}
    run.finish({"metrics": dict(values), "notes": [], "evaluation": evaluation})
    return run


def counts(dataset: str, *, balanced: bool = False) -> dict[str, Any]:
    groups = {
        name: {"groups": ["b", "a"], "counts": [[40, 10], [40, 10]] if balanced else [[50, 18], [30, 2]]}
        for name in ATTRIBUTES[dataset.partition("-")[0]]
    }
    sensitive = {
        name: {"values": of["groups"], "counts": [sum(n) for n in of["counts"]]} for name, of in groups.items()
    }
    columns = {
        "age": {"edges": [0.0, 10.0, 20.0, 30.0], "counts": [20, 50, 30], "missing": 0},
        "job": {"values": ["clerk", "nurse", "missing"], "counts": [70, 25, 5]},
        "label": {"values": ["no", "yes"], "counts": [80, 20]},
        **sensitive,
    }
    return {"rows": 100, "target": "label", "columns": columns, "groups": groups}


def facts(dataset: str) -> dict[str, Any]:
    rates = {"b": {"share": 0.68, "positive_rate": 0.264706}, "a": {"share": 0.32, "positive_rate": 0.0625}}
    return {
        "rows": {"train": 2000, "validation": 1000, "test": 1000},
        "n_numerical": 1,
        "n_categorical": 1,
        "target": "label",
        "positive": "yes",
        "sensitive": ATTRIBUTES[dataset.partition("-")[0]],
        "positive_rate": 0.2,
        "groups": dict.fromkeys(ATTRIBUTES[dataset.partition("-")[0]], rates),
        "paper": PAPER.get(dataset),
        "marginals": counts(dataset),
    }
