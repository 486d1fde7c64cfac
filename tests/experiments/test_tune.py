"""Tuning as a user runs it. It chooses by the validation table."""

import signal
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
import yaml
from omegaconf import OmegaConf

from experiments import methods, tune
from experiments.configuration import compose_config
from experiments.run.cell import Cell
from experiments.tuning import trials as trial_runs
from experiments.tuning.best import best_settings
from experiments.tuning.space import tuning_space
from experiments.tuning.study import NAME, storage
from fairtab import InputError, Split
from fairtab.datasets import loading
from tests.experiments.test_config import METHODS
from tests.experiments.toy import ROOT, overrides, run_py


def arguments(toy_file: Path, results: Path, *more: str) -> list[str]:
    return [*overrides(toy_file, results), "method=smote", *more]


def trials(results: Path) -> list[tuple[dict, float | None]]:
    """List settings and value of each finished trial."""
    folder = results / "studies" / "toy" / "smote" / "default"
    study = optuna.load_study(study_name=NAME, storage=storage(folder))
    return [(t.params, t.value) for t in study.trials if t.value is not None or "reason" in t.user_attrs]


@pytest.fixture(scope="module")
def tuned(toy_file, tmp_path_factory):
    """The results folder after four trials without interruption."""
    results = tmp_path_factory.mktemp("tuned")
    tune.main(arguments(toy_file, results, "trials=4"))
    return results


def test_the_first_trial_has_the_methods_own_settings_and_the_best_is_kept(tuned):
    (first, _), *_ = found = trials(tuned)
    assert first == {"k": 5}
    assert len(found) == 4
    assert all(2 <= params["k"] <= 21 for params, _ in found)
    best = yaml.safe_load((tuned / "studies/toy/smote/default/best.yaml").read_text())
    assert best["method"] == max(found, key=lambda trial: trial[1])[0]


@pytest.mark.slow
def test_the_best_settings_are_run_by_the_command_that_is_printed(toy_file, tuned, capsys):
    tune.main(arguments(toy_file, tuned, "trials=4"))
    *_, command = capsys.readouterr().out.splitlines()
    assert command.startswith("python run.py ")
    done = run_py(*command.split()[2:], "logger=csv")
    assert done.returncode == 0, done.stderr
    config = yaml.safe_load((tuned / "runs/toy/smote/tuned/seed-0/config.yaml").read_text())
    best = yaml.safe_load((tuned / "studies/toy/smote/default/best.yaml").read_text())
    assert config["method"] == {"target": "baselines.smote.Smote", **best["method"]}


def test_a_study_continued_is_the_one_made_in_one_go(toy_file, tuned, tmp_path, caplog):
    tune.main(arguments(toy_file, tmp_path, "trials=2"))
    with caplog.at_level("INFO"):
        tune.main(arguments(toy_file, tmp_path, "trials=4"))
    assert "2 of 4 trials are done" in caplog.text
    assert trials(tmp_path) == trials(tuned)


def test_a_study_ends_when_its_trials_have_taken_their_time(toy_file, tuned, tmp_path, monkeypatch, caplog):
    taken = iter([0.5, 1.0, 1.0, 2.5, 2.5])
    monkeypatch.setattr(trial_runs, "hours_taken", lambda study: next(taken))
    with caplog.at_level("INFO"):
        tune.main(arguments(toy_file, tmp_path, "trials=4", "hours=1"))
    assert trials(tmp_path) == trials(tuned)[:2]
    assert "the 2 trials have taken 1.0 hours" in caplog.text


def test_the_hours_are_those_of_the_finished_trials(toy_file, tmp_path):
    tune.main(arguments(toy_file, tmp_path, "trials=2", "hours=1e-9"))
    assert len(trials(tmp_path)) == 1  # the first trial begins in any case


@pytest.mark.parametrize("word", ["hours=0", "hours=soon", "trials=0"])
def test_no_time_and_no_trials_are_refused(toy_file, tmp_path, word):
    with pytest.raises(SystemExit, match=f"{word.partition('=')[0]}: expected"):
        tune.main(arguments(toy_file, tmp_path, word))


@pytest.mark.slow
def test_a_study_killed_in_a_trial_goes_on_as_if_it_had_not_been(toy_file, tuned, tmp_path):
    code = f"""
import os, signal
from experiments import methods, tune
from experiments.tuning import trials
real, calls = trials.auc, []
def deadly(*arguments):
    calls.append(1)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments)
trials.auc = deadly
tune.main({arguments(toy_file, tmp_path, "trials=4")!r})
"""
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert len(trials(tmp_path)) == 2
    tune.main(arguments(toy_file, tmp_path, "trials=4"))
    assert trials(tmp_path) == trials(tuned)


def test_the_test_table_has_no_say(toy_file, tuned, tmp_path, monkeypatch):
    load = loading.load

    def poisoned(description):
        split = load(description)
        return Split(split.train, split.validation, None)

    monkeypatch.setattr(loading, "load", poisoned)
    tune.main(arguments(toy_file, tmp_path, "trials=4"))
    assert trials(tmp_path) == trials(tuned)


def test_a_trial_that_fails_is_kept_with_its_reason_and_the_study_goes_on(toy_file, tmp_path, monkeypatch, capsys):
    real, calls = trial_runs.auc, []

    def sometimes(*arguments):
        calls.append(1)
        if len(calls) in (1, 3):
            raise RuntimeError("out of luck\nand more")
        return real(*arguments)

    monkeypatch.setattr(trial_runs, "auc", sometimes)
    tune.main(arguments(toy_file, tmp_path, "trials=4"))
    assert [value is None for _, value in trials(tmp_path)] == [True, False, True, False]
    assert "best of 4 trials (2 failed)" in capsys.readouterr().out
    folder = tmp_path / "studies" / "toy" / "smote" / "default"
    study = optuna.load_study(study_name=NAME, storage=storage(folder))
    assert study.trials[0].user_attrs["reason"] == "RuntimeError: out of luck"


def test_where_every_trial_fails_there_is_no_best(toy_file, tmp_path, monkeypatch):
    def fail(*_):
        raise InputError("nothing to see")

    monkeypatch.setattr(trial_runs, "auc", fail)
    with pytest.raises(SystemExit, match="all 2 trials failed, the last one: nothing to see"):
        tune.main(arguments(toy_file, tmp_path, "trials=2"))
    assert not list(tmp_path.rglob("best.yaml"))


def test_another_configuration_needs_a_name_of_its_own(toy_file, tuned):
    other = arguments(toy_file, tuned, "trials=4", "evaluation.min_group_rows=2")
    with pytest.raises(SystemExit, match=r"another configuration \(evaluation.min_group_rows was 1, now 2\)"):
        tune.main(other)


def test_a_method_of_several_settings_keeps_what_was_asked_beside_them(toy_file, tmp_path):
    fixed = ["method.epochs=1", "method.min_steps=5", "method.sampler.n_steps=3", "guidance=composed"]
    space = [
        "method.tuning.epochs.choices=[1]",
        "method.tuning.T.choices=[100]",
        "method.tuning.batch_size.choices=[64]",
        "method.tuning.min_steps.choices=[5]",
    ]
    tune.main([*overrides(toy_file, tmp_path), *fixed, *space, "trials=2"])
    folder = tmp_path / "studies" / "toy" / "fairtab" / "default"
    best = yaml.safe_load((folder / "best.yaml").read_text())
    assert {"override /guidance": "composed"} in best["defaults"]
    assert best["method"]["sampler"] == {"n_steps": 3}
    assert {"width", "n_blocks"} <= set(best["method"]["backbone"])


@pytest.mark.parametrize("named", ["as a path from here", "as a whole path"])
@pytest.mark.parametrize("other", ["method.k=3", "dataset.split_seed=7", "learner=threshold", "n_rows=4x", "cap=true"])
def test_what_is_no_default_needs_a_name_of_its_own(monkeypatch, tmp_path, named, other):
    """Rows that another split validates on are test rows here."""
    monkeypatch.setattr(methods, "STUDIES", tmp_path / "studies")
    monkeypatch.chdir(tmp_path)
    results = "." if named == "as a path from here" else tmp_path
    with pytest.raises(SystemExit, match=r"variant=tuned begins with the default settings: name these"):
        tune.main(["dataset=german", "method=smote", f"results_dir={results}", other, "trials=1"])
    assert not (tmp_path / "studies").exists()


def test_a_table_of_ones_own_is_tuned_in_the_projects_results(toy_file, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(methods, "STUDIES", tmp_path / "studies")
    tune.main([word for word in arguments(toy_file, tmp_path, "trials=1") if "evaluation." not in word])
    assert "python run.py dataset=toy method=smote variant=tuned" in capsys.readouterr().out


def test_an_interrupted_study_keeps_the_best_so_far_and_ends_in_one_line(toy_file, tuned, tmp_path, monkeypatch):
    real, calls = trial_runs.auc, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(trial_runs, "auc", interrupted)
    with pytest.raises(SystemExit, match="interrupted: the same command goes on"):
        tune.main(arguments(toy_file, tmp_path, "trials=4"))
    (first, a), (second, b) = trials(tmp_path)
    best = yaml.safe_load((tmp_path / "studies/toy/smote/default/best.yaml").read_text())
    assert best["method"] == (first if a >= b else second)
    assert trials(tmp_path) == trials(tuned)[:2]


def test_a_finished_study_stays_as_it_is_if_it_is_asked_for_again(toy_file, tuned):
    kept = {path: path.read_bytes() for path in (tuned / "studies").rglob("*") if path.is_file()}
    tune.main(arguments(toy_file, tuned, "trials=4"))
    assert {path: path.read_bytes() for path in (tuned / "studies").rglob("*") if path.is_file()} == kept


def test_a_damaged_study_is_refused_in_one_line(toy_file, tuned, tmp_path):
    folder = tmp_path / "studies/toy/smote/default"
    folder.mkdir(parents=True)
    whole = (tuned / "studies/toy/smote/default/trials.jsonl").read_text()
    (folder / "trials.jsonl").write_text("<<<<<<< mine\n" + whole)
    with pytest.raises(SystemExit, match=r"trials.jsonl is damaged: remove lines that are no JSON"):
        tune.main(arguments(toy_file, tmp_path, "trials=4"))


def test_a_label_that_is_not_of_two_values_is_refused_before_the_first_fit(toy_file, tmp_path):
    several = ["dataset.target=job", "dataset.positive=null", "dataset.categorical=[]", "+dataset.task=multi-class"]
    with pytest.raises(SystemExit, match="tuning needs a label of two values"):
        tune.main(arguments(toy_file, tmp_path, "trials=1", *several))
    assert not list(tmp_path.rglob("trials.jsonl"))


def test_the_best_of_a_variant_keeps_the_settings_that_its_name_stands_for():
    words = ["dataset=german", "method=fairtab", "variant=small"]
    config = compose_config(words)
    best = yaml.safe_load(best_settings(config, {"dataset": "german", "method": "fairtab"}, words, {"epochs": 60}))
    assert best["method"]["epochs"] == 60
    assert best["method"]["min_steps"] == 300
    assert best["method"]["backbone"]["dropout"] == 0.3
    assert not {"tuning", "trainer", "name", "_target_"} & set(best["method"])


def test_what_follows_from_a_setting_follows_from_the_best_one():
    words = ["dataset=german", "method=fairtab_paper", "variant=mine"]
    config = compose_config(words)
    best = yaml.safe_load(best_settings(config, {"dataset": "german", "method": "fairtab_paper"}, words, {"T": 50}))
    assert (best["method"]["T"], best["method"]["sampler"]["n_steps"]) == (50, 50)


def test_the_first_trial_of_a_variant_has_its_own_settings():
    space = tuning_space(compose_config(["method=fairtab", "variant=small"]))
    assert space["min_steps"]["choices"] == [300, 500, 1000]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["method=real"], "error: method real has no tuning space: there is nothing to tune"),
        (["trials=none"], "error: trials: expected a whole number of at least 1, got 'none'"),
        (["method=nope"], "error: "),
        (["+method.tuning.nope={low:1,high:2}"], "error: tuning space of smote: the method has no setting nope"),
        (["+method.tuning.k.between=1"], "error: tuning space of smote: expected low and high, or choices, for k"),
    ],
)
def test_what_cannot_be_tuned_ends_in_one_line(toy_file, tmp_path, more, message):
    command = [sys.executable, "-m", "experiments.tune", *arguments(toy_file, tmp_path, *more)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_it_is_quiet_where_there_is_no_terminal(toy_file, tmp_path):
    command = [sys.executable, "-m", "experiments.tune", *arguments(toy_file, tmp_path, "trials=2")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    first, *others = done.stderr.splitlines()
    assert first == "0 of 2 trials are done"
    assert all(line.startswith("tuning: ") for line in others)  # now and then a line, and no bar
    assert done.stdout.count("\n") == 2


@pytest.mark.parametrize("name", METHODS)
def test_a_method_has_the_settings_that_tuning_tries_and_its_own_is_among_them(name):
    config = compose_config([f"method={name}"])
    if not config.method.get("tuning"):
        pytest.skip(f"{name} has nothing to tune")
    for key, space in tuning_space(config).items():
        own = OmegaConf.select(config.method, key)
        assert own in space["choices"] if "choices" in space else space["low"] <= own <= space["high"], key
    without = config.copy()
    OmegaConf.update(without, "method.tuning", {}, merge=False)
    assert Cell.from_config(without) == Cell.from_config(config)  # it decides no result
