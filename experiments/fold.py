"""Keep finished runs as one file for each dataset, so that git holds few files.

    python -m experiments.fold [--results DIR]            write DIR/runs/<dataset>.parquet
    python -m experiments.fold --open [--results DIR]     write the runs back to their folders, as after a clone

Both leave all other files alone. Tables from runs that were folded and opened have the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from experiments.command import refused_in_one_line
from experiments.store.folded import fold, unfold

RESULTS = Path(__file__).parents[1] / "results"


@refused_in_one_line
def main(arguments: list[str] | None = None) -> None:
    """Read the command line, and fold or open."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.fold", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="DIR", help="default: the repository's own")
    parser.add_argument("--open", action="store_true", help="write the runs back to their folders")
    asked = parser.parse_args(arguments)
    root = asked.results / "runs"
    if not asked.open:
        for path, n in fold(root).items():
            sys.stdout.write(f"{path}: {n} runs, {path.stat().st_size / 1e6:.1f} MB\n")
        return
    n, others = unfold(root)
    sys.stdout.write(f"{n} files were written\n")
    for path in others:
        sys.stdout.write(f"{path} is another than the folded one, and stays\n")


if __name__ == "__main__":
    main()
