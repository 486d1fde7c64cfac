"""What W&B is shown: synthetic rows only, and nothing that can fail a run. Nothing here needs a network."""

import logging
import sys
from types import SimpleNamespace

import matplotlib as mpl
import pandas as pd
import pytest
import wandb

from experiments import dashboard, loggers
from experiments.pipeline import run_cell
from experiments.reports import distribution
from experiments.store import Run
from fairtab.table import Table
from tests.conftest import TOY_SCHEMA, toy_frame
from tests.experiments.toy import config

OPTIONS = {"mode": "offline", "project": "fairtab", "sample": True, "model": True}


class Tracked:
    """Keeps what it is given; `broken` fails at everything."""

    def __init__(self, offline: bool = False, broken: bool = False) -> None:
        self.offline, self.disabled, self.broken = offline, False, broken
        self.logged, self.artifacts, self.kept = {}, [], {}
        self.summary = SimpleNamespace(update=self._keep(self.kept.update))
        self.config = SimpleNamespace(update=self._keep(lambda *_, **__: None))
        self.log = self._keep(self.logged.update)
        self.log_artifact = self._keep(self.artifacts.append)
        self.finish = self._keep(lambda: None)

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
    tracked = Tracked()
    dashboard.show(tracked, runs[0], toy, OPTIONS)
    assert tracked.kept["utility/auc"] == runs[0].row()["utility/auc"]
    assert set(tracked.logged) == {"distribution", "sample"}
    assert isinstance(tracked.logged["distribution"], wandb.Image)
    table = tracked.logged["sample"]
    assert table.columns == list(pd.read_parquet(runs[0].synthetic_path).columns)
    assert 0 < len(table.data) <= 200
    (artifact,) = tracked.artifacts
    assert artifact.name == "toy-fairtab-default-seed-0"
    assert {"weights.safetensors", "model.json"} <= set(artifact.manifest.entries)


def test_models_go_up_online_only_and_where_asked_for(runs, toy):
    for tracked, options in ((Tracked(offline=True), OPTIONS), (Tracked(), {**OPTIONS, "model": False})):
        dashboard.show(tracked, runs[0], toy, options)
        assert tracked.logged
        assert not tracked.artifacts


def test_real_rows_stay_here(runs, toy):
    split = SimpleNamespace(
        schema=TOY_SCHEMA, train=Table(toy_frame(400), TOY_SCHEMA), validation=toy.validation, test=toy.test
    )
    tracked = Tracked()
    dashboard.show(tracked, runs[1], split, OPTIONS)
    assert tracked.logged["sample"].data == []
    assert not tracked.artifacts  # the fit is the training table


def test_a_real_row_is_known_under_another_label_type_and_index(toy):
    real = toy.train.frame.head(50)
    flipped = real.assign(approved="yes", age=real["age"].astype(float)).sample(frac=1, random_state=0)
    new = real.assign(amount=-1.0)
    shown = dashboard.sample_rows(pd.concat([flipped, new]), toy)
    assert (shown["amount"] == -1.0).all()
    assert len(shown) == 50
    many = pd.concat([new] * 10)
    assert len(dashboard.sample_rows(many, toy)) == 200


def test_missing_values_of_a_real_row_are_known_as_such(toy):
    frame = toy.train.frame.assign(job=None, amount=float("nan"))
    split = SimpleNamespace(
        schema=TOY_SCHEMA, train=SimpleNamespace(frame=frame), validation=toy.validation, test=toy.test
    )
    assert dashboard.sample_rows(frame.head(9), split).empty


def test_a_run_is_shown_to_nobody_without_wandb(runs, toy):
    dashboard.show(None, runs[0], toy, None)


def test_whatever_wandb_does_a_run_comes_to_its_end(toy_file, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(loggers, "_open", lambda *_: Tracked(broken=True))
    with caplog.at_level(logging.WARNING):
        run = run_cell(config(toy_file, tmp_path, "logger=wandb"))
    assert run.recorded()["metrics"]["utility/auc"] > 0
    said = [record.message for record in caplog.records if record.message.startswith("W&B goes without")]
    words = ("losses", "metrics", "the distribution figure and the sample table", "the model", "the end of this run")
    assert {f"W&B goes without {what}: no space left" for what in words} <= set(said)
    assert len(said) == len(set(said))


def test_a_wandb_that_cannot_be_imported_is_no_obstacle(tmp_path, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "wandb", None)
    run = Run(tmp_path / "runs", "toy", "real", "default", 0, "native")
    with loggers.wandb_run(run, {}, OPTIONS) as tracked:
        assert tracked is None
    assert "W&B goes without this run" in caplog.text


@pytest.mark.parametrize("mode", ["offline", "disabled"])
def test_the_real_thing_takes_it_without_account_or_network(runs, toy, monkeypatch, caplog, mode):
    monkeypatch.setenv("WANDB_MODE", mode)
    with loggers.wandb_run(runs[0], {"a": 1}, OPTIONS) as tracked:
        dashboard.show(tracked, runs[0], toy, OPTIONS)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    if mode == "offline":
        assert (tracked.group, tracked.job_type, tracked.name) == ("toy", "fairtab", "default-seed-0-balance-10")
        media = runs[0].root.parent.glob("wandb/offline-run-*/files/media/*/*")
        assert {path.suffix for path in media} == {".png", ".json"}


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
