"""Choose a method's settings: Optuna tries what the method's `tuning` names, and validation rows judge.

    python -m experiments.tune dataset=adult method=smote trials=20 hours=2

No trial begins when the study has this many, or when its trials have taken this long. The other arguments are those of
run.py. A trial fits on the training table and samples at the method's own joint. Its score is the AUC that a classifier
trained on the sample has on the validation table. The first trial has the method's settings as they are. The study is
kept in results/studies/<dataset>/<method>/<variant>. If you call the command again, the study goes on, as if it had
never stopped. The best settings are written beside it, also if you interrupt it: run.py takes them with variant=tuned.
"""

from __future__ import annotations

import logging
import math
import sys
import warnings
from collections.abc import Mapping, Sequence

from experiments import methods
from experiments.command import help_if_asked, refused_in_one_line
from experiments.configuration import compose_config
from experiments.run.cell import Cell
from experiments.store.identity import differences
from experiments.store.locks import locked
from experiments.tuning.best import best_settings, name_of
from experiments.tuning.space import tuning_space
from experiments.tuning.study import configuration, finished, open_study
from experiments.tuning.trials import run_trials
from experiments.variants import TUNED
from fairtab import files
from fairtab.datasets import loading
from fairtab.errors import InputError

TRIALS = 20  # unless told


@refused_in_one_line
def main(arguments: list[str]) -> None:
    """Tune, and print the best settings. It is refused if there is nothing to tune, or if every trial failed."""
    help_if_asked(arguments, __doc__)
    own, overrides = _own(arguments)
    trials, hours = _trials(own.get("trials", str(TRIALS))), _hours(own.get("hours", "inf"))
    config = compose_config(overrides)
    choices = compose_config(overrides, with_hydra=True).hydra.runtime.choices
    cell, space = Cell.from_config(config), tuning_space(config)
    if cell.is_private:
        raise InputError("privacy.epsilon: tuning judges many fits on validation rows, which nothing here pays for")
    run = cell.run
    studies = run.root.parent / "studies"
    usual = (studies.resolve(), run.variant) == (methods.STUDIES, "default")
    if usual and (changes := differences(configuration(_default(cell, choices, overrides)), configuration(cell))):
        raise InputError(
            f"variant={TUNED} begins with the default settings: name these with variant=NAME ({changes[0]})"
        )
    folder = studies / run.dataset / run.method / run.variant
    split = loading.load(cell.dataset)
    split.schema.check_binary("tuning")
    with locked(folder):
        study = open_study(folder, cell, space)
        try:
            run_trials(study, config, split.train, split.validation, trials=trials, hours=hours)
        except KeyboardInterrupt:
            sys.exit("interrupted: the same command goes on")
        finally:
            found = finished(study)
            if any(trial.value is not None for trial in found):
                header = (
                    f"# @package _global_\n# AUC {study.best_value:.4f} on the validation table, {len(found)} trials\n"
                )
                best = best_settings(config, choices, overrides, study.best_params)
                files.write_text(folder / "best.yaml", header + best)
    settings = ", ".join(f"{name} {value}" for name, value in study.best_params.items())
    n_failed = sum(trial.value is None for trial in found)
    command = f"--config-dir={studies} +{folder.relative_to(studies)}=best results_dir={studies.parent}"
    if usual:
        command = f"dataset={run.dataset} method={run.method} variant={TUNED}"
    sys.stdout.write(
        f"best of {len(found)} trials{f' ({n_failed} failed)' if n_failed else ''}: AUC {study.best_value:.4f} on the "
        f"validation table, with {settings}\n"
        f"python run.py {command}\n"
    )


def _default(cell: Cell, choices: Mapping[str, str], overrides: Sequence[str]) -> Cell:
    """Give the cell of the same dataset and method that has nothing else. A dataset of another name is described."""
    words = [f"{group}={choices[group]}" for group in ("dataset", "method")]
    if cell.run.dataset != choices["dataset"]:
        words += [word for word in overrides if name_of(word).startswith("dataset.")]
    return Cell.from_config(compose_config(words))


def _own(arguments: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Part our own arguments, by name, from those of run.py."""
    ours = [argument for argument in arguments if argument.partition("=")[0] in ("trials", "hours")]
    own = {name: value for name, _, value in (argument.partition("=") for argument in ours)}
    return own, [argument for argument in arguments if argument not in ours]


def _trials(given: str) -> int:
    if not given.isdigit() or given == "0":
        raise InputError(f"trials: expected a whole number of at least 1, got {given!r}")
    return int(given)


def _hours(given: str) -> float:
    try:
        hours = float(given)
    except ValueError:
        hours = math.nan
    if not hours > 0:
        raise InputError(f"hours: expected a number above 0, got {given!r}")
    return hours


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.captureWarnings(True)
    warnings.formatwarning = lambda message, *_, **__: f"warning: {message}"
    main(sys.argv[1:])
