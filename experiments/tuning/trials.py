"""The trials of a study: fit, sample, and judge on validation rows."""

from __future__ import annotations

import functools
import logging
import math
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from experiments.run.cell import Cell
from experiments.run.failures import in_one_line
from experiments.run.judge import judging
from experiments.tuning.space import suggest, tuning_space, with_settings
from experiments.tuning.study import REASON, fail, finished, hours_taken, next_trial
from fairtab import seeds
from fairtab.errors import InputError
from fairtab.progress import progress
from fairtab.table import Table
from fairtab.threads import one_thread

if TYPE_CHECKING:
    from optuna import Study

log = logging.getLogger("fairtab")


def run_trials(
    study: Study, config: DictConfig, train: Table, validation: Table, *, trials: int, hours: float = math.inf
) -> None:
    """Run trials until the study has the number asked for. The test table is no argument: it can choose no setting.

    Parameters
    ----------
    study : optuna.Study
        As of `open_study`.
    config : DictConfig
        The configuration with the method's own settings.
    train, validation : Table
        What is fitted, and what judges.
    trials : int
        The number of trials that the study has in the end.
    hours : float
        No trial begins when the study's trials have taken this long. The first trial begins in any case.

    Raises
    ------
    InputError
        Every trial failed.
    """
    space = tuning_space(config)
    n_finished = len(finished(study))
    log.info("%d of %d trials are done", n_finished, trials)
    with progress("tuning", trials) as advance:
        advance(n_finished, "")
        for number in range(n_finished, trials):
            if number and hours_taken(study) >= hours:
                log.info("the %d trials have taken %.1f hours: no further one begins", number, hours_taken(study))
                break
            trial = next_trial(study, config, space, number)
            try:
                value = auc(Cell.from_config(with_settings(config, suggest(trial, space))), train, validation)
            except Exception as error:  # noqa: BLE001 - one setting's failure is a result: the study goes on
                fail(study, trial, error)
                log.warning("trial %d failed: %s", number, in_one_line(error))
            else:
                study.tell(trial, value)
            advance(1, f"trial {number + 1}")
    found = finished(study)
    if all(trial.value is None for trial in found):
        raise InputError(f"all {len(found)} trials failed, the last one: {found[-1].user_attrs[REASON]}")


def auc(cell: Cell, train: Table, validation: Table) -> float:
    """Give the AUC on `validation` of a classifier trained on a sample of the cell's method.

    Raises InputError if the AUC is undefined, and whatever the method raises.
    """
    from experiments.run.method import place, unfitted
    from fairtab.metrics.evaluate import judge

    seed = cell.run.seed
    synthesizer = unfitted(cell, functools.partial(_trainer, **(cell.trainer or {})))
    place(cell, synthesizer)
    with one_thread():
        synthesizer.fit(train, validation, seed=seeds.derive(seed, "fit"))
    synthetic = synthesizer.sample(cell.count_rows(len(train)), seed=seeds.derive(seed, "sample"))
    value = judge(synthetic, validation, seed=seed, **judging(cell)).metrics["utility/auc"]
    if math.isnan(value):
        raise InputError("the AUC is undefined: the validation table has one class")
    return value


def _trainer(phase: str, **options: Any) -> Any:
    """A Lightning Trainer that leaves no files."""
    from fairtab.neural.training import quiet_trainer  # torch, which not every method needs

    return quiet_trainer(phase, **options)
