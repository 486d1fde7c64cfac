"""How much faster is a sweep with several workers? Runs the same cells one after another, then side by side.

    python -m benchmarks.launchers                          writes its table into benchmarks/README.md
    python -m benchmarks.launchers workers=2 seeds=0,1 epochs=2     another size; prints the table and writes nothing

Further arguments go to run.py. There is one cell of COMPAS for each seed. Nothing else should run on the machine.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from experiments.reports.text import markdown
from experiments.run import environment
from fairtab.threads import share

ROOT = Path(__file__).parents[1]
SEEDS, EPOCHS = "0,1,2,3,4,5,6,7", 60


def main(workers: int, seeds: str, epochs: int, more: list[str]) -> str:
    """Run all cells twice, and make the table. `more` are further arguments for run.py.

    Raises CalledProcessError if a cell fails.
    """
    n = len(seeds.split(","))
    words = ["dataset=compas", f"method.epochs={epochs}", f"seed={seeds}", "logger=csv", "variant=bench", *more]
    ways = {
        "one after another": [],
        f"`hydra/launcher=joblib`, {workers} workers": ["hydra/launcher=joblib", f"hydra.launcher.n_jobs={workers}"],
    }
    seconds, metrics = {}, {}
    for name, launcher in ways.items():
        with tempfile.TemporaryDirectory() as results:
            start = time.perf_counter()
            command = [sys.executable, str(ROOT / "run.py"), "-m", *launcher, *words, f"results_dir={results}"]
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            seconds[name] = time.perf_counter() - start
            paths = sorted(Path(results).rglob("metrics.json"))
            metrics[name] = [(path.relative_to(results), path.read_bytes()) for path in paths]
    alone, beside = metrics.values()
    base = next(iter(seconds.values()))
    rows = [
        [name, f"{spent:,.0f}", f"{n / spent * 3600:,.0f}", f"{base / spent:.2f}"] for name, spent in seconds.items()
    ]
    made_on = environment.describe()
    return markdown.table([f"{n} cells of COMPAS, {epochs} epochs", "seconds", "cells an hour", "gain"], rows) + (
        f"\n{made_on['cores']} cores of {made_on['processor']}, {share()} threads in all. "
        "The start of Python is included. "
        f"metrics.json {'has the same bytes' if alone == beside else 'is NOT the same'} both times.\n"
    )


if __name__ == "__main__":
    own = ("workers", "seeds", "epochs")
    asked = dict(word.split("=") for word in sys.argv[1:] if word.startswith(own))
    more = [word for word in sys.argv[1:] if not word.startswith(own)]
    text = main(int(asked.get("workers", 2)), asked.get("seeds", SEEDS), int(asked.get("epochs", EPOCHS)), more)
    if len(sys.argv) == 1:
        markdown.fill(ROOT / "benchmarks" / "README.md", "benchmarks.launchers", text)
    sys.stdout.write(text)
