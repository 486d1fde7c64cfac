"""run.py as a user runs it: in a separate process."""

import json
import re
import subprocess
import sys

import pytest

from tests.conftest import toy_frame
from tests.experiments.toy import ROOT, SMALL, overrides, run_py


def test_one_cell_end_to_end(toy_file, tmp_path):
    done = run_py(*overrides(toy_file, tmp_path), *SMALL)
    assert done.returncode == 0, done.stderr
    for words in ("AUC", "DPR ↑ sex*region", "EOR ↑ region", "DCR", "SCORE ↑ sex", "fit: seconds", "real table"):
        assert words in done.stdout
    assert len(list(tmp_path.rglob("metrics.json"))) == 2  # the cell and the ceiling
    assert "Traceback" not in done.stderr
    assert "━" not in done.stderr  # no progress bar where there is no terminal


@pytest.mark.slow
def test_a_table_of_ones_own_end_to_end(tmp_path):
    path = tmp_path / "my loans.csv"
    frame = toy_frame(400).assign(
        customer_id=range(400), approved=lambda frame: (frame["approved"] == "yes").astype(int)
    )
    frame.loc[::9, "job"] = None
    frame.to_csv(path, index=False)
    given = [
        f"dataset.path='{path}'",
        "dataset.target=approved",
        "dataset.positive=1",
        "dataset.sensitive=[sex,region]",
    ]
    more = ["logger=csv", "+evaluation.classifier.iterations=20", "evaluation.min_group_rows=1"]
    arguments = ["dataset=table", f"results_dir={tmp_path / 'results'}", *given, *more, *SMALL]
    done = run_py(*arguments)
    assert done.returncode == 0, done.stderr
    assert "left out: customer_id (identifier)" in done.stderr
    assert len(list(tmp_path.glob("results/runs/my-loans/*/*/seed-0/*/metrics.json"))) == 2

    frame.iloc[1:].to_csv(path, index=False)  # another table under the same name
    again = run_py(*arguments)
    assert again.returncode == 1
    assert "holds results of another configuration (dataset.sha256 was" in again.stderr
    assert again.stderr.count("\n") == 1


def test_a_sweep_shares_fits_and_goes_on_after_a_failure(toy_file, tmp_path):
    done = run_py("-m", *overrides(toy_file, tmp_path), *SMALL, "seed=0,1", "balance=0,11,5")
    assert done.returncode == 1
    assert done.stderr.count("error: expected a balancing level from 0 to 10, got 11") == 2
    levels = {path.parent.name for path in tmp_path.glob("runs/toy/fairtab/default/seed-*/*/metrics.json")}
    assert levels == {"balance-0", "balance-5"}
    assert done.stderr.count("fitting fairtab") == 2
    table = done.stdout[done.stdout.index("The sweep: 4 done, 2 failed") :]
    for level in ("balance-0", "balance-5"):
        assert re.search(rf"toy +│ fairtab +│ {level} +│ 0, 1 +│ 2 done +(│ +0\.\d+ ± 0\.\d+ ){{4}}│", table), table
    assert re.search(r"failed: seed=1 balance=11: expected a balancing level from 0 to 10, got 11", table)
    again = table.splitlines()[-1]
    assert again.startswith("to make the failed cells again, repeat the command: python run.py -m results_dir=")
    assert again.endswith("seed=0,1 balance=0,11,5")


@pytest.mark.slow
def test_a_cell_whose_ceiling_has_another_evaluation_is_not_made(toy_file, tmp_path):
    """Its result would stand in tables, beside others that it cannot be compared with."""
    assert run_py(*overrides(toy_file, tmp_path), "method=real").returncode == 0
    done = run_py(*overrides(toy_file, tmp_path), "method=smote", "evaluation.min_group_rows=2")
    assert done.returncode == 1
    assert "was evaluated in another way (min_group_rows was 1, now 2): name this one with variant=NAME" in done.stderr
    assert not (tmp_path / "runs/toy/smote").exists()


def test_a_method_that_fails_in_a_sweep_names_itself_and_the_others_go_on(toy_file, tmp_path):
    bare = ["dataset.numerical=[]", "dataset.categorical=[]"]  # no features: some methods have nothing to learn from
    done = run_py("-m", *overrides(toy_file, tmp_path), *bare, "method=faircb,independent")
    assert done.returncode == 1
    assert "error: fit failed: FairCB: expected columns to cluster" in done.stderr
    assert str(tmp_path / "runs" / "toy" / "faircb") in done.stderr
    assert (tmp_path / "runs/toy/independent/default/seed-0/native/metrics.json").exists()
    assert "failed: toy/faircb/default/seed-0/native: fit failed: FairCB: expected columns to cluster" in done.stdout


@pytest.mark.slow
def test_wandb_without_account_or_network_is_no_obstacle(toy_file, tmp_path):
    done = run_py(*overrides(toy_file, tmp_path), *SMALL, "logger=wandb", HOME=str(tmp_path), WANDB_API_KEY="")
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "wandb").glob("offline-run-*/*.wandb"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "tracked"),
    [
        ([], True),
        (["-m"], False),
        (["-m", "logger=wandb"], True),
        (["-m", "logger.wandb.project=mine"], True),
        (["logger=csv"], False),
    ],
)
def test_wandb_tracks_a_single_run_and_a_sweep_only_if_asked(toy_file, tmp_path, words, tracked):
    given = [word for word in overrides(toy_file, tmp_path) if word != "logger=csv"]
    done = run_py(*words, *given, "method=independent", HOME=str(tmp_path), WANDB_API_KEY="", WANDB_MODE="offline")
    assert done.returncode == 0, done.stderr
    assert bool(list(tmp_path.glob("wandb/offline-run-*"))) == tracked


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("dataset=nope", "error: unknown dataset 'nope': expected one of acs_employment"),
        ("method=fairtab,nope", "error: unknown method 'nope': expected one of "),
        ("sed=1", "error: Could not override 'sed'"),
        ("guidance.w_g=2", "error: guidance.w_g: it is now called method.sampler.guidance.w_g"),
        ("balance=11", "error: expected a balancing level from 0 to 10, got 11"),
        ("seed=[", "error: "),
        ("dataset.split_seed=abc", "error: dataset.split_seed: expected a whole number of at least 0, got 'abc'"),
        ("dataset=table", "error: dataset: expected values for path, target, positive, sensitive, as in dataset.path="),
    ],
)
def test_what_cannot_be_understood_ends_in_one_line(argument, message, tmp_path):
    done = run_py(f"results_dir={tmp_path}", argument)
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize("argument", ["--help", "--cfg=job"])
def test_help_and_configuration_import_nothing_heavy(argument):
    code = f"""
import runpy, sys
sys.argv = ["run.py", {argument!r}]
try:
    runpy.run_path("run.py", run_name="__main__")
except SystemExit:
    pass
heavy = {{"torch", "pytorch_lightning", "catboost", "pandas", "sklearn", "wandb"}} & set(sys.modules)
print("HEAVY", sorted(heavy))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "HEAVY []" in done.stdout
    assert "fairtab" in done.stdout


@pytest.mark.slow
def test_a_finished_cell_is_shown_without_importing_torch(toy_file, tmp_path):
    arguments = [*overrides(toy_file, tmp_path), *SMALL]
    first = run_py(*arguments)
    assert first.returncode == 0, first.stderr
    code = f"""
import runpy, sys
sys.argv = ["run.py", *{json.dumps(arguments)}]
runpy.run_path("run.py", run_name="__main__")
print("TORCH", "torch" in sys.modules)
"""
    again = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "TORCH False" in again.stdout
    assert first.stdout.strip() == again.stdout.rpartition("TORCH")[0].strip()


def test_the_steps_experiment_names_each_of_its_samples():
    done = run_py("experiment=steps", "method.sampler.n_steps=7", "--cfg=job", "--package=sampling", "--resolve")
    assert "marginal-7" in done.stdout, done.stderr


def test_a_folder_that_cannot_be_written_ends_in_one_line(toy_file, tmp_path):
    (tmp_path / "runs").write_text("a file where a folder should be")
    done = run_py(*overrides(toy_file, tmp_path), *SMALL)
    assert done.returncode == 1
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("key", ["abc", "0" * 40])
def test_a_wandb_key_that_is_none_is_no_obstacle(toy_file, tmp_path, key):
    done = run_py(*overrides(toy_file, tmp_path), *SMALL, "logger=wandb", HOME=str(tmp_path), WANDB_API_KEY=key)
    assert done.returncode == 0, done.stderr
    assert "kept offline" in done.stderr


def test_the_tradeoff_experiment_sweeps_levels_and_seeds():
    done = run_py("experiment=tradeoff", "--cfg=hydra", "--package=hydra.sweeper")
    assert done.returncode == 0, done.stderr
    assert "seed: 0,1,2" in done.stdout
    assert "balance: range(0,11)" in done.stdout
