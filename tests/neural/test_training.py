"""What training keeps: averages of weights and of losses."""

import os
import subprocess
import sys

import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from fairtab.neural.averaging import WeightAverage
from fairtab.neural.loss_training import LossTraining
from fairtab.neural.training import Phase, quiet_trainer

pytestmark = pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers")


class Weight(nn.Module):
    """Its loss is the mean of a batch, and a gradient of 1 moves its weight."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))

    def loss(self, x):
        return x.mean() + self.weight - self.weight.detach()


def trained(x: list[float], **options) -> tuple[Weight, pl.Trainer]:
    network, made = Weight(), []

    def trainer(phase, **more):
        made.append(quiet_trainer(phase, accelerator="cpu", **more))
        return made[-1]

    module = LossTraining(network, **{"learning_rate": 1.0, "weight_decay": 0.0, "ema_decay": 0.0, **options})
    loader = DataLoader(TensorDataset(torch.tensor(x)), batch_size=2)
    Phase(module=module, batches=loader, validation=loader, epochs=1).train(trainer)
    return network, made[0]


def test_the_mean_loss_of_an_epoch_is_logged():
    _, trainer = trained([1.0, 2.0, 4.0, 5.0])
    assert trainer.callback_metrics["train/loss"] == pytest.approx((1.5 + 4.5) / 2)
    assert trainer.callback_metrics["validation/loss"] == pytest.approx(3.0)


def test_weights_are_averaged_as_computed_by_hand():
    module = pl.LightningModule()
    module.weight = nn.Parameter(torch.tensor(100.0))
    average = WeightAverage(0.2)
    average.on_fit_start(None, module)
    for weight in (1.0, 3.0, 5.0):  # the old average counts 0, 2/11, then 3/12, which is more than 0.2
        module.weight.data.fill_(weight)
        average.on_train_batch_end()
    by_hand = 0.2 * (2 / 11 * 1 + 9 / 11 * 3) + 0.8 * 5
    average.on_validation_epoch_start()
    assert module.weight.item() == pytest.approx(by_hand)
    average.on_validation_epoch_end()
    assert module.weight.item() == 5
    average.on_train_end()
    assert module.weight.item() == pytest.approx(by_hand)


def test_a_fit_ends_with_the_average():
    rows = [0.0] * 8  # four steps downwards: the last weight is the lowest
    last, averaged = (trained(rows, ema_decay=decay)[0].weight.item() for decay in (0.0, 0.999))
    assert last < averaged < 0


@pytest.mark.slow
def test_a_fit_says_nothing_of_devices_and_adverts():
    """In a new process, because Lightning changes its logger when it is first imported. It would warn of `srun`,
    if the machine has it."""
    code = """
import logging
logging.basicConfig(level=logging.INFO)
from fairtab.neural.training import quiet_trainer
quiet_trainer("", accelerator="cpu", max_epochs=1)
"""
    no_srun = {**os.environ, "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=no_srun)
    assert (done.stdout, done.stderr) == ("", "")
