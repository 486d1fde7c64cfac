import contextlib
import json
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import torch

from experiments.run import pipeline, stages
from experiments.run.failures import StageFailed
from experiments.store import frames
from experiments.store.locks import locked
from experiments.store.run import Run
from fairtab.errors import InputError
from fairtab.metrics.catalogue import ATTACKS
from tests.experiments.toy import ROOT, SMALL, config, overrides, run_ceiling, run_cell


@pytest.fixture(scope="module")
def finished(toy_file, tmp_path_factory):
    """One cell that ran to its end."""
    return run_cell(config(toy_file, tmp_path_factory.mktemp("finished")))


def results(run: Run) -> tuple[bytes, pd.DataFrame, bytes]:
    weights = (run.fit_folder / "weights.safetensors").read_bytes()
    return run.metrics_path.read_bytes(), pd.read_parquet(run.synthetic_path), weights


def same(a: Run, b: Run) -> None:
    for x, y in zip(results(a), results(b), strict=True):
        assert x.equals(y) if isinstance(x, pd.DataFrame) else x == y


def test_a_run_leaves_what_the_design_says(finished):
    below = {str(path.relative_to(finished.root)) for path in finished.root.rglob("*") if path.is_file()}
    place = "toy/fairtab/default/seed-0/"
    level = [
        "config.yaml",
        "synthetic.parquet",
        "metrics.json",
        "replicates.parquet",
        "marginals.json",
        "provenance.json",
        "run.log",
        ".lock",
    ]
    fit = ["fit.json", "model.json", "weights.safetensors", "metrics.csv"]
    expected = [*(f"balance-10/{name}" for name in level), *(f"fit/{name}" for name in fit), "config.yaml", ".lock"]
    assert below == {place + name for name in expected} | {"toy/dataset.json", "toy/.lock"}


def test_metrics_and_provenance(finished):
    result = json.loads(finished.metrics_path.read_text())
    assert set(result) == {"metrics", "notes", "evaluation"}
    assert {"utility/auc", "fairness/dpr/sex*region", "privacy/dcr", "score", "score/region"} <= set(result["metrics"])
    provenance = finished.provenance()
    assert set(provenance["stages"]) == {"fit", "sample", "evaluate"}
    for cost in provenance["stages"].values():
        assert cost["seconds"] >= 0
        assert cost["peak_memory_mb"] > 10
    assert provenance["n_parameters"] > 0


def test_the_frame_has_a_row_for_each_finished_run(finished):
    frame = frames.frame(finished.root)
    assert len(frame) == 1
    row = frame.iloc[0]
    assert (row["dataset"], row["method"], row["seed"], row["level"]) == ("toy", "fairtab", 0, "balance-10")
    assert row["utility/auc"] == json.loads(finished.metrics_path.read_text())["metrics"]["utility/auc"]
    assert row["seconds/fit"] == finished.provenance()["stages"]["fit"]["seconds"]


def test_the_losses_are_kept_beside_the_model(finished):
    losses = pd.read_csv(finished.fit_folder / "metrics.csv")
    assert losses["train/loss"].notna().any()
    assert losses["validation/loss"].notna().any()


def test_what_is_done_is_not_done_again(finished, toy_file, monkeypatch):
    monkeypatch.setattr(stages, "fit", pytest.fail)
    before = finished.metrics_path.stat().st_mtime_ns
    assert run_cell(config(toy_file, finished.root.parent)) == finished
    assert finished.metrics_path.stat().st_mtime_ns == before


def test_another_level_reuses_the_fit(finished, toy_file, monkeypatch):
    before = (finished.fit_folder / "fit.json").stat().st_mtime_ns
    other = run_cell(config(toy_file, finished.root.parent, "balance=2.5"))
    assert other.level == "balance-2.5"
    assert other.fit_folder == finished.fit_folder
    assert (finished.fit_folder / "fit.json").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("override", "named", "name"),
    [
        ("method.epochs=2", "method.epochs was 1, now 2", "variant"),
        ("n_rows=77", "n_rows was None, now 77", "sampling"),
        ("n_rows=2x", "n_rows was None, now 2x", "sampling"),
        ("method.sampler.n_steps=2", "sampler.n_steps was 3, now 2", "sampling"),
        ("guidance=composed", "sampler.guidance.name was joint, now composed", "sampling"),
    ],
)
def test_another_configuration_needs_a_name_of_its_own(finished, toy_file, override, named, name):
    before = results(finished)[0]
    with pytest.raises(InputError, match=rf"{named}.*{name}=NAME"):
        run_cell(config(toy_file, finished.root.parent, override))
    assert results(finished)[0] == before
    own = run_cell(config(toy_file, finished.root.parent, override, f"{name}={override.replace('=', '-')}"))
    assert own.folder != finished.folder
    assert (own.fit_folder == finished.fit_folder) == (name == "sampling")


@pytest.mark.parametrize(("asked", "n"), [("n_rows=null", 200), ("n_rows=3x", 600), ("n_rows=50", 50)])
def test_a_table_has_the_rows_that_were_asked_for(finished, toy_file, asked, n):
    run = run_cell(config(toy_file, finished.root.parent, asked, "sampling=rows"))
    assert len(pd.read_parquet(run.synthetic_path)) == n
    shutil.rmtree(run.folder)


def test_another_evaluation_needs_a_name_of_its_own(finished, toy_file):
    with pytest.raises(InputError, match=r"evaluated in another way \(min_group_rows was 1, now 2\).*variant=NAME"):
        run_cell(config(toy_file, finished.root.parent, "evaluation.min_group_rows=2"))


def test_the_trainer_and_the_trackers_do_not_matter(finished, toy_file, monkeypatch):
    monkeypatch.setattr(stages, "fit", pytest.fail)
    assert run_cell(config(toy_file, finished.root.parent, "+method.trainer.log_every_n_steps=3")) == finished


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["fit", "sample", "evaluate"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_killed_in_any_stage_and_repeated_ends_like_one_never_killed(finished, toy_file, tmp_path, stage, moment):
    """Kill -9 just before or just after a stage writes its result."""
    code = f"""
import os, signal
from fairtab import files
from experiments import store
from tests.experiments.toy import run_cell
from tests.experiments.toy import config
import contextlib, pathlib
real = files.replacing
target = {{"fit": "fit", "sample": "synthetic.parquet", "evaluate": "metrics.json"}}[{stage!r}]
@contextlib.contextmanager
def deadly(path):
    with real(path) as temporary:
        yield temporary
        if path.name == target and {moment!r} == "before":
            os.kill(os.getpid(), signal.SIGKILL)
    if path.name == target:
        os.kill(os.getpid(), signal.SIGKILL)
files.replacing = deadly
run_cell(config(pathlib.Path({str(toy_file)!r}), pathlib.Path({str(tmp_path)!r})))
"""
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    same(run_cell(config(toy_file, tmp_path)), finished)
    assert not list(tmp_path.rglob("*.tmp"))


def test_an_artefact_that_is_not_what_was_written_is_made_again(finished, toy_file, tmp_path):
    run = run_cell(config(toy_file, tmp_path))
    for path in (run.fit_folder / "weights.safetensors", run.synthetic_path):
        content = bytearray(path.read_bytes())
        content[-9] ^= 1
        path.write_bytes(content)
    run.metrics_path.write_text("")
    same(run_cell(config(toy_file, tmp_path)), finished)


def test_a_run_notes_the_real_table_and_counts_both(finished):
    facts, marginals = frames.datasets(finished.root)["toy"], finished.marginals()
    assert facts["rows"] == {"train": 200, "validation": 100, "test": 100}
    real = facts["marginals"]
    assert set(real["columns"]) == set(marginals["columns"])
    for name, column in real["columns"].items():
        of = marginals["columns"][name]
        assert of.get("edges", of.get("values")) == column.get("edges", column.get("values"))
        assert sum(column["counts"]) == sum(of["counts"]) == 200
    balanced = np.array(marginals["groups"]["sex"]["counts"])
    assert abs(balanced[0] - balanced[1]).max() <= 2  # level 10: groups alike within each label


def test_scores_without_groups_are_added_when_asked_for_and_stay(finished, toy_file, tmp_path, monkeypatch):
    shutil.copytree(finished.root.parent, tmp_path, dirs_exist_ok=True)
    run = Run(tmp_path / "runs", **finished.identity)
    before = json.loads(run.metrics_path.read_text())["metrics"]
    run_cell(config(toy_file, tmp_path, "evaluation.uniform_sensitive=true"))
    after = json.loads(run.metrics_path.read_text())["metrics"]
    assert before.items() < after.items()
    assert "uniform_sensitive/utility/auc" in after
    run.synthetic_path.unlink()
    run_cell(config(toy_file, tmp_path))  # made again, as in a clone, by somebody who did not ask for them
    assert json.loads(run.metrics_path.read_text())["metrics"] == after


@pytest.mark.slow
def test_attacks_are_added_when_asked_for_and_stay(finished, toy_file, tmp_path):
    shutil.copytree(finished.root.parent, tmp_path, dirs_exist_ok=True)
    run = Run(tmp_path / "runs", **finished.identity)
    before = json.loads(run.metrics_path.read_text())
    run_cell(config(toy_file, tmp_path, "evaluation.attacks=true"))
    after = json.loads(run.metrics_path.read_text())
    assert before["metrics"].items() < after["metrics"].items()
    assert before["evaluation"] == after["evaluation"]  # no part of the identity
    assert set(after["metrics"]) - set(before["metrics"]) == set(ATTACKS)
    older = {name: value for name, value in after["metrics"].items() if name != "attacks/worst_cell_dcr"}
    run.metrics_path.write_text(json.dumps({**after, "metrics": older}))
    run_cell(config(toy_file, tmp_path, "evaluation.attacks=true"))  # it stays as it is: it was attacked
    assert json.loads(run.metrics_path.read_text())["metrics"] == older
    run.synthetic_path.unlink()
    run_cell(config(toy_file, tmp_path, "evaluation.uniform_sensitive=true"))  # by somebody who did not ask for them
    again = json.loads(run.metrics_path.read_text())["metrics"]
    assert {name: again[name] for name in after["metrics"]} == after["metrics"]


def test_what_was_scored_stays_if_the_table_is_made_again_and_the_scoring_is_interrupted(
    finished, toy_file, tmp_path, monkeypatch
):
    shutil.copytree(finished.root.parent, tmp_path, dirs_exist_ok=True)
    run_cell(config(toy_file, tmp_path, "evaluation.uniform_sensitive=true"))
    run = Run(tmp_path / "runs", **finished.identity)
    before = json.loads(run.metrics_path.read_text())["metrics"]
    run.synthetic_path.unlink()  # as in a clone
    with monkeypatch.context() as patch:
        patch.setattr(stages, "evaluate", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_cell(config(toy_file, tmp_path))
    run_cell(config(toy_file, tmp_path))
    assert json.loads(run.metrics_path.read_text())["metrics"] == before


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_failure_is_kept_in_a_file_and_named_in_one_line(toy_file, tmp_path, monkeypatch):
    def fail(*_):
        raise RuntimeError("out of luck\nand more")

    monkeypatch.setattr(stages, "sample", fail)
    with pytest.raises(StageFailed, match=r"^sample failed: RuntimeError: out of luck \(more in .*error\.txt\)$"):
        run_cell(config(toy_file, tmp_path))
    error = next(tmp_path.rglob("error.txt")).read_text()
    assert error.startswith("stage: sample\n")
    assert "Traceback" in error
    monkeypatch.undo()
    run_cell(config(toy_file, tmp_path))
    assert not list(tmp_path.rglob("error.txt"))


@pytest.mark.slow
def test_two_processes_on_one_cell_do_it_once(finished, toy_file, tmp_path):
    command = [sys.executable, "run.py", *overrides(toy_file, tmp_path), *SMALL]
    both = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    errors = [process.communicate()[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], errors
    assert sum("fitting fairtab" in error for error in errors) == 1
    same(Run(tmp_path / "runs", "toy", "fairtab", "default", 0, "balance-10"), finished)


def test_the_ceiling_is_the_training_table(finished, toy_file):
    run = run_ceiling(config(toy_file, finished.root.parent))
    assert (run.method, run.level) == ("real", "native")
    assert len(pd.read_parquet(run.synthetic_path)) == 200
    named = "sampling=${method.sampler.posterior}-3", "variant=mine"
    assert run_ceiling(config(toy_file, finished.root.parent, *named)) == run
    other = run_ceiling(config(toy_file, finished.root.parent, *named, "evaluation.min_group_rows=2"))
    assert other.variant == "mine"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("balance=11", "balancing level from 0 to 10, got 11"),
        ("balance=high", "balance: expected a number from 0 to 10, got 'high'"),
        ("seed=-1", "seed: expected a whole number of at least 0, got -1"),
        ("seed=0.5", r"seed: expected a whole number .* got 0\.5"),
        ("n_rows=0", "n_rows: expected a whole number of at least 1, got 0"),
        ("n_rows=0x", "n_rows: expected a number of rows, or 4x for four times as many .* got '0x'"),
        ("variant=../up", "variant: expected letters, digits"),
        ("dataset.target=income", "absent: income"),
        ("dataset.sensitive=[approved]", "also listed as sensitive"),
        ("dataset.categorical=[job,town]", "absent: town"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(toy_file, tmp_path, override, message):
    with pytest.raises(InputError, match=message):
        run_cell(config(toy_file, tmp_path, override))
    assert not list(tmp_path.iterdir())


def test_a_process_waits_for_one_that_holds_the_lock(tmp_path):
    code = f"""
import time; from pathlib import Path; from experiments.store.locks import locked
with locked(Path({str(tmp_path)!r})):
    print("locked", flush=True); time.sleep(1)
"""
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
    other.stdout.readline()
    start = time.perf_counter()
    with locked(tmp_path):
        assert time.perf_counter() - start > 0.5
    other.wait()
    other.stdout.close()


def test_a_run_that_came_to_nothing_stands_in_nobodys_way(toy_file, tmp_path):
    with pytest.raises(StageFailed, match="unknown backbone 'gru'"):
        run_cell(config(toy_file, tmp_path, "method.backbone.name=gru"))
    with pytest.raises(StageFailed, match="1 to 1000 sampling steps"):
        run_cell(config(toy_file, tmp_path, "method.sampler.n_steps=2000"))
    run_cell(config(toy_file, tmp_path))


def test_a_named_variant_does_not_take_the_place_of_the_default_ceiling(toy_file, tmp_path):
    named = config(toy_file, tmp_path, "variant=x", "evaluation.min_group_rows=0")
    assert run_ceiling(named).variant == "x"
    assert run_ceiling(config(toy_file, tmp_path)).variant == "default"
    assert run_ceiling(config(toy_file, tmp_path, "variant=y", "method.epochs=2")).variant == "default"


def test_a_trainer_does_not_change_what_a_method_computes(finished, toy_file, tmp_path):
    same(run_cell(config(toy_file, tmp_path, "+method.trainer.max_epochs=1", "+method.trainer.callbacks=[]")), finished)


def test_a_cell_whose_table_is_gone_as_in_a_clone_is_rebuilt_the_same(finished, toy_file, tmp_path):
    shutil.copytree(finished.root.parent, tmp_path, dirs_exist_ok=True)
    clone = Run(tmp_path / "runs", **finished.identity)
    clone.synthetic_path.unlink()
    shutil.rmtree(clone.fit_folder)
    assert run_cell(config(toy_file, tmp_path)) == clone
    same(clone, finished)


def test_a_fit_is_the_same_bytes_whatever_the_threads(finished, toy_file, tmp_path):
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        same(run_cell(config(toy_file, tmp_path)), finished)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


def test_a_cell_that_comes_in_between_gets_no_fit_of_other_settings(toy_file, tmp_path, monkeypatch):
    first, second = (config(toy_file, tmp_path, f"method.epochs={n}", f"sampling=s{n}") for n in (1, 2))
    before, waiting, made = pipeline.tracked, [second], []

    @contextlib.contextmanager
    def slow(*arguments):
        """Let the other cell run to its end while the first one waits for its tracker."""
        if waiting:
            made.append(run_cell(waiting.pop()))
        with before(*arguments) as trackers:
            yield trackers

    monkeypatch.setattr(pipeline, "tracked", slow)
    with pytest.raises(StageFailed, match=r"method.epochs"):
        run_cell(first)
    assert made[0].config()["method"]["epochs"] == 2


def test_metrics_of_an_earlier_table_are_not_taken_for_those_of_a_new_one(toy_file, tmp_path, monkeypatch):
    asked = config(toy_file, tmp_path)
    run = run_cell(asked)
    known = json.loads(run.metrics_path.read_text())
    shutil.rmtree(run.fit_folder)  # as in a clone
    run.synthetic_path.unlink()
    run.metrics_path.write_text(json.dumps({**known, "metrics": {**known["metrics"], "utility/auc": 0.111}}))
    with monkeypatch.context() as patch:
        patch.setattr(stages, "evaluate", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run_cell(asked)
    assert run_cell(asked).recorded()["metrics"] == known["metrics"]
    assert {"fit", "sample", "evaluate"} <= run.provenance()["stages"].keys()
