"""Choose a method's settings: what its `tuning` names, tried by Optuna and judged on validation rows.

    python -m experiments.tune dataset=adult method=smote trials=20

The other arguments are those of run.py. A trial fits on the training table, samples at the method's own joint, and is
scored by the AUC that a classifier trained on the sample has on the validation table; the first one has the method's
settings as they are. The study is kept in results/studies/<dataset>/<method>/<variant>: called again, it goes on to
`trials` in all, as if it had never stopped. The best settings are written beside it, for run.py to take.
"""

from __future__ import annotations

import functools
import json
import logging
import math
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from experiments import files
from experiments.configuration import compose_config
from experiments.run.cell import Cell
from experiments.run.failures import in_one_line
from experiments.store.identity import differences
from experiments.store.locks import locked
from fairtab import datasets, seeds
from fairtab.errors import InputError
from fairtab.progress import progress
from fairtab.table import Table
from fairtab.threads import one_thread

if TYPE_CHECKING:
    from optuna import Study, Trial

TRIALS = 20  # unless told
DECIDING = ("dataset", "backbone", "guidance", "method", "evaluation")  # the arguments that the best settings depend on
REASON = "reason"  # of a trial that failed: one that has none was interrupted
TuningSpace = Mapping[str, Mapping[str, Any]]
log = logging.getLogger("fairtab")


def main(arguments: list[str]) -> None:
    """Raises InputError for what cannot be searched, and where no trial came to its end."""
    overrides = [argument for argument in arguments if not argument.startswith("trials=")]
    trials = _trials(arguments)
    config = compose_config(overrides)
    choices = compose_config(overrides, with_hydra=True).hydra.runtime.choices
    cell, space = Cell.from_config(config), tuning_space(config)
    run = cell.run
    studies = run.root.parent / "studies"
    folder = studies / run.dataset / run.method / run.variant
    split = datasets.load(cell.dataset)
    with locked(folder):
        study = open_study(folder, cell, space)
        tune(study, config, split.train, split.validation, trials=trials)
        best = {"variant": "tuned", **_kept(config, choices, overrides)}
        for name, value in study.best_params.items():
            _set(best, f"method.{name}", value)
        header = (
            f"# @package _global_\n# AUC {study.best_value:.4f} on the validation table, {len(_done(study))} trials\n"
        )
        files.write_text(folder / "best.yaml", header + yaml.safe_dump(best, sort_keys=False))
    done, settings = _done(study), ", ".join(f"{name} {value}" for name, value in study.best_params.items())
    n_failed = sum(trial.value is None for trial in done)
    sys.stdout.write(
        f"best of {len(done)} trials{f' ({n_failed} failed)' if n_failed else ''}: AUC {study.best_value:.4f} on the "
        f"validation table, with {settings}\n"
        f"python run.py --config-dir={studies} +{folder.relative_to(studies)}=best\n"
    )


def tune(study: Study, config: DictConfig, train: Table, validation: Table, *, trials: int) -> None:
    """Go on to `trials` trials in all. The test table is not handed to it: no setting can be chosen by it.

    Raises InputError where every trial failed.
    """
    space = tuning_space(config)
    done = _done(study)
    log.info("%d of %d trials are done", len(done), trials)
    with progress("tuning", trials) as advance:
        advance(len(done), "")
        for number in range(len(done), trials):
            trial = _next_trial(study, config, space, number)
            try:
                value = auc(Cell.from_config(_with(config, _suggested(trial, space))), train, validation)
            except Exception as error:  # noqa: BLE001 - one setting's failure is a result: the study goes on
                trial.set_user_attr(REASON, in_one_line(error))
                study.tell(trial, state=_state("FAIL"))
                log.warning("trial %d failed: %s", number, in_one_line(error))
            else:
                study.tell(trial, value)
            advance(1, f"trial {number + 1}")
    if not any(trial.value is not None for trial in study.trials):
        raise InputError(f"all {len(_done(study))} trials failed, the last one: {_done(study)[-1].user_attrs[REASON]}")


def auc(cell: Cell, train: Table, validation: Table) -> float:
    """On `validation`, of a classifier trained on a sample of the cell's method. Raises whatever the method raises."""
    from experiments.run.method import place, unfitted
    from fairtab.metrics.evaluate import judge

    seed = cell.run.seed
    synthesizer = unfitted(cell, functools.partial(_trainer, **(cell.trainer or {})))
    with one_thread():
        synthesizer.fit(train, validation, seed=seeds.derive(seed, "fit"))
    place(cell, synthesizer)
    synthetic = synthesizer.sample(cell.n_rows or len(train), seed=seeds.derive(seed, "sample"))
    value = judge(synthetic, validation, seed=seed, **cell.evaluation)["utility/auc"]
    if math.isnan(value):
        raise InputError("the AUC is undefined: the validation table has one class")
    return value


def _trainer(**options: Any) -> Any:
    """A Lightning Trainer that leaves no files."""
    from fairtab.neural.training import quiet_trainer  # torch, which not every method needs

    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)  # its import sets INFO: device tips, adverts
    return quiet_trainer(**options)


def tuning_space(config: DictConfig) -> TuningSpace:
    """Read the method's `tuning`: by dotted names below `method`, {low, high[, log]} or {choices}.

    Raises InputError if there is none, or if it names a setting that the method does not have.
    """
    name = config.method.name
    whole: Any = OmegaConf.to_container(config.method.get("tuning") or OmegaConf.create())
    if not whole:
        raise InputError(f"method {name} has no tuning space: there is nothing to tune")
    for key, space in whole.items():
        if OmegaConf.select(config.method, key, default=Ellipsis) is Ellipsis:
            raise InputError(f"tuning space of {name}: the method has no setting {key}")
        if set(space) - {"log"} not in ({"low", "high"}, {"choices"}):
            raise InputError(
                f"tuning space of {name}: expected low and high, or choices, for {key}, got {', '.join(space)}"
            )
    return whole


def open_study(folder: Path, cell: Cell, space: TuningSpace) -> Study:
    """The study kept in `folder`, a new one where there is none.

    Raises InputError where it has trials of another configuration.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=f"sqlite:///{folder / 'study.db'}", study_name="tune", direction="maximize", load_if_exists=True
    )
    more = {
        "evaluation": cell.evaluation,
        "search": space,  # the key of studies that are on disk
        "seed": cell.run.seed,
    }
    identity = json.loads(json.dumps({**cell.fit_identity, **cell.sample_identity, **more}))
    if changes := differences(study.user_attrs.get("identity", identity), identity):
        raise InputError(
            f"{folder} holds trials of another configuration ({'; '.join(changes[:3])}): name this one with "
            f"variant=NAME"
        )
    study.set_user_attr("identity", identity)
    for trial in study.get_trials(states=[_state("RUNNING")]):  # its process is gone: the folder is locked
        study.tell(trial.number, state=_state("FAIL"))
    return study


def _next_trial(study: Study, config: DictConfig, space: TuningSpace, number: int) -> Trial:
    """Decided by how many trials are done, so that a study that was interrupted goes on as if it had not been."""
    import optuna

    study.sampler = optuna.samplers.TPESampler(seed=seeds.derive(study.user_attrs["identity"]["seed"], "trial", number))
    if number == 0:
        study.enqueue_trial({name: OmegaConf.select(config.method, name) for name in space})
    return study.ask()


def _suggested(trial: Trial, space: TuningSpace) -> dict[str, Any]:
    return {name: _suggest(trial, name, **of_name) for name, of_name in space.items()}


def _suggest(
    trial: Trial, name: str, *, low: float = 0, high: float = 0, log: bool = False, choices: list[Any] | None = None
) -> Any:
    if choices is not None:
        return trial.suggest_categorical(name, choices)
    if isinstance(low, int) and isinstance(high, int):
        return trial.suggest_int(name, low, high, log=log)
    return trial.suggest_float(name, low, high, log=log)


def _with(config: DictConfig, settings: Mapping[str, Any]) -> DictConfig:
    config = config.copy()
    for name, value in settings.items():
        OmegaConf.update(config.method, name, value)
    return config


def _done(study: Study) -> list[Any]:
    """The trials that came to an end, good or bad."""
    return [trial for trial in study.trials if trial.value is not None or REASON in trial.user_attrs]


def _state(name: str) -> Any:
    from optuna.trial import TrialState

    return TrialState[name]


def _kept(config: DictConfig, choices: DictConfig, overrides: list[str]) -> dict[str, Any]:
    """The arguments that decide results, as entries of a configuration file."""
    named = [override.partition("=")[0].lstrip("+") for override in overrides]
    groups = [group for group in DECIDING if group in named or group in ("dataset", "method")]
    kept: dict[str, Any] = {"defaults": [{f"override /{group}": choices[group]} for group in groups]}
    for name in named:
        if "." in name and name.partition(".")[0] in DECIDING:
            value = OmegaConf.select(config, name)
            _set(kept, name, OmegaConf.to_container(value) if OmegaConf.is_config(value) else value)
    return kept


def _set(entries: dict[str, Any], name: str, value: Any) -> None:
    *folders, last = name.split(".")
    for folder in folders:
        entries = entries.setdefault(folder, {})
    entries[last] = value


def _trials(arguments: list[str]) -> int:
    given = [argument.removeprefix("trials=") for argument in arguments if argument.startswith("trials=")]
    trials = given[-1] if given else str(TRIALS)
    if not trials.isdigit() or trials == "0":
        raise InputError(f"trials: expected a whole number of at least 1, got {trials!r}")
    return int(trials)


if __name__ == "__main__":
    if {"-h", "--help"} & set(sys.argv):
        sys.exit(__doc__)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.captureWarnings(True)
    warnings.formatwarning = lambda message, *_, **__: f"warning: {message}"
    try:
        main(sys.argv[1:])
    except (InputError, OSError, HydraException, OmegaConfBaseException) as error:
        sys.exit(f"error: {' '.join(str(error).split())}")
