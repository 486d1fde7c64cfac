"""One cell of the benchmark in stages: fit, search where there is a goal, sample, evaluate.

What is on disk already is not made again.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from hydra.utils import get_class
from omegaconf import DictConfig, OmegaConf

from experiments import methods
from experiments.configuration import CONF
from experiments.run import dataset_facts, environment, interrupts, marginals
from experiments.run.cell import Cell, has_uniform
from experiments.run.cost import measured
from experiments.run.failures import StageFailed, in_one_line
from experiments.run.interrupts import finishing
from experiments.store import Run, locked
from experiments.tracking import Subject, Watcher, content, losses, watched
from fairtab import datasets, seeds
from fairtab.errors import Diverged, InputError
from fairtab.joint import Joint
from fairtab.table import Split, Table
from fairtab.threads import one_thread

if TYPE_CHECKING:
    from fairtab.goals.goal import Goal
    from fairtab.synthesizer import Synthesizer

log = logging.getLogger(__name__)


def run_ceiling(config: DictConfig) -> Run:
    """The same cell with the real training table in place of the synthetic one, watched by nobody.

    A variant uses the default one's ceiling if that is there and of the same table and evaluation; else it has its own.
    Raises as `run_cell` does.
    """
    shared = _ceiling_of(config, "default")
    return run_cell(shared if _is_done(shared) else _ceiling_of(config, config.variant))


def _is_done(config: DictConfig) -> bool:
    cell = Cell.of(config)
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


def _ceiling_of(config: DictConfig, variant: str) -> DictConfig:
    real = methods.node(methods.find()[methods.REAL])
    no_goal = OmegaConf.load(CONF / "goal/none.yaml").goal
    others: dict[Any, Any] = {"variant": variant, "sampling": "default", "n_rows": None}
    return OmegaConf.create({**config, **others, "method": real, "logger": {}, "goal": no_goal})


def run_cell(config: DictConfig) -> Run:
    """Bring one cell to its end, from wherever an earlier try left it.

    Raises
    ------
    InputError
        The configuration, or the dataset it names, cannot be used. Nothing was written.
    StageFailed
        A stage did not come to its end. What earlier stages made is kept.
    """
    cell = Cell.of(config)
    run = cell.run
    run.check_place()
    run.check(cell.fit_identity, cell.sample_identity)
    if _is_scored(cell) and _is_sampled(cell):
        log.info("%s is done", run)
        return run
    split = _load(json.dumps(cell.dataset))
    if cell.goal:
        cell.goal.resolve_attributes(split.schema.sensitive)  # an attribute that is not there is not worth a fit
    with locked(run.folder), _log_file(run.log_path):
        sampled, recorded = _is_sampled(cell), run.result(cell.evaluation)
        if cell.is_scored(recorded) and sampled:  # another process finished it while this one waited for the lock
            return run
        log.info("%s%s", run, ": its table is not here, so it is made again" if recorded and not sampled else "")
        run.claim(cell.fit_identity, cell.sample_identity)
        with watched(_subject(cell), cell.watchers) as watchers:
            if not sampled:
                with _stage(run, "fit"):
                    synthesizer, fit = _fit(cell, split, watchers)
                stages = {"fit": fit["cost"]}
                if cell.goal:
                    with _stage(run, "search"):
                        joint: Joint | None = _search(cell, cell.goal, split, synthesizer, stages)
                else:
                    joint = None if cell.level is None else Joint.from_table(split.train).balanced(cell.level)
                with _stage(run, "sample"):
                    _sample(cell, split, synthesizer, fit, joint, stages)
            with _stage(run, "evaluate"):
                _evaluate(cell, split)
            content.show(watchers, run, split)
    return run


def _subject(cell: Cell) -> Subject:
    run = cell.run
    return Subject(run.root.parent, f"{run.variant}-seed-{run.seed}-{run.level}", run.identity, cell.to_dict())


@functools.lru_cache(maxsize=1)
def _load(description: str) -> Split:
    """The dataset of a description in JSON, read once for a cell, its ceiling and the next cells of a sweep."""
    dataset = json.loads(description)
    log.info("reading %s", dataset["name"])
    return datasets.load(dataset)


def _fit(cell: Cell, split: Split, watchers: Sequence[Watcher]) -> tuple[Synthesizer, dict[str, Any]]:
    """The fitted method and its record, read back from disk, whether it was fitted just now or long ago."""
    run = cell.run
    with locked(run.shared_folder):
        if (found := run.fit_record()) is None:
            log.info("fitting %s to %d rows", run.method, len(split.train))
            record: dict[str, Any] = {"environment": environment.describe()}
            with contextlib.ExitStack() as writing, run.writing_fit(record) as folder:
                if cell.trainer is not None:
                    record["trainer"] = cell.trainer
                synthesizer = unfitted(cell, functools.partial(_trainer, cell.trainer or {}, folder, watchers))
                try:
                    with measured(record, "cost"), one_thread():
                        synthesizer.fit(split.train, split.validation, seed=seeds.derive(run.seed, "fit"))
                except Diverged:
                    run.keep_diverged(folder, synthesizer)
                    raise
                writing.enter_context(finishing())  # what may have taken hours
                record["n_parameters"] = synthesizer.n_parameters
                record["n_epochs"] = losses.epochs(folder) or cell.options.get("epochs")
                log.info("writing the model")
                synthesizer.save(folder)
            found = run.fit_record()
    assert found is not None, f"{run.fit_folder} changed while it was read"
    method: Any = get_class(cell.target)
    synthesizer = method.load(run.fit_folder)
    if cell.sampler is not None:
        synthesizer.sampler = cell.sampler
    place(cell, synthesizer)
    return synthesizer, found


def unfitted(cell: Cell, trainer: Callable[..., Any]) -> Synthesizer:
    """The cell's method as configured; one that is trained takes `trainer`, which makes a Lightning Trainer."""
    options = dict(cell.options)
    if cell.sampler is not None:
        options["sampler"] = cell.sampler  # so that what cannot be sampled is not fitted either
    if cell.trainer is not None:
        options["trainer"] = trainer
    return get_class(cell.target)(**options)


def place(cell: Cell, synthesizer: Any) -> None:
    """Let a fitted method draw its rows where the cell's trainer fits: what has a trainer has a `device`."""
    if cell.trainer is not None and cell.trainer.get("accelerator") in ("gpu", "cuda"):
        synthesizer.device = "cuda"


def _search(cell: Cell, goal: Goal, split: Split, synthesizer: Synthesizer, stages: dict[str, Any]) -> Joint:
    """The joint that the goal needs. Raises InputError where none is found, unless the nearest will do."""
    from experiments.figures import frontier  # like the search itself, not needed by a cell that is done
    from fairtab.goals.search import search

    run = cell.run
    log.info("searching for the joint that the goal needs, among %d, on validation rows", cell.n_candidates)
    with measured(stages, "search"):
        found = search(
            synthesizer,
            split.train,
            split.validation,
            goal,
            seed=seeds.derive(run.seed, "search"),
            n=cell.n_rows,
            n_candidates=cell.n_candidates,
            min_group_rows=cell.evaluation["min_group_rows"],
            study=run.study_path,
        )
    attributes = goal.resolve_attributes(split.schema.sensitive)
    own, positive = Joint.from_table(split.train), split.schema.positive
    record = {
        "asked": str(goal),
        "attributes": attributes,
        "bounds": goal.bounds,
        "met": found.met,
        "validation": found.reached,
        "selection_rate_of_real": found.selection_rate,
        "label_rate": {
            name: {
                str(value): [own.rate_of(positive, name, value), found.joint.rate_of(positive, name, value)]
                for value in own.probability.index.unique(name)
            }
            for name in split.schema.sensitive
        },
    }
    with finishing():
        run.write_search(found.candidates, found.joint.to_frame(), record)
        frontier.draw(found.candidates, record, run.search_folder)
    if not found.met and not cell.best_effort:
        raise InputError(
            f"no joint was found that meets the goal ({goal}). The nearest reaches {frontier.reached(record)} on "
            "validation rows, and a bound has to hold less one standard error: ask for less, or take the nearest with "
            "goal.best_effort=true"
        )
    return found.joint


def _sample(
    cell: Cell,
    split: Split,
    synthesizer: Synthesizer,
    fit: dict[str, Any],
    joint: Joint | None,
    stages: dict[str, Any],
) -> None:
    run = cell.run
    n = cell.n_rows or len(split.train)
    log.info("sampling %d rows, %s", n, run.level)
    with measured(stages, "sample"):
        synthetic = synthesizer.sample(n, seed=seeds.derive(run.seed, "sample"), joint=joint)
    provenance = {
        "stages": stages,
        "n_parameters": fit["n_parameters"],
        "n_epochs": fit.get("n_epochs"),
        "fitted_on": {**fit["environment"], "trainer": fit.get("trainer")},
    }
    log.info("writing %d rows", n)
    with finishing():
        run.write_synthetic(synthetic.frame, {**provenance, "environment": environment.describe()})


def _evaluate(cell: Cell, split: Split) -> None:
    from fairtab.metrics.evaluate import evaluate  # takes seconds: a cell that is done does without

    run = cell.run
    synthetic = Table(pd.read_parquet(run.synthetic_path), split.schema)
    log.info("evaluating: CatBoost on the synthetic table, scored on %d real test rows", len(split.test))
    provenance = run.provenance()
    with measured(provenance.setdefault("stages", {}), "evaluate"):
        recorded = run.result(cell.evaluation)
        uniform = cell.uniform_sensitive or bool(recorded and has_uniform(recorded))  # nothing recorded is lost
        metrics, notes, replicates = evaluate(
            synthetic, split, seed=run.seed, uniform_sensitive=uniform, **cell.evaluation
        )
    for note in notes:
        log.info("note: %s", note)
    bins = marginals.bins(split.train, min_rows=2 if cell.is_own_table else 1)  # what one row alone has is that row's
    goal = {"goal": run.found()} if cell.goal else {}
    with finishing():
        run.write_provenance({**provenance, "environment": environment.describe()})
        run.write_replicates(replicates)
        run.write_marginals(marginals.counts(synthetic, bins))
        run.write_dataset({**dataset_facts.of(split, cell.dataset), "marginals": marginals.counts(split.train, bins)})
        run.finish({"metrics": metrics, "notes": notes, "evaluation": cell.evaluation, **goal})


def _trainer(options: dict[str, Any], folder: Path, watchers: Sequence[Watcher], **more: Any) -> Any:
    """A Lightning Trainer that logs into the folder of the fit. What the method sets itself (`more`) stays as it is."""
    import pytorch_lightning as pl

    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)  # its import sets INFO: device tips, adverts
    log_to = losses.lightning_loggers(folder, watchers)
    return pl.Trainer(**{**options, **more}, logger=log_to, default_root_dir=folder)


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


class _LogFile(logging.FileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say nothing: a full disk is for a stage to say."""


@contextlib.contextmanager
def _log_file(path: Path) -> Iterator[None]:
    """Copy all that is logged inside the block into a file."""
    handler = _LogFile(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        with contextlib.suppress(OSError):
            handler.close()
