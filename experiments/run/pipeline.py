"""One cell of the benchmark in stages: fit, search where there is a goal, sample, evaluate.

What is on disk already is not made again.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import traceback
from collections.abc import Iterator

from experiments.run import interrupts, stages
from experiments.run.cell import Cell
from experiments.run.failures import StageFailed, in_one_line
from experiments.run.log_file import log_file
from experiments.store.locks import locked
from experiments.store.run import Run
from experiments.tracking import TrackedRun, content, tracked
from fairtab.datasets import loading
from fairtab.datasets.description import DatasetDescription
from fairtab.errors import InputError
from fairtab.joint import Joint
from fairtab.table import Split

log = logging.getLogger(__name__)


def check_ceiling(cell: Cell) -> None:
    """Raise InputError if the cell's ceiling cannot be made, because its place has another table or evaluation.

    This comes before the cell itself is made: else a result would be kept that is compared with nothing.
    """
    ceiling = _ceiling(cell)
    ceiling.run.check(ceiling.fit_identity, ceiling.sample_identity)
    ceiling.run.result(ceiling.evaluation)


def run_ceiling(cell: Cell) -> Run:
    """The same cell with the real training table in place of the synthetic one, tracked by nobody.

    Raises as `run_cell` does.
    """
    return run_cell(_ceiling(cell))


def _ceiling(cell: Cell) -> Cell:
    """A variant uses the default one's ceiling if that is there and of the same table and evaluation; else its own."""
    shared, own = cell.ceilings()
    return shared if _is_done(shared) else own


def _is_done(cell: Cell) -> bool:
    try:
        cell.run.check(cell.fit_identity, cell.sample_identity)
        return _is_scored(cell)
    except InputError:
        return False


def _is_scored(cell: Cell) -> bool:
    """Whether the run has every metric asked for. Raises InputError where it was evaluated in another way."""
    return cell.is_scored(cell.run.result(cell.evaluation))


def _is_sampled(cell: Cell) -> bool:
    """Whether the synthetic table is here, and where a goal decided its joint, what the search found."""
    return cell.run.has_synthetic() and (cell.goal is None or cell.run.found() is not None)


def run_cell(cell: Cell) -> Run:
    """Bring one cell to its end, from wherever an earlier try left it.

    Raises
    ------
    InputError
        The configuration, or the dataset it names, cannot be used. Nothing was written.
    StageFailed
        A stage did not come to its end. What earlier stages made is kept.
    """
    run = cell.run
    run.check_place()
    run.check(cell.fit_identity, cell.sample_identity)
    cell.check_met()
    if _is_scored(cell) and _is_sampled(cell):
        log.info("%s is done", run)
        return run
    split = _load(cell.dataset)
    # what cannot be asked of this label is not worth a fit
    if cell.goal:
        split.schema.check_binary("a goal")
        cell.goal.resolve_attributes(split.schema.sensitive)
    if "learner" in cell.evaluation:
        split.schema.check_binary(f"learner={cell.learner}")
    with locked(run.folder), log_file(run.log_path):
        sampled, recorded = _is_sampled(cell), run.result(cell.evaluation)
        if cell.is_scored(recorded) and sampled:  # another process finished it while this one waited for the lock
            return run
        log.info("%s%s", run, ": its table is not here, so it is made again" if recorded and not sampled else "")
        with locked(run.shared_folder):
            run.claim(cell.fit_identity, cell.sample_identity)
        with tracked(_tracked_run(cell), cell.trackers) as trackers:
            if not sampled:
                with _stage(run, "fit"):
                    synthesizer, fit = stages.fit(cell, split, trackers)
                costs = {"fit": fit["cost"]}
                if cell.goal:
                    with _stage(run, "search"):
                        joint: Joint | None = stages.search(cell, cell.goal, split, synthesizer, costs)
                else:
                    joint = (
                        None if cell.level is None else stages.own_joint(cell, split, synthesizer).balanced(cell.level)
                    )
                with _stage(run, "sample"):
                    stages.sample(cell, split, synthesizer, fit, joint, costs)
            with _stage(run, "evaluate"):
                stages.evaluate(cell, split)
            content.show(trackers, run, split)
    return run


def _tracked_run(cell: Cell) -> TrackedRun:
    run = cell.run
    return TrackedRun(run.root.parent, f"{run.variant}-seed-{run.seed}-{run.level}", run.identity, cell.to_dict())


@functools.lru_cache(maxsize=1)
def _load(description: DatasetDescription) -> Split:
    """Load a dataset once for a cell, its ceiling, and the next cells of a sweep."""
    log.info("reading %s", description.name)
    return loading.load(description)


@contextlib.contextmanager
def _stage(run: Run, stage: str) -> Iterator[None]:
    """Turn whatever goes wrong inside into error.txt and one line; say what an interrupt leaves."""
    try:
        yield
    except Exception as error:
        more = f" (more in {run.error_path})" if run.fail(stage, traceback.format_exc()) else ""
        raise StageFailed(f"{stage} failed: {in_one_line(error)}{more}") from error
    except KeyboardInterrupt:
        interrupts.a_second_one_kills()  # Lightning has switched it off
        log.warning("interrupted: %s stopped in stage %s; kept: %s", run, stage, ", ".join(run.kept()) or "nothing yet")
        raise
