"""Diffusion over mixed-type rows: schedule, kernels, sampler. torch only."""
