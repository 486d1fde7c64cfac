"""What a user of the installed package does, with no clone: `make wheel` runs it in an empty environment.

The package must be in the environment itself. Nothing of the benchmark's own packages may be there.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import fairtab

ROLES = ["--target", "credit", "--positive", "1", "--sensitive", "age-group"]
UNNEEDED = ("hydra", "omegaconf", "wandb", "mlflow", "sdv", "transformers", "imblearn", "experiments", "baselines")


def command(*words: str) -> str:
    program = Path(sys.executable).with_name("fairtab")
    return subprocess.run([program, *words], capture_output=True, text=True, check=True).stdout


def main() -> None:
    assert Path(fairtab.__file__).is_relative_to(Path(sys.prefix)), f"{fairtab.__file__} is not the installed package"
    found = [name for name in UNNEEDED if importlib.util.find_spec(name)]
    assert not found, f"packages that make and check do not need: {', '.join(found)}"
    split = fairtab.load_dataset("german")
    split.train.written.to_csv("people.csv", index=False)
    assert "age-group, rows" in command("inspect", "people.csv", *ROLES)
    quick = fairtab.FairTab(epochs=1, min_steps=50)
    fairtab.make("people.csv", target="credit", positive=1, sensitive="age-group", level=10, model=quick).report.save(
        "quick.html"
    )
    command("make", "people.csv", *ROLES, "--level", "10", "--rows", "100", "--out", "fair.csv", "--force")
    said = command("check", "people.csv", "fair.csv", *ROLES, "--report", "report.html", "--force")
    sys.stdout.write(said)
    for name in ("fair.csv", "fair.html", "fair.json", "fair.md", "report.html", "quick.html"):
        assert Path(name).stat().st_size, name


if __name__ == "__main__":
    main()
