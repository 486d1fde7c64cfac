"""A study on disk: the trials of one configuration, in a file of text lines that git can keep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from experiments.run.cell import Cell
from experiments.run.failures import in_one_line
from experiments.store.identity import differences
from experiments.tuning.space import TuningSpace
from fairtab import seeds
from fairtab.errors import InputError

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

TRIALS = "trials.jsonl"  # in the folder of a study
NAME = "tune"  # of the one study in a file
REASON = "reason"  # why a trial failed; an interrupted trial has none


def storage(folder: Path) -> BaseStorage:
    """Give Optuna's access to the trials in a study's folder."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    return JournalStorage(JournalFileBackend(str(folder / TRIALS)))


def configuration(cell: Cell) -> dict[str, Any]:
    """Give what decides the value of a cell's trial, beside the settings that are tried and the seed."""
    return {**cell.fit_identity, **cell.sample_identity, "evaluation": cell.evaluation}


def open_study(folder: Path, cell: Cell, space: TuningSpace) -> Study:
    """Open the study in a folder, or begin one. The caller has locked the folder.

    Parameters
    ----------
    folder : Path
        The study's folder, which exists.
    cell : Cell
        What is tuned.
    space : mapping
        As of `tuning_space`.

    Returns
    -------
    optuna.Study
        The study. A trial of an interrupted process counts as failed without a reason.

    Raises
    ------
    InputError
        The study has trials of another configuration, or its file is damaged.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        kept = storage(folder)
    except json.JSONDecodeError as error:
        raise InputError(f"{folder / TRIALS} is damaged: remove lines that are no JSON ({error})") from error
    identity = json.loads(json.dumps({**configuration(cell), "search": space, "seed": cell.run.seed}))
    if NAME in optuna.get_all_study_names(kept):
        study = optuna.load_study(storage=kept, study_name=NAME)
    else:
        study = optuna.create_study(storage=kept, study_name=NAME, direction="maximize")
    if "identity" not in study.user_attrs:
        study.set_user_attr("identity", identity)
    if changes := differences(study.user_attrs["identity"], identity):
        raise InputError(
            f"{folder} holds trials of another configuration ({'; '.join(changes[:3])}): remove it, or name this one "
            f"with variant=NAME"
        )
    for trial in study.get_trials(states=[optuna.trial.TrialState.RUNNING]):  # its process is gone: we hold the lock
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
    return study


def next_trial(study: Study, config: DictConfig, space: TuningSpace, number: int) -> Trial:
    """Begin the next trial. The first one has the method's own settings.

    The sampler's seed depends on the number of finished trials, so an interrupted study goes on as if never stopped.
    """
    import optuna

    study.sampler = optuna.samplers.TPESampler(seed=seeds.derive(study.user_attrs["identity"]["seed"], "trial", number))
    if number == 0:
        study.enqueue_trial({name: OmegaConf.select(config.method, name) for name in space})
    return study.ask()


def fail(study: Study, trial: Trial, error: Exception) -> None:
    """Record that a trial failed, and why."""
    from optuna.trial import TrialState

    trial.set_user_attr(REASON, in_one_line(error))
    study.tell(trial, state=TrialState.FAIL)


def finished(study: Study) -> list[FrozenTrial]:
    """Give the trials that ended with a value or failed with a reason."""
    return [trial for trial in study.trials if trial.value is not None or REASON in trial.user_attrs]


def hours_taken(study: Study) -> float:
    """Add up the time of the finished trials."""
    return sum(trial.duration.total_seconds() for trial in finished(study) if trial.duration) / 3600
