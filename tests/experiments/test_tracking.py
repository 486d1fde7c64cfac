"""Trackers are shown synthetic rows only, and cannot fail a run. Nothing here needs a network."""

import json
import logging
import sys
from types import SimpleNamespace

import matplotlib as mpl
import pandas as pd
import pytest
import wandb

from experiments.figures import distribution
from experiments.store import frames
from experiments.tracking import TrackedRun, content, mlflow, tracked
from experiments.tracking import wandb as weights_and_biases
from experiments.tracking.wandb import WandB
from fairtab.table import Table
from tests.conftest import TOY_SCHEMA, toy_frame
from tests.experiments.toy import config, run_cell

OPTIONS = {"mode": "offline", "project": "fairtab", "sample": True, "model": True}
ASKED = {"wandb": OPTIONS}
MLFLOW = {"uri": None, "experiment": "fairtab", "sample": True, "model": True}
NOWHERE = "http://127.0.0.1:9"  # nobody listens


def a_run(folder):
    return TrackedRun(folder, "a run", {"dataset": "toy", "method": "real"}, {"a": {"b": 1}})


class FakeRun:
    """Keeps what it is given. If `broken`, every call fails."""

    def __init__(self, offline: bool = False, broken: bool = False) -> None:
        self.offline, self.disabled, self.broken = offline, False, broken
        self.logged, self.artifacts, self.kept = {}, [], {}
        self.summary = SimpleNamespace(update=self._keep(self.kept.update))
        self.log = self._keep(self.logged.update)
        self.define_metric = lambda *_, **__: None
        self.log_artifact = self._keep(self.artifacts.append)
        self.finish = self._keep(lambda exit_code: self.kept.update(exit_code=exit_code))

    def _keep(self, keep):
        def call(*arguments, **options):
            if self.broken:
                raise OSError("no space left\nfor anything")
            return keep(*arguments, **options)

        return call


@pytest.fixture(scope="module")
def runs(toy_file, tmp_path_factory):
    """Of FairTab, and of the real table."""
    folder = tmp_path_factory.mktemp("results")
    return run_cell(config(toy_file, folder)), run_cell(config(toy_file, folder, "method=real", small=False))


def test_a_cell_is_shown_by_metrics_figure_rows_and_model(runs, toy):
    fake = FakeRun()
    content.show([WandB(fake, sample=True, model=True)], runs[0], toy)
    assert fake.kept["utility/auc"] == frames.row(runs[0])["utility/auc"]
    assert set(fake.logged) == {"distribution", "sample"}
    assert isinstance(fake.logged["distribution"], wandb.Image)
    table = fake.logged["sample"]
    assert table.columns == list(pd.read_parquet(runs[0].synthetic_path).columns)
    assert 0 < len(table.data) <= 200
    (artifact,) = fake.artifacts
    assert artifact.name == "toy-fairtab-default-seed-0"
    assert {"weights.safetensors", "model.json"} <= set(artifact.manifest.entries)


def test_models_go_up_online_only_and_where_asked_for(runs, toy):
    for fake, model in ((FakeRun(offline=True), True), (FakeRun(), False)):
        content.show([WandB(fake, sample=True, model=model)], runs[0], toy)
        assert fake.logged
        assert not fake.artifacts


def test_real_rows_stay_here(runs, toy):
    split = SimpleNamespace(
        schema=TOY_SCHEMA, train=Table(toy_frame(400), TOY_SCHEMA), validation=toy.validation, test=toy.test
    )
    fake = FakeRun()
    content.show([WandB(fake, sample=True, model=True)], runs[1], split)
    assert fake.logged["sample"].data == []
    assert not fake.artifacts  # the fit is the training table


def test_a_real_row_is_known_under_another_label_type_and_index(toy):
    real = toy.train.frame.head(50)
    flipped = real.assign(approved="yes", age=real["age"].astype(float)).sample(frac=1, random_state=0)
    new = real.assign(amount=-1.0)
    kept = content.sample_rows(pd.concat([flipped, new]), toy)
    assert (kept["amount"] == -1.0).all()
    assert len(kept) == 50
    many = pd.concat([new] * 10)
    assert len(content.sample_rows(many, toy)) == 200


def test_missing_values_of_a_real_row_are_known_as_such(toy):
    frame = toy.train.frame.assign(job=None, amount=float("nan"))
    split = SimpleNamespace(
        schema=TOY_SCHEMA, train=SimpleNamespace(frame=frame), validation=toy.validation, test=toy.test
    )
    assert content.sample_rows(frame.head(9), split).empty


def test_whatever_wandb_does_a_run_comes_to_its_end(toy_file, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(weights_and_biases, "_begin", lambda *_: FakeRun(broken=True))
    with caplog.at_level(logging.WARNING):
        run = run_cell(config(toy_file, tmp_path, "logger=wandb"))
    assert run.recorded()["metrics"]["utility/auc"] > 0
    said = [record.message for record in caplog.records if record.message.startswith("W&B goes without")]
    words = ("losses", "metrics", "the distribution figure and the sample table", "the model", "the end of this run")
    assert {f"W&B goes without {what}: no space left" for what in words} <= set(said)
    assert len(said) == len(set(said))


def test_a_run_that_fails_is_shown_as_failed(tmp_path, monkeypatch):
    fake = FakeRun()
    monkeypatch.setattr(weights_and_biases, "_begin", lambda *_: fake)
    with pytest.raises(ValueError, match="whatever"), tracked(a_run(tmp_path), ASKED):
        raise ValueError("whatever")
    assert fake.kept["exit_code"] == 1


@pytest.mark.parametrize(("name", "title"), [("wandb", "W&B"), ("mlflow", "MLflow")])
def test_a_library_that_cannot_be_imported_is_no_obstacle(tmp_path, monkeypatch, caplog, name, title):
    monkeypatch.setitem(sys.modules, name, None)
    options = {"wandb": OPTIONS, "mlflow": MLFLOW}
    with tracked(a_run(tmp_path), {name: options[name]}) as trackers:
        assert trackers == []
    (said,) = [record.message for record in caplog.records]
    assert said.startswith(f"{title} goes without this run")
    assert ("pip install 'fairtab[mlflow]'" in said) == (name == "mlflow")


@pytest.mark.parametrize("mode", ["offline", "disabled"])
def test_the_real_thing_takes_it_without_account_or_network(runs, toy, monkeypatch, caplog, mode):
    monkeypatch.setenv("WANDB_MODE", mode)
    run = runs[0]
    named = TrackedRun(run.root.parent, "default-seed-0-balance-10", run.identity, {"a": 1})
    with tracked(named, ASKED) as trackers:
        trackers[0].losses({"train/loss": 1.0}, step=5)
        content.show(trackers, run, toy)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    if mode == "offline":
        begun = trackers[0].run
        assert (begun.group, begun.job_type, begun.name) == ("toy", "fairtab", "default-seed-0-balance-10")
        media = run.root.parent.glob("wandb/offline-run-*/files/media/*/*")
        assert {path.suffix for path in media} == {".png", ".json"}


def test_a_server_of_wandb_that_is_not_there_leaves_the_run_offline(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("WANDB_MODE", "online")
    monkeypatch.setenv("WANDB_BASE_URL", NOWHERE)
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    monkeypatch.setattr(weights_and_biases, "INIT_TIMEOUT", 2)
    with tracked(a_run(tmp_path), ASKED) as trackers:
        assert trackers[0].run.offline
    assert "W&B cannot be reached" in caplog.text
    assert list(tmp_path.glob("wandb/offline-run-*/*.wandb"))


@pytest.mark.slow
def test_mlflow_keeps_a_cell_in_the_results_folder(toy_file, tmp_path, caplog):
    """One test for everything, because making the database takes seconds."""
    pytest.importorskip("mlflow")
    from mlflow import MlflowClient

    run = run_cell(config(toy_file, tmp_path, "logger=mlflow"))
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow/mlflow.db'}")
    experiment = client.get_experiment_by_name("fairtab")
    (kept,) = client.search_runs([experiment.experiment_id])
    assert (kept.info.run_name, kept.info.status) == ("default-seed-0-balance-10", "FINISHED")
    assert {name: kept.data.tags[name] for name in run.identity} == {k: str(v) for k, v in run.identity.items()}
    assert kept.data.metrics["utility/auc"] == frames.row(run)["utility/auc"]
    assert kept.data.metrics["fairness/dpr/sex-region"] == frames.row(run)["fairness/dpr/sex*region"]
    assert kept.data.params["dataset.target"] == "approved"
    losses = run.losses()["train/loss"].dropna()
    assert [m.value for m in client.get_metric_history(kept.info.run_id, "train/loss")] == pytest.approx(list(losses))
    folder = tmp_path / "mlflow/artifacts" / kept.info.run_id / "artifacts"
    assert {path.name for path in folder.iterdir()} == {"distribution.png", "sample.json"}  # a model stays where it is
    sample = json.loads((folder / "sample.json").read_text())
    assert 0 < len(sample["data"]) <= 200

    # a server that is not there: the next run is kept beside
    with tracked(a_run(tmp_path), {"mlflow": {**MLFLOW, "uri": NOWHERE}}) as trackers:
        assert not trackers[0].takes_model
        trackers[0].summary({"score": float("nan"), "goal": "DPR at least 0.8", "utility/auc": None})
        trackers[0].rows("sample", pd.DataFrame({"age": []}))
    assert "MLflow cannot be reached" in caplog.text
    kept = client.get_run(trackers[0].run_id)
    assert kept.data.metrics == {}
    assert kept.data.tags["goal"] == "DPR at least 0.8"


def test_whatever_mlflow_does_a_run_comes_to_its_end(runs, toy, monkeypatch, caplog):
    class Broken:
        def get_run(self, _):
            return SimpleNamespace(data=SimpleNamespace(tags={}))

        def __getattr__(self, name):
            raise OSError("disk full")

    monkeypatch.setattr(mlflow, "start", lambda *_: mlflow.MLflow(Broken(), "1", takes_sample=True, takes_model=True))
    with tracked(a_run(runs[0].root.parent), {"mlflow": MLFLOW}) as trackers:
        content.show(trackers, runs[0], toy)
    words = ("metrics", "the distribution figure and the sample table", "the model", "the end of this run")
    assert [record.message for record in caplog.records] == [f"MLflow goes without {what}: disk full" for what in words]


def test_shares_of_groups_and_labels_by_hand():
    frame = pd.DataFrame({"sex": ["f", "f", "m", "m"], "label": [1, 0, 1, 1]})
    shares = distribution.joint_shares(frame, "sex", "label")
    assert shares.to_dict() == {"0": {"f": 0.25, "m": 0.0}, "1": {"f": 0.25, "m": 0.5}}


def test_bars_of_real_and_synthetic_stand_side_by_side_and_sum_to_one():
    real = pd.DataFrame({"sex": ["f", "m", "m", "m"], "label": [1, 0, 1, 1]})
    synthetic = pd.DataFrame({"sex": ["f", "f"], "label": [0, 1]})  # a group may be absent
    before = dict(mpl.rcParams)
    figure = distribution.draw(real, synthetic, ["sex"], "label")
    mpl.rcParams.update(before)
    (axis,) = figure.axes
    heights = [sum(bar.get_height() for bar in bars) for bars in axis.containers]
    assert sum(heights[:2]) == pytest.approx(1)
    assert sum(heights[2:]) == pytest.approx(1)
    positions = {round(bar.get_x(), 6) for bars in axis.containers for bar in bars}
    assert len(positions) == 4
    assert [label.get_text() for label in axis.get_xticklabels()] == ["f", "m"]
