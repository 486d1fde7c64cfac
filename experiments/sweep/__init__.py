"""Sweeps: their cells, the state of each, and how each came out."""
