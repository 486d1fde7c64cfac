"""Write a plan for a large sweep: a Makefile of its stages, with what each needs. Only what is not done is in it.

    python -m experiments.plan experiment=tradeoff hydra/launcher=slurm > plan.mk
    make -k -j 8 -f plan.mk

The cells are those that `run.py -m` would make with the same words. A stage is a sweep, so a launcher of a queue makes
a job array of it. `make` begins a stage when the stages that it needs are done.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from experiments.command import help_if_asked, refused_in_one_line
from experiments.store import frames
from experiments.sweep.cells import cells
from experiments.sweep.needs import Needs
from experiments.sweep.plan import Stage, plan

COMMITTED = Path(__file__).parents[1] / "results" / "runs"  # measured runs that come with the repository
QUEUES = ("slurm", "submitit_slurm", "submitit_local")  # launchers that are told what a job needs


def makefile(stages: Sequence[Stage], launcher: Sequence[str]) -> str:
    """Write the plan.

    Parameters
    ----------
    stages : sequence of Stage
        As of `plan`.
    launcher : sequence of str
        Words for Hydra that each sweep gets: the launcher and its settings.

    Returns
    -------
    str
        A Makefile.
    """
    names = [stage.name for stage in stages]
    parts = [f"# {cost(stages)}\n", f".PHONY: {' '.join(['all', *names])}\nall: {' '.join(names)}\n"]
    for stage in stages:
        before = " ".join(other.name for other in stage.waits_for(stages))
        n = len(stage.cells)
        lines = [f"# {n} cell{'s, each' if n > 1 else ''}: {said(stage.needs)}", f"{stage.name}: {before}".rstrip()]
        common = ["python", "run.py", "-m", *launcher, *launched(stage.needs, launcher)]
        lines.append(recipe([shlex.join([*common, *words]) for words in stage.sweeps]))
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def recipe(commands: Sequence[str]) -> str:
    """Write what makes a target: all commands, and then a failure if one of them failed."""
    tried = [command.replace("$", "$$") for command in commands]
    if len(tried) > 1:
        tried = ["failed=0", *(f"{command} || failed=1" for command in tried), "exit $$failed"]
    return "\t" + "; \\\n\t".join(tried)


def cost(stages: Sequence[Stage]) -> str:
    """Say how long the plan takes on one machine, and at least on any number of them, by measured runs."""
    measured = [stage for stage in stages if stage.needs]
    total = sum(len(stage.cells) * stage.needs.mean_seconds for stage in measured if stage.needs)
    ends: dict[str, float] = {}
    for stage in stages:  # each comes after those that it waits for
        begins = max((ends[other.name] for other in stage.waits_for(stages)), default=0.0)
        ends[stage.name] = begins + (stage.needs.seconds if stage.needs else 0.0)
    counts = [sum(len(stage.cells) for stage in some) for some in (stages, measured)]
    hours = f"{total / 3600:,.1f} hours one after another, at least {max(ends.values(), default=0) / 3600:,.1f} hours"
    return f"{counts[0]:,} cells, {counts[1]:,} of them measured: {hours} on any number of nodes"


def said(needs: Needs | None) -> str:
    """Say what a cell needs, in words."""
    if needs is None:
        return "not measured yet"
    gpu = ", a GPU" if needs.gpu else ""
    cores = f"{needs.cores} core{'s' if needs.cores > 1 else ''}"
    return f"{cores}{gpu}, {needs.memory_gb} GB, {needs.minutes} minutes (measured: {needs.seconds:,.0f} s at most)"


def launched(needs: Needs | None, launcher: Sequence[str]) -> list[str]:
    """Tell a launcher what each job needs, if it is one of a queue. What a person has set comes first."""
    if needs is None or not any(f"hydra/launcher={name}" in launcher for name in QUEUES):
        return []
    told = {"timeout_min": needs.minutes, "mem_gb": needs.memory_gb, "cpus_per_task": needs.cores}
    if needs.gpu:
        told["gpus_per_node"] = 1
    given = {word.partition("=")[0] for word in launcher}
    return [f"{name}={value}" for key, value in told.items() if (name := f"hydra.launcher.{key}") not in given]


@refused_in_one_line
def main(words: list[str]) -> None:
    """Print the plan for the cells that the words ask for."""
    help_if_asked(words, __doc__)
    launcher = [word for word in words if word.startswith("hydra")]
    found = cells([word for word in words if word not in launcher])
    roots = dict.fromkeys((found[0][1].run.root.resolve(), COMMITTED))
    runs = pd.concat([frames.frame(root) for root in roots], ignore_index=True)
    sys.stdout.write(makefile(plan(found, runs), launcher))


if __name__ == "__main__":
    main(sys.argv[1:])
