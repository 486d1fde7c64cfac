"""Measurements of speed and memory, and comparisons of settings, run by hand. README.md here has their results."""
