"""Rows as tokens, and the networks over them."""

import pytest
import torch

from baselines.shared.tokens import Detokenizer, StepMLP, Tokenizer, transformer


def rows(d_num: int = 2, n: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    """Numbers, and codes of columns with 3 and 2 categories."""
    torch.manual_seed(0)
    return torch.randn(n, d_num), torch.stack([torch.arange(n) % 3, torch.arange(n) % 2], dim=1)


def test_a_number_scales_its_columns_vector_and_a_category_has_a_vector_of_its_own():
    tokenizer = Tokenizer(1, (3, 2), d_token=2)
    with torch.no_grad():
        tokenizer.weight.copy_(torch.tensor([[2.0, -1.0]]))
        tokenizer.bias.copy_(torch.tensor([[0.5, 0.0]]))
        tokenizer.categories.weight.copy_(torch.arange(10.0).reshape(5, 2))
    tokens = tokenizer(torch.tensor([[3.0]]), torch.tensor([[2, 1]]))
    assert tokens.tolist() == [[[6.5, -3.0], [4.0, 5.0], [8.0, 9.0]]]


def test_a_column_is_read_off_its_own_token():
    detokenizer = Detokenizer(1, (2,), d_token=2)
    (head,) = detokenizer.categories
    with torch.no_grad():
        detokenizer.weight.copy_(torch.tensor([[2.0, -1.0]]))
        detokenizer.bias.fill_(0.5)
        head.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
        head.bias.copy_(torch.tensor([0.0, 10.0]))
    numbers, (logits,) = detokenizer(torch.tensor([[[3.0, 4.0], [5.0, 6.0]]]))
    assert numbers.tolist() == [[2 * 3 - 4 + 0.5]]
    assert logits.tolist() == [[5.0, 16.0]]


def test_a_change_of_one_column_changes_one_token():
    tokenizer = Tokenizer(2, (3, 2), d_token=4)
    x_num, x_cat = rows()
    changed = tokenizer(x_num + torch.tensor([0.0, 1.0]), x_cat) != tokenizer(x_num, x_cat)
    assert changed.any(-1).tolist() == [[False, True, False, False]] * len(x_num)


@pytest.mark.parametrize(("d_num", "cardinalities"), [(0, (3, 2)), (2, ())])
def test_there_may_be_no_numbers_or_no_categories(d_num, cardinalities):
    x_num, x_cat = rows(d_num)
    tokens = Tokenizer(d_num, cardinalities, 4)(x_num, x_cat[:, : len(cardinalities)])
    assert tokens.shape == (6, d_num + len(cardinalities), 4)
    numbers, logits = Detokenizer(d_num, cardinalities, 4)(tokens)
    assert numbers.shape == (6, d_num)
    assert [column.shape for column in logits] == [(6, K) for K in cardinalities]


def test_tokenizer_and_detokenizer_learn_to_undo_each_other():
    x_num, x_cat = rows()
    tokenizer, detokenizer = Tokenizer(2, (3, 2), 4), Detokenizer(2, (3, 2), 4)
    optimizer = torch.optim.Adam([*tokenizer.parameters(), *detokenizer.parameters()], lr=0.05)
    for _ in range(200):
        numbers, logits = detokenizer(tokenizer(x_num, x_cat))
        errors = [torch.nn.functional.cross_entropy(column, x_cat[:, j]) for j, column in enumerate(logits)]
        loss = (numbers - x_num).square().mean() + torch.stack(errors).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (numbers - x_num).abs().max() < 0.1
    assert torch.equal(torch.stack([column.argmax(-1) for column in logits], dim=1), x_cat)


def test_a_transformer_lets_each_token_see_all_others_and_knows_no_order():
    network = transformer(4, n_layers=2, n_heads=2, d_hidden=8)
    tokens = torch.randn(3, 5, 4, requires_grad=True)
    out = network(tokens)
    (gradient,) = torch.autograd.grad(out[:, 0].sum(), tokens)
    assert (gradient != 0).any(-1).all()
    order = torch.tensor([4, 2, 0, 1, 3])
    torch.testing.assert_close(network(tokens[:, order]), out[:, order])


def test_a_transformer_has_no_dropout_and_rows_do_not_see_one_another():
    network = transformer(4, n_layers=1, n_heads=1, d_hidden=8).train()
    tokens = torch.randn(3, 5, 4)
    assert torch.equal(network(tokens), network(tokens))
    torch.testing.assert_close(network(tokens)[1:], network(tokens[1:]))


@pytest.mark.parametrize("width", [16, 15])
def test_the_denoising_mlp_knows_the_noise_level(width):
    network = StepMLP(6, width)
    x = torch.randn(4, 6)
    same, other = network(x, torch.full((4,), 0.5)), network(x, torch.full((4,), -0.5))
    assert same.shape == x.shape
    assert not torch.allclose(same, other)
    levels = torch.tensor([0.5, -0.5, 0.5, -0.5])
    torch.testing.assert_close(network(x, levels)[0::2], same[0::2])


def test_the_denoising_mlp_is_as_large_as_published():
    """FairTab's paper has 10,575,912 parameters on Adult: this is the MLP for ten tokens of width 4."""
    assert sum(parameter.numel() for parameter in StepMLP(40, 1024).parameters()) == 10_575_912
