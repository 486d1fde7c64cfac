"""Choosing a method's settings: the tuning space, the study on disk, the trials, and the best settings."""
