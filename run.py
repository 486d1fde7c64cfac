"""Make one cell of the benchmark, or with -m a sweep of them: see `python run.py --help`."""

import logging
import os
import re
import shlex
import sys
import warnings
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from experiments.failures import StageFailed
from fairtab.errors import InputError

PLAIN_NAME = re.compile(r"[\w.-]+")  # and no choice(..) or glob(..) of Hydra's
CONF = Path(__file__).parent / "conf"
log = logging.getLogger("fairtab")
outcomes = []  # of a sweep's cells; Hydra's callbacks do not hear of the end of a sweep in which one failed


class CellFailed(Exception):
    """A cell of a sweep failed, and the reason has been said."""


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(config: DictConfig) -> None:
    # Here, not above: what computes takes seconds to import, and --help and --cfg job do without it.
    from experiments.cell import Cell
    from experiments.outcomes import Outcome
    from experiments.pipeline import run_ceiling, run_cell
    from experiments.reports import goal, published, summary

    words, cell = HydraConfig.get().overrides.task, None
    sweeping = HydraConfig.get().mode is RunMode.MULTIRUN
    logging.captureWarnings(True)
    warnings.formatwarning = lambda message, *_, **__: f"warning: {message}"
    try:
        cell = Cell.of(config)
        run = run_cell(config)
        ceiling = run_ceiling(config)
    except (InputError, StageFailed, OSError) as error:
        log.error("error: %s", error)
        if sweeping:
            outcomes.append(Outcome(words, cell, str(error)))
            raise CellFailed from error  # which Hydra keeps until the other cells of the sweep are done
        sys.exit(1)
    if sweeping:
        outcomes.append(Outcome(words, cell))
    summary.show(run.row(), ceiling.row(), published.published(config.dataset.get("paper")))
    if found := run.found():
        goal.show(found, run.row())
        log.info("what the search saw: %s", run.search_folder / "frontier.png")


def show_sweep(command: str) -> None:
    """What became of the cells, as far as the sweep came; nothing where there was none."""
    if not outcomes:
        return
    from experiments.outcomes import frame, show, watch

    cells = frame(outcomes)
    watch(outcomes, cells, command)
    show(cells, command)


def check_choices(arguments: list[str]) -> None:
    """Raise InputError for a group=option that conf/ does not have, before the first cell of a sweep is begun."""
    groups = {folder.name: sorted(path.stem for path in folder.glob("*.yaml")) for folder in CONF.iterdir()}
    for argument in arguments:
        group, given, choice = argument.partition("=")
        for name in choice.split(",") if given and groups.get(group) else ():
            if PLAIN_NAME.fullmatch(name) and name not in (*groups[group], "null"):
                raise InputError(f"unknown {group} {name!r}: expected one of {', '.join(groups[group])}")


if __name__ == "__main__":
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # errors come here, to be said in one line
    try:
        check_choices(sys.argv[1:])
        try:
            main()
        finally:
            show_sweep(shlex.join(["python", "run.py", *sys.argv[1:]]))
    except CellFailed:
        sys.exit(1)
    except (InputError, HydraException, OmegaConfBaseException) as error:
        sys.exit(f"error: {' '.join(str(error).split())}")
