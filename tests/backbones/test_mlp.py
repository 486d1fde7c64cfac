"""The residual MLP: dropout acts in training alone."""

import torch

from fairtab.backbones import MLP

ROWS = torch.randn(64, 3), torch.zeros(64, 1, dtype=torch.long), torch.tensor([9])
CONDITION = torch.ones(1, 2, dtype=torch.long), torch.zeros(64, dtype=torch.long)


def network(**options) -> MLP:
    torch.manual_seed(0)
    made = MLP(d_num=3, cardinalities=(4,), condition_cardinalities=(2, 2), width=16, **options)
    torch.nn.init.normal_(made.head.weight)
    return made


def test_dropout_makes_predictions_random_in_training_alone():
    dropped = network(dropout=0.5)
    first, second = (dropped(*ROWS, *CONDITION).num for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(dropped.eval()(*ROWS, *CONDITION).num, network().eval()(*ROWS, *CONDITION).num)


def test_no_dropout_draws_no_random_numbers():
    """Otherwise the bytes of all fits would be others."""
    plain = network()
    before = torch.get_rng_state()
    plain(*ROWS, *CONDITION)
    assert torch.equal(torch.get_rng_state(), before)
