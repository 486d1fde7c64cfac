"""Denoisers, by the name that a method's configuration gives them. torch only."""

from fairtab.backbones.mlp import MLP
from fairtab.backbones.unet import UNet

BACKBONES = {"mlp": MLP, "unet": UNet}
