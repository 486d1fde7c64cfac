"""Make one cell of the benchmark, or with -m a sweep of them: see `python run.py --help`."""

import logging
import os
import re
import shlex
import sys

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from experiments import methods
from experiments.command import REFUSALS, refusal
from experiments.configuration import CONF, MOVED
from experiments.run.failures import CellFailed, StageFailed
from experiments.sweep import jobs, outcomes
from fairtab.errors import InputError

PLAIN_NAME = re.compile(r"[\w.-]+")  # not choice(..) or glob(..), which Hydra reads
log = logging.getLogger("fairtab")


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(config: DictConfig) -> CellFailed | None:
    # These imports take seconds, and --help and --cfg job do not need them.
    from experiments.reports.model import published
    from experiments.reports.text import goal, summary
    from experiments.run.worker import make, make_beside
    from experiments.store import frames

    in_sweep = HydraConfig.get().mode is RunMode.MULTIRUN
    named = any(word.startswith("logger.") for word in HydraConfig.get().overrides.task)
    if in_sweep and not named and HydraConfig.get().runtime.choices.get("logger") == "default":
        config.logger = {}  # a sweep has many cells: logger=wandb has them tracked
    os.chdir(HydraConfig.get().runtime.cwd)  # paths are relative to it, wherever a launcher runs the cell
    try:
        run, ceiling = make_beside(config, HydraConfig.get()) if in_sweep else make(config)
    except (InputError, StageFailed, CellFailed, OSError) as error:
        log.error("error: %s", error)
        if not in_sweep:
            sys.exit(1)
        return CellFailed(str(error))  # if it were raised, Hydra would begin no further batch of the sweep
    summary.show(frames.row(run), frames.row(ceiling), published.published(config.dataset.get("paper")))
    if found := run.found():
        goal.show(found, frames.row(run))
        log.info("joints that the search measured: %s", run.search_folder / "frontier.png")
    return None


def check_choices(arguments: list[str]) -> None:
    """Raise InputError for an unknown group=option or an old name, before the first cell of a sweep begins."""
    groups = {folder.name: sorted(path.stem for path in folder.glob("*.yaml")) for folder in CONF.iterdir()}
    groups["method"] = sorted(methods.find())
    groups["backbone"].append("mlp")  # the registry has it, with the sizes from FairTab's settings
    for argument in arguments:
        group, given, choice = argument.partition("=")
        for old, new in MOVED.items():
            if group.lstrip("+~").startswith(f"{old}."):
                raise InputError(f"{group}: it is now called {group.replace(old, new, 1)}")
        for name in choice.split(",") if given and groups.get(group) else ():
            if PLAIN_NAME.fullmatch(name) and name not in (*groups[group], "null"):
                raise InputError(f"unknown {group} {name!r}: expected one of {', '.join(groups[group])}")


if __name__ == "__main__":
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # errors come here, and are printed in one line
    command = shlex.join(["python", "run.py", *sys.argv[1:]])
    try:
        methods.register()
        check_choices(sys.argv[1:])
        main()
        if not outcomes.tell(command):
            sys.exit(1)
    except jobs.lost() as error:
        outcomes.tell(command)
        more = "other jobs go on in the queue; when it is empty, repeat the command"
        sys.exit(f"error: {jobs.said(error)}\n{more}: {command}")
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: finished parts are kept, and the same command goes on from there\n")
        sys.exit(130)
    except REFUSALS as error:
        sys.exit(refusal(error))
