"""Our attacks beside those of anonymeter, on the same tables: python -m benchmarks.attacks [DATASET]

Anonymeter needs packages that clash with ours, so it has an environment of its own:

    python3 -m venv .peers/anonymeter
    .peers/anonymeter/bin/python -m pip install --no-deps -r benchmarks/anonymeter/requirements.txt

The synthetic tables are copies of training rows, of which all, half or none are replaced by other real rows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from experiments.configuration import compose_config
from experiments.run.cell import Cell
from fairtab import seeds
from fairtab.datasets import loading
from fairtab.metrics.attacks.attacked import Attacked
from fairtab.metrics.attacks.guesses import control, rate
from fairtab.table import Split, Table

HERE = Path(__file__).parent
PYTHON = HERE.parent / ".peers" / "anonymeter" / "bin" / "python"
ATTACKS = ("singling_out", "linkability", "inference")


def halves(columns: list[str]) -> list[list[str]]:
    """Return the halves that `linkability.linked` makes of the columns."""
    shuffled = seeds.numpy_generator(0, "linkability").permutation(columns).tolist()
    return [shuffled[::2], shuffled[1::2]]


def of_anonymeter(synthetic: Table, members: Table, others: Table) -> dict[str, dict[str, float]]:
    """Let anonymeter attack the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, table in (("synthetic", synthetic), ("members", members), ("others", others)):
            table.frame.to_parquet(folder / f"{file}.parquet", index=False)
        (folder / "halves.json").write_text(json.dumps(halves(list(synthetic.frame.columns))))
        command = [str(PYTHON), str(HERE / "anonymeter" / "program.py"), str(folder)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(dataset: str = "compas") -> None:
    """Print the rates of both, on members and on others."""
    split = loading.load(Cell.from_config(compose_config([f"dataset={dataset}"])).dataset)
    n = len(split.test)
    members = Table(split.train.frame.iloc[:n], split.schema)
    for share in (0, 0.5, 1):
        n_copies = int(n * (1 - share))
        rows = [members.frame.iloc[:n_copies], split.validation.frame.iloc[: n - n_copies]]
        synthetic = Table(pd.concat(rows, ignore_index=True), split.schema)
        attacked = Attacked(synthetic, Split(members, split.validation, split.test), seed=0)
        theirs = of_anonymeter(synthetic, members, split.test)
        for name in ATTACKS:
            ours = getattr(attacked, name)
            sys.stdout.write(
                f"{dataset}, {1 - share:.0%} copies, {name}: ours {rate(ours):.3f} against {control(ours):.3f}, "
                f"anonymeter {theirs[name]['rate']:.3f} against {theirs[name]['control']:.3f}\n"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
