"""The stages of a cell: fit, search (if there is a goal), sample, evaluate.

Each stage reads the results of the earlier ones from disk.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
from hydra.utils import get_class

from experiments.learners import learner
from experiments.run import dataset_facts, environment
from experiments.run.cell import FAMILIES, Cell, families
from experiments.run.cost import measure_cost
from experiments.run.interrupts import finishing
from experiments.run.judge import judging
from experiments.store.locks import locked
from experiments.store.run import Run
from experiments.tracking import Tracker, losses
from fairtab import marginals, seeds
from fairtab.errors import Diverged, InputError
from fairtab.joint import Joint
from fairtab.rules.ruled import Ruled
from fairtab.table import Split, Table
from fairtab.threads import one_thread

if TYPE_CHECKING:
    from fairtab.goals.goal import Goal
    from fairtab.synthesizer import Steerable, Synthesizer

from experiments.run.method import place, trainer, unfitted

log = logging.getLogger(__name__)


def fit(cell: Cell, split: Split, trackers: Sequence[Tracker]) -> tuple[Synthesizer, dict[str, Any]]:
    """The fitted method and its record, read back from disk, whether it was fitted just now or long ago."""
    run = cell.run
    with locked(run.shared_folder):
        run.claim(cell.fit_identity, cell.sample_identity)  # again: before there is a fit, others may have claimed it
        if (found := run.fit_record()) is None:
            rows = "private rows" if cell.is_private else f"{len(split.train)} rows"
            log.info("fitting %s to %s", run.method, rows)
            record: dict[str, Any] = {"environment": environment.describe()}
            with contextlib.ExitStack() as writing, run.writing_fit(record) as folder:
                if cell.trainer is not None:
                    record["trainer"] = cell.trainer
                synthesizer = unfitted(cell, functools.partial(trainer, cell.trainer or {}, folder, trackers))
                place(cell, synthesizer)
                try:
                    with measure_cost(record, "cost"), one_thread():
                        synthesizer.fit(split.train, split.validation, seed=seeds.derive(run.seed, "fit"))
                except Diverged:
                    run.keep_diverged(folder, synthesizer)
                    raise
                writing.enter_context(finishing())  # what may have taken hours
                if synthesizer.ledger is not None:
                    record["privacy"] = synthesizer.ledger.to_dict()
                record["n_parameters"] = synthesizer.n_parameters
                record["n_epochs"] = losses.count_epochs(folder) or getattr(synthesizer, "n_epochs", None)
                log.info("writing the model")
                synthesizer.save(folder)
            found = run.fit_record()
    assert found is not None, f"{run.fit_folder} changed while it was read"
    method: type[Synthesizer] = get_class(cell.target)
    synthesizer = method.load(run.fit_folder)
    if cell.sampler is not None:
        synthesizer.sampler = cell.sampler
    place(cell, synthesizer)
    return synthesizer, found


def own_joint(cell: Cell, split: Split, synthesizer: Synthesizer) -> Joint:
    """The joint of the training table; as far as a private fit knows it."""
    return cast("Steerable", synthesizer).joint if cell.is_private else Joint.from_table(split.train)


def count_rows(cell: Cell, split: Split, synthesizer: Synthesizer) -> int:
    """How many rows a synthetic table has; as far as a private fit knows how many there are."""
    return cell.count_rows(cast(int, synthesizer.n_rows) if cell.is_private else len(split.train))


def search(cell: Cell, goal: Goal, split: Split, synthesizer: Synthesizer, stages: dict[str, Any]) -> Joint:
    """The joint that the goal needs. Raises InputError where none is found, unless the nearest will do."""
    from experiments.figures import frontier  # like the search itself, not needed by a cell that is done
    from fairtab.goals.search import search_joint
    from fairtab.report.searched import searched

    run = cell.run
    with measure_cost(stages, "search"):
        found = search_joint(
            synthesizer,
            split.train,
            split.validation,
            goal,
            seed=seeds.derive(run.seed, "search"),
            n=count_rows(cell, split, synthesizer),
            n_rounds=cell.n_rounds,
            min_group_rows=cell.evaluation["min_group_rows"],
        )
    attributes = goal.resolve_attributes(split.schema.sensitive)
    reached, candidates = searched(found)
    own = own_joint(cell, split, synthesizer)
    record = {
        "asked": str(goal),
        "attributes": attributes,
        "bounds": goal.bounds,
        "met": found.met,
        "measured_on": found.measured_on,
        "validation": reached,
        "selection_rate_of_real": found.selection_rate,
        "label_rate": own.rates_beside(found.joint, split.schema.positive),
    }
    with finishing():
        run.write_search(candidates, found.joint.to_frame(), record)
        frontier.draw(candidates, record, run.search_folder)
    if not found.met and not cell.best_effort:
        raise InputError(f"{found.missed(goal)}: ask for less, or take the nearest with goal.best_effort=true")
    return found.joint


def sample(
    cell: Cell,
    split: Split,
    synthesizer: Synthesizer,
    fit: dict[str, Any],
    joint: Joint | None,
    stages: dict[str, Any],
) -> None:
    from fairtab.rules.memorised import Cap  # it needs torch, which a cell that is done does without

    run = cell.run
    n = count_rows(cell, split, synthesizer)
    log.info("sampling %d rows, %s", n, run.level)
    cap = Cap(split.train, split.validation, seed=run.seed) if cell.cap else None
    ruled = Ruled(synthesizer, split.schema.rules, cap=cap)
    obeying = cast("Synthesizer", ruled) if split.schema.rules or cap else synthesizer
    with measure_cost(stages, "sample"):
        synthetic = obeying.sample(n, seed=seeds.derive(run.seed, "sample"), joint=joint)
    provenance = {
        "stages": stages,
        "n_parameters": fit["n_parameters"],
        "n_epochs": fit.get("n_epochs"),
        "fitted_on": {**fit["environment"], "trainer": fit.get("trainer")},
        **({"privacy": fit["privacy"]} if "privacy" in fit else {}),
        **({"families": had} if (had := scored_in(run)) else {}),
    }
    log.info("writing %d rows", n)
    with finishing():
        run.write_synthetic(synthetic.written, {**provenance, "environment": environment.describe()})


def scored_in(run: Run) -> list[str]:
    """Name the families of metrics that a run has; if its table was made again since, those that it had before."""
    result = run.recorded()
    return families(result) if result else run.provenance().get("families", [])


def evaluate(cell: Cell, split: Split) -> None:
    """Score the table, with all families of metrics that the run was ever scored in."""
    from fairtab.metrics.evaluate import evaluate as compute_metrics  # takes seconds: a cell that is done does without

    run = cell.run
    synthetic = Table.from_written(pd.read_parquet(run.synthetic_path), split.schema)
    log.info(
        "evaluating: %s on the synthetic table, scored on %d real test rows",
        learner(cell.learner).label,
        len(split.test),
    )
    provenance = run.provenance()
    with measure_cost(provenance.setdefault("stages", {}), "evaluate"):
        had = scored_in(run)
        more: dict[str, Any] = {name: getattr(cell, name) or name in had for name in FAMILIES}
        evaluation = compute_metrics(synthetic, split, seed=run.seed, **more, **judging(cell))
    for note in evaluation.notes:
        log.info("note: %s", note)
    bins = marginals.bins(split.train, min_rows=2 if cell.is_own_table else 1)  # what one row alone has is that row's
    goal = {"goal": run.found()} if cell.goal else {}
    with finishing():
        run.write_provenance({**provenance, "environment": environment.describe()})
        run.write_replicates(evaluation.judged.replicates)
        run.write_marginals(marginals.counts(synthetic, bins))
        run.write_dataset(
            {**dataset_facts.describe(split, cell.dataset.paper), "marginals": marginals.counts(split.train, bins)}
        )
        run.finish({"metrics": evaluation.metrics, "notes": evaluation.notes, "evaluation": cell.evaluation, **goal})
