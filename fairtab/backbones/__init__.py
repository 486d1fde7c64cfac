"""Backbones: networks that are a `fairtab.diffusion.denoiser.Denoiser`, by the name that configurations use.

They need torch only.
"""

from fairtab.backbones.mlp import MLP
from fairtab.backbones.unet import UNet

BACKBONES = {"mlp": MLP, "unet": UNet}
