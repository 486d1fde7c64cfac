import pytest
import torch

from fairtab.diffusion import sampler
from fairtab.diffusion.denoiser import Prediction
from fairtab.diffusion.schedule import cosine_alpha_bar

P_DATA = torch.tensor([[0.4, 0.1], [0.1, 0.4]])  # of two columns that agree in four rows of five
ALPHA_BAR = cosine_alpha_bar(1000).float()


def denoiser(categorical_loss: str):
    """What a perfect network would have learned of P_DATA from that loss."""

    def predict(x_num, x_cat, t, condition, case) -> Prediction:
        kernel = ALPHA_BAR[t[0]] * torch.eye(2) + (1 - ALPHA_BAR[t[0]]) / 2
        q_a, q_b = kernel[x_cat[:, 0]], kernel[x_cat[:, 1]]  # q(x_t | x_0) of either column, [B, 2]
        joint = P_DATA * q_a.unsqueeze(2) * q_b.unsqueeze(1)
        a, b = joint.sum(2), joint.sum(1)
        if categorical_loss == "variational_bound":
            a, b = a / q_a, b / q_b
        return Prediction(x_num, [a.log(), b.log()])

    return predict


@pytest.mark.parametrize("categorical_loss", ["cross_entropy", "variational_bound"])
def test_columns_of_a_sample_go_together_as_in_the_data_whatever_the_loss_was(categorical_loss):
    _, x_cat = sampler.sample(
        denoiser(categorical_loss),
        torch.zeros(20_000, 1, dtype=torch.long),
        d_num=0,
        n_categories=torch.tensor([2, 2]),
        alpha_bar=ALPHA_BAR,
        n_steps=50,
        eta=0.0,
        parametrization="v",
        categorical_loss=categorical_loss,
        generator=torch.Generator().manual_seed(0),
    )
    agree = (x_cat[:, 0] == x_cat[:, 1]).float().mean().item()
    assert agree == pytest.approx(0.8, abs=0.02)
    assert x_cat.float().mean(0).tolist() == pytest.approx([0.5, 0.5], abs=0.02)
