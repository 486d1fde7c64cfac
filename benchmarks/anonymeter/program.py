"""The attacks of anonymeter, in its own environment: python program.py FOLDER

The folder has members.parquet, others.parquet and synthetic.parquet. It writes one JSON object: by attack the rates of
success on members and on others, and the number of guesses.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator, SinglingOutEvaluator

N_GUESSES = 500
N_COLUMNS = 4  # of a predicate


def rates(evaluator: Any, **options: Any) -> dict[str, float]:
    evaluator.evaluate(**options)
    found = evaluator.results()
    return {"rate": found.attack_rate.value, "control": found.control_rate.value, "risk": found.risk().value}


def main(folder: Path) -> None:
    members, others, synthetic = (
        pd.read_parquet(folder / f"{name}.parquet") for name in ("members", "others", "synthetic")
    )
    tables = {"ori": members, "syn": synthetic, "control": others}
    n = min(N_GUESSES, len(others))
    columns = list(members.columns)
    numerical = set(members.select_dtypes("number"))
    halves = json.loads((folder / "halves.json").read_text())
    secrets = []
    for secret in columns:
        evaluator = InferenceEvaluator(
            **tables,
            aux_cols=[name for name in columns if name != secret],
            secret=secret,
            regression=secret in numerical,
            n_attacks=n,
        )
        secrets.append(rates(evaluator))
    made = {
        "singling_out": rates(
            SinglingOutEvaluator(**tables, n_attacks=N_GUESSES, n_cols=N_COLUMNS), mode="multivariate"
        ),
        "linkability": rates(LinkabilityEvaluator(**tables, aux_cols=halves, n_attacks=n, n_neighbors=1)),
        "inference": {name: float(np.mean([of[name] for of in secrets])) for name in secrets[0]},
    }
    sys.stdout.write(json.dumps(made))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
