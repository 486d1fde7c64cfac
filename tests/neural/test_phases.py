"""A method with two networks and two phases needs nothing that `NeuralSynthesizer` does not have."""

from dataclasses import dataclass
from functools import partial

import pandas as pd
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from baselines.shared.layers import Flat
from experiments.run.method import trainer
from experiments.store.run import Run
from experiments.tracking import losses
from fairtab import InputError, Table, seeds
from fairtab.codec import NUMBERS_STAY, Codec
from fairtab.errors import Diverged
from fairtab.neural.loss_training import LossTraining
from fairtab.neural.synthesizer import NeuralSynthesizer
from fairtab.neural.training import Phase

OPTIMISER = {"learning_rate": 1e-2, "weight_decay": 0.0, "ema_decay": 0.9}


class Autoencoder(nn.Module):
    def __init__(self, codec: Codec, width: int) -> None:
        super().__init__()
        self.flat = Flat(len(codec.numerical), codec.cardinalities)
        self.encoder, self.decoder = nn.Linear(self.flat.width, width), nn.Linear(width, self.flat.width)

    def encode(self, x_num, x_cat):
        return self.encoder(self.flat(x_num, x_cat))

    def loss(self, x_num, x_cat, _):
        return (self.decoder(self.encode(x_num, x_cat)) - self.flat(x_num, x_cat)).square().mean()


class LatentSampler(nn.Module):
    """Makes latent rows of noise; it learns their mean, and keeps their scale in a buffer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))

    def loss(self, z):
        return (z - self.mean).square().mean()


@dataclass(kw_only=True, eq=False)
class Latent(NeuralSynthesizer):
    """TabSyn in small: an autoencoder, then a second network on the codes of the trained first one."""

    width: int = 4
    epochs: int = 2
    batch_size: int = 50

    steerable = False

    def prepare(self, train):
        return Codec.fit(train, NUMBERS_STAY, conditions=())

    def build_networks(self):
        return {"autoencoder": Autoencoder(self.codec, self.width), "sampler": LatentSampler(self.width)}

    def phases(self, data):
        autoencoder, sampler = self.networks.values()
        batches = data.batches(self.batch_size)
        module = LossTraining(autoencoder, **OPTIMISER)
        yield Phase(name="autoencoder", module=module, batches=batches, validation=data.validation, epochs=self.epochs)
        assert not autoencoder.training
        with torch.no_grad():
            latent = torch.cat([autoencoder.encode(x_num, x_cat) for x_num, x_cat, _ in batches])
        sampler.scale.copy_(latent.std(0))
        shuffled = seeds.torch_generator(data.seed, "latent")
        loader = DataLoader(TensorDataset(latent), self.batch_size, shuffle=True, generator=shuffled)
        validation = DataLoader(TensorDataset(latent), self.batch_size)
        module = LossTraining(sampler, **OPTIMISER)
        yield Phase(name="sampler", module=module, batches=loader, validation=validation, epochs=self.epochs + 1)

    @torch.inference_mode()
    def sample_rows(self, condition, *, generator):
        autoencoder, sampler = self.networks.values()
        noise = torch.randn((len(condition), self.width), generator=generator)
        num, *categorical = autoencoder.flat.split(autoencoder.decoder(sampler.mean + sampler.scale * noise))
        return num, torch.stack([column.argmax(-1) for column in categorical], dim=1)


def fit(toy, **options) -> Latent:
    return Latent(**options).fit(toy.train, toy.validation, seed=0)


# The second loader counts few batches and loads them itself: both are meant.
pytestmark = pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers")


@pytest.fixture(scope="module")
def model(toy):
    return fit(toy)


def test_each_network_has_a_file_and_comes_back_from_it(model, tmp_path):
    model.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "autoencoder.safetensors",
        "model.json",
        "sampler.safetensors",
    ]
    loaded = Latent.load(tmp_path)
    pd.testing.assert_frame_equal(loaded.sample(50, seed=0).frame, model.sample(50, seed=0).frame, check_exact=True)
    assert torch.equal(loaded.networks["sampler"].scale, model.networks["sampler"].scale)
    assert (
        loaded.n_parameters
        == model.n_parameters
        == sum(parameter.numel() for network in model.networks.values() for parameter in network.parameters())
    )


@pytest.mark.parametrize("name", ["autoencoder.safetensors", "sampler.safetensors"])
def test_the_file_of_each_network_is_needed_and_must_be_whole(model, tmp_path, name):
    model.save(tmp_path)
    path = tmp_path / name
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(InputError, match="damaged"):
        Latent.load(tmp_path)
    path.unlink()
    with pytest.raises(InputError, match="damaged"):
        Latent.load(tmp_path)


def test_the_seed_decides_both_phases(model, toy):
    again = fit(toy)
    pd.testing.assert_frame_equal(again.sample(50, seed=0).frame, model.sample(50, seed=0).frame, check_exact=True)
    for name, network in model.networks.items():
        weights = zip(network.parameters(), again.networks[name].parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in weights)
    other = Latent().fit(toy.train, toy.validation, seed=1)
    assert not other.sample(50, seed=0).frame.equals(model.sample(50, seed=0).frame)


def test_each_phase_has_a_log_file_of_its_own(toy, tmp_path):
    run = Run(tmp_path, "toy", "latent", "default", 0, "native")
    record: dict = {}
    with run.writing_fit(record) as folder:
        fit(toy, trainer=partial(trainer, {"accelerator": "cpu"}, folder, []))
        assert losses.count_epochs(folder) == 2 + 3
    for phase in ("autoencoder", "sampler"):
        assert pd.read_csv(run.fit_folder / phase / "metrics.csv")["train/loss"].notna().any()
    assert not (run.fit_folder / "metrics.csv").exists()
    logged = run.losses()
    assert {"train/loss/autoencoder", "validation/loss/sampler"} <= set(logged.columns)
    assert logged["epoch"].max() == 2
    assert run.fit_record() == record
    with (run.fit_folder / "sampler" / "metrics.csv").open("a") as file:
        file.write("1,2,3\n")
    assert run.fit_record() is None  # the checksums cover every phase's file


def test_a_phase_that_diverges_leaves_what_earlier_phases_learned(model, toy, monkeypatch, tmp_path):
    monkeypatch.setattr(LatentSampler, "loss", lambda self, z: self.mean.sum() * torch.nan)
    left = Latent()
    with pytest.raises(Diverged, match="/loss became nan in epoch 1 of 3"):
        left.fit(toy.train, toy.validation, seed=0)
    learned = zip(left.networks["autoencoder"].parameters(), model.networks["autoencoder"].parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in learned)
    assert left.networks["sampler"].mean.isfinite().all()
    left.save(tmp_path)
    assert len(Latent.load(tmp_path).sample(5, seed=0)) == 5


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_fit_that_fails_in_any_other_way_leaves_no_fit(toy, monkeypatch, error):
    def fail(*_):
        raise error

    left = fit(toy)
    monkeypatch.setattr(LatentSampler, "loss", fail)
    with pytest.raises(error):
        left.fit(toy.train, toy.validation, seed=0)
    with pytest.raises(InputError, match="not fitted"):
        left.sample(5, seed=0)


def test_a_fit_to_a_table_that_is_refused_leaves_no_fit(toy, monkeypatch):
    left = fit(toy)
    strange = Table(toy.validation.frame.assign(job="pilot"), toy.schema)
    with pytest.raises(InputError, match="every row has a category"):
        left.fit(toy.train, strange, seed=0)
    with pytest.raises(InputError, match="not fitted"):
        left.sample(5, seed=0)
