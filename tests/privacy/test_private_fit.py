"""A private fit of FairTab: what it knows, what it saves, what it logs, and what a planted row changes."""

import functools
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch

from fairtab import FairTab, InputError, Joint, Table, seeds
from fairtab.neural import private
from fairtab.neural.private import PoissonBatches, PrivateTraining, spread_steps
from fairtab.neural.training import quiet_trainer
from fairtab.privacy.ledger import Ledger, Overdrawn
from tests.conftest import TOY_SCHEMA, toy_frame

TINY = {"backbone": {"name": "mlp", "width": 8, "n_blocks": 1, "d_embedding": 8}, "sampler": {"n_steps": 4}}
PRIVATE = {"epsilon": 8.0, "epochs": 2, "sample_rate": 0.25, "draws": 2}
cpu = functools.partial(quiet_trainer, accelerator="cpu")


@pytest.fixture(scope="module")
def train():
    return Table(toy_frame(1200), TOY_SCHEMA)


@pytest.fixture(scope="module")
def model(train):
    return FairTab(**TINY, privacy=PRIVATE, trainer=cpu).fit(train, train, seed=0)


def test_the_ledger_has_every_look_and_stays_within_the_budget(model):
    names = [entry.name for entry in model.ledger.entries]
    assert names[0] == "joint and number of rows"
    assert names[-1] == "gradients"
    assert len(names) == 1 + 3 * 3 + 1 + 1
    assert 7.9 < model.ledger.epsilon <= 8
    gradients = model.ledger.entries[-1]
    assert gradients.sample_rate == 0.25
    assert gradients.steps == 2 * 4


def test_the_gradients_noise_and_batches_are_what_the_ledger_was_charged_for(train, monkeypatch):
    made, steps = {}, []
    init, take = PrivateTraining.__init__, PrivateTraining.noisy_sum

    def noted(self, network, **options):
        made.update(options)
        init(self, network, **options)

    monkeypatch.setattr(PrivateTraining, "__init__", noted)
    monkeypatch.setattr(
        PrivateTraining, "noisy_sum", lambda self, batch: steps.append(len(batch[0])) or take(self, batch)
    )
    model = FairTab(**TINY, privacy={**PRIVATE, "seeded": True}, trainer=cpu).fit(train, train, seed=0)
    entry = model.ledger.entries[-1]
    assert made["noise_multiplier"] == entry.noise_multiplier
    assert made["batch_size"] == 0.25 * model.n_rows != 0.25 * len(train)
    assert len(steps) == entry.steps
    assert len(set(steps)) > 1  # Poisson batches are of many sizes


def test_noise_is_added_to_every_weight_also_if_a_batch_is_empty():
    torch.manual_seed(0)
    options = {"T": 10, "noise_multiplier": 3.0, "max_grad_norm": 0.5, "batch_size": 10, "draws": 1}
    module = PrivateTraining(
        torch.nn.Linear(200, 50),
        **options,
        generator=torch.Generator().manual_seed(0),
        learning_rate=0.1,
        weight_decay=0.0,
        ema_decay=0.0,
    )
    noise = module.noisy_sum((torch.zeros(0, 200),))
    assert set(noise) == set(module.parameters())
    assert noise[module.network.weight].std() == pytest.approx(1.5, rel=0.03)
    assert noise[module.network.bias].std() == pytest.approx(1.5, rel=0.3)


def test_no_row_moves_a_step_by_more_than_the_norm(model, train):
    options = {"T": 1000, "noise_multiplier": 0.0, "max_grad_norm": 0.01, "batch_size": 10, "draws": 2}
    more = {"generator": torch.Generator(), "learning_rate": 0.1, "weight_decay": 0.0, "ema_decay": 0.0}
    module = PrivateTraining(model.diffusion.train(), **options, **more)
    codes = model.codec.encode(Table(train.frame.head(1), TOY_SCHEMA))
    (row,) = PoissonBatches(model.codec, codes, 1.0, torch.Generator())
    total = module.noisy_sum(row)
    assert torch.cat([part.flatten() for part in total.values()]).norm() == pytest.approx(0.01, rel=1e-3)


def test_a_poisson_batch_has_each_row_with_the_same_probability(model, train):
    codes = model.codec.encode(Table(train.frame.head(300), TOY_SCHEMA))
    batches = PoissonBatches(model.codec, codes, 0.2, torch.Generator().manual_seed(0))
    assert len(batches) == 5
    sizes = np.array([len(x_num) for _ in range(40) for x_num, _, _ in batches])
    assert sizes.mean() == pytest.approx(60, rel=0.05)
    assert sizes.std() == pytest.approx(np.sqrt(300 * 0.2 * 0.8), rel=0.2)


def test_the_steps_of_a_row_do_not_depend_on_other_rows():
    torch.manual_seed(0)
    first = spread_steps(3, 4, 100)
    torch.manual_seed(0)
    assert torch.equal(first, spread_steps(5, 4, 100)[:12])


def test_a_saved_model_has_private_values_alone(tmp_path):
    frame = toy_frame(1200)
    frame.loc[5, ["age", "job", "amount"]] = [7654321, "astronaut", 987654.25]
    train = Table(frame, TOY_SCHEMA)
    for name, privacy in (("private", PRIVATE), ("plain", None)):
        fitted = FairTab(**TINY, epochs=1, min_steps=1, privacy=privacy, trainer=cpu).fit(train, train, seed=0)
        fitted.save(tmp_path / name)
    text = {name: (tmp_path / name / "model.json").read_text() for name in ("private", "plain")}
    for secret in ("7654321", "astronaut", "987654.25"):
        assert secret in text["plain"]
        assert secret not in text["private"]
    codec = json.loads(text["private"])["codec"]
    counts = {column["name"]: column["counts"] for column in codec["conditions"]}
    assert counts["sex"] != train.frame["sex"].value_counts().sort_index().tolist()
    files = {path.name for path in (tmp_path / "private").iterdir()}
    assert files == {"model.json", "weights.safetensors"}
    assert json.loads(text["private"])["rows_sha256"] == ""  # with a checksum, a guess of the rows could be tested
    assert len(json.loads(text["plain"])["rows_sha256"]) == 64


def test_a_loaded_model_gives_the_same_rows_and_the_same_ledger(model, tmp_path):
    model.save(tmp_path)
    again = FairTab.load(tmp_path)
    assert again.ledger == model.ledger
    assert again.n_rows == model.n_rows
    pd.testing.assert_frame_equal(again.sample(50, seed=3).frame, model.sample(50, seed=3).frame)


def test_nothing_of_rows_stays_in_a_fitted_model(model, train):
    kept = {name: value for name, value in vars(model).items() if isinstance(value, Table)}
    assert not kept
    assert model._known is None
    assert not hasattr(model, "_noise")  # its state would take the noise away
    assert (model.joint.probability - Joint.from_table(train).probability).abs().max() > 0


def test_a_fit_without_epsilon_has_no_ledger_of_an_earlier_one(train):
    model = FairTab(**TINY, min_steps=2, epochs=1, privacy=PRIVATE, trainer=cpu).fit(train, train, seed=0)
    model.privacy = None
    model.fit(train, train, seed=0)
    assert model.ledger is None
    assert model.n_rows is None


def test_after_a_private_fit_that_fails_there_is_no_earlier_model(train, tmp_path):
    model = FairTab(**TINY, privacy=PRIVATE, trainer=cpu).fit(train, train, seed=0)
    model.privacy = {**PRIVATE, "epochs": 0}
    with pytest.raises(InputError, match=r"privacy\.epochs"):
        model.fit(train, train, seed=0)
    for use in (lambda: model.sample(10, seed=0), lambda: model.save(tmp_path)):
        with pytest.raises(InputError, match="not fitted"):
            use()
    assert not hasattr(model, "_noise")


def test_the_generators_of_an_unseeded_fit_have_more_than_the_32_bits_of_a_seed(train, monkeypatch):
    filled, fill = [], seeds.unpredictable
    monkeypatch.setattr(seeds, "unpredictable", lambda generator: filled.append(generator) or fill(generator))
    FairTab(**TINY, privacy={**PRIVATE, "seeded": True}, trainer=cpu).fit(train, train, seed=0)
    assert not filled
    FairTab(**TINY, privacy=PRIVATE, trainer=cpu).fit(train, train, seed=0)
    noise, stream = filled
    assert noise is not stream is torch.default_generator


def test_validation_rows_are_not_read(train):
    class Unread:
        def __getattr__(self, name):
            raise AssertionError(f"{name} of the validation table was read")

    FairTab(**TINY, privacy=PRIVATE, trainer=cpu).fit(train, Unread(), seed=0)


def test_no_loss_is_logged(train):
    made = []

    def trainer(phase, **options):
        made.append(cpu(phase, **options))
        return made[-1]

    FairTab(**TINY, privacy=PRIVATE, trainer=trainer).fit(train, train, seed=0)
    assert made[0].logged_metrics == {}


@pytest.mark.slow
def test_noise_follows_the_seed_only_if_that_is_asked_for(train):
    def rows(**privacy):
        fitted = FairTab(**TINY, privacy={**PRIVATE, **privacy}, trainer=cpu).fit(train, train, seed=0)
        return fitted.joint.probability, fitted.sample(50, seed=0).frame

    (joint, first), (_, second) = rows(seeded=True), rows(seeded=True)
    pd.testing.assert_frame_equal(first, second)
    other, third = rows()
    assert not joint.equals(other)
    assert not other.equals(rows()[0])
    assert not first.equals(third)


@pytest.mark.slow
def test_the_steps_of_rows_follow_the_seed_only_if_that_is_asked_for(train, monkeypatch):
    drawn, noise = [], seeds.for_noise
    monkeypatch.setattr(seeds, "for_noise", lambda _: noise(0))  # all else is the same
    monkeypatch.setattr(private, "spread_steps", lambda *a: drawn.append(spread_steps(*a)) or drawn[-1])

    def first_steps(**privacy):
        drawn.clear()
        FairTab(**TINY, privacy={**PRIVATE, **privacy}, trainer=cpu).fit(train, train, seed=0)
        return drawn[0].tolist()

    assert first_steps(seeded=True) == first_steps(seeded=True)
    assert first_steps() != first_steps()


def test_a_fit_that_would_overdraw_ends_before_it_trains(train, monkeypatch):
    monkeypatch.setattr(Ledger, "noise_for", lambda self, **_: 0.3)
    with pytest.raises(Overdrawn, match=r"would bring epsilon to .*, and the budget is 8"):
        FairTab(**TINY, privacy=PRIVATE, trainer=cpu).fit(train, train, seed=0)


def test_a_backbone_without_gradients_of_single_rows_is_refused(train):
    with pytest.raises(InputError, match="use backbone=mlp"):
        FairTab(backbone={"name": "unet"}, privacy=PRIVATE, trainer=cpu).fit(train, train, seed=0)


def test_without_opacus_a_private_fit_says_what_to_install(train, monkeypatch):
    monkeypatch.setitem(sys.modules, "opacus.accountants", None)
    with pytest.raises(InputError, match=r"pip install 'fairtab\[privacy\]'"):
        FairTab(**TINY, privacy=PRIVATE, trainer=cpu).fit(train, train, seed=0)


@pytest.mark.slow
def test_opacus_is_imported_by_private_fits_alone():
    code = "import fairtab.model, fairtab.privacy.look, sys; sys.exit('opacus' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
