import pytest
import torch
from torch import nn

from fairtab import FairTab, InputError
from fairtab.backbones.unet import UNet

SMALL = {"channels": (8, 16), "n_heads": 2, "d_hidden": 16, "d_embedding": 16}
CONDITIONS = (2, 3)


def small(d_num: int, cardinalities: tuple[int, ...], **sizes) -> UNet:
    """Make a network whose predictions are not the zeros that training starts from."""
    torch.manual_seed(0)
    net = UNet(d_num=d_num, cardinalities=cardinalities, condition_cardinalities=CONDITIONS, **{**SMALL, **sizes})
    nn.init.normal_(net.decoder[-1].weight)
    return net.eval()


def rows(n: int, d_num: int, cardinalities: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    x_cat = [torch.randint(K, (n, 1)) for K in cardinalities]
    return torch.randn(n, d_num), torch.cat(x_cat, 1) if x_cat else torch.zeros(n, 0, dtype=torch.long)


@torch.no_grad()
def answer(net: UNet, x_num, x_cat, t, condition, case) -> torch.Tensor:
    out = net(x_num, x_cat, torch.tensor(t), torch.tensor(condition), torch.tensor(case))
    return torch.cat([out.num, *out.logits], dim=1)


@pytest.mark.parametrize(("d_num", "cardinalities"), [(3, ()), (0, (2, 7)), (3, (2, 7))])
@pytest.mark.parametrize("channels", [(8,), (8, 16), (8, 16, 24)])
def test_a_number_for_each_numerical_column_and_logits_for_each_categorical_one(d_num, cardinalities, channels):
    net = small(d_num, cardinalities, channels=channels)
    x_num, x_cat = rows(5, d_num, cardinalities)
    out = net(x_num, x_cat, torch.tensor([9]), torch.tensor([[1, 3]]), torch.zeros(5, dtype=torch.long))
    assert out.num.shape == (5, d_num)
    assert [tuple(logits.shape) for logits in out.logits] == [(5, K) for K in cardinalities]


def test_on_adult_it_is_as_large_as_the_papers():
    """Table 7 has 482,545 parameters."""
    net = UNet(d_num=6, cardinalities=(7, 16, 7, 14, 6, 41), condition_cardinalities=(2, 2, 5))
    assert sum(p.numel() for p in net.parameters()) == pytest.approx(482_545, rel=0.01)


def test_every_parameter_is_learned():
    net = small(2, (3,))
    out = net(*rows(4, 2, (3,)), torch.tensor([1, 9]), torch.tensor([[0, 2], [1, 3]]), torch.tensor([0, 1, 1, 0]))
    (out.num.square().sum() + out.logits[0].square().sum()).backward()
    assert all(p.grad is not None and p.grad.any() for p in net.parameters())


def test_a_row_is_told_of_its_case_only_the_step_and_the_conditions():
    net = small(2, (3, 4))
    x = rows(4, 2, (3, 4))
    given = answer(net, *x, [5, 900], [[0, 1], [1, 2]], [0, 1, 1, 0])
    torch.testing.assert_close(answer(net, *x, [900, 5], [[1, 2], [0, 1]], [1, 0, 0, 1]), given)
    one_each = answer(net, *x, [5, 900, 900, 5], [[0, 1], [1, 2], [1, 2], [0, 1]], [0, 1, 2, 3])
    torch.testing.assert_close(one_each, given)


def test_the_step_and_each_condition_given_or_not_change_the_answer():
    net = small(2, (3,))
    x = [part.expand(len(part) * 5, -1) for part in rows(1, 2, (3,))]
    out = answer(net, *x, [5, 900, 5, 5, 5], [[0, 1], [0, 1], [2, 1], [0, 3], [0, 2]], [0, 1, 2, 3, 4])
    for i in range(5):
        for j in range(i):
            assert (out[i] - out[j]).abs().max() > 1e-4


def test_rows_do_not_see_one_another():
    net = small(2, (3,))
    x_num, x_cat = rows(6, 2, (3,))
    case = [0, 1, 0, 1, 1, 0]
    together = answer(net, x_num, x_cat, [5, 9], [[0, 1], [1, 0]], case)
    for i in range(6):
        alone = answer(net, x_num[[i]], x_cat[[i]], [5, 9], [[0, 1], [1, 0]], [case[i]])
        torch.testing.assert_close(alone[0], together[i], rtol=1e-4, atol=1e-5)


def test_a_map_that_cannot_be_halved_so_often_is_named():
    with pytest.raises(InputError, match="side: expected a multiple of 4, as each further level halves it, got 6"):
        small(1, (), side=6, channels=(8, 8, 8))


def test_it_fits_and_samples_as_the_backbone_of_fairtab(toy, tmp_path):
    model = FairTab(backbone={"name": "unet", **SMALL}, epochs=1, min_steps=5, sampler={"n_steps": 3})
    frame = model.fit(toy.train, toy.validation, seed=0).sample(20, seed=0).frame
    assert frame.dtypes.equals(toy.train.frame.dtypes)
    model.save(tmp_path)
    assert FairTab.load(tmp_path).sample(20, seed=0).frame.equals(frame)
