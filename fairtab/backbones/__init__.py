"""Denoisers, by the name that a method's configuration gives them. torch only."""

from fairtab.backbones.mlp import MLP

BACKBONES = {"mlp": MLP}
