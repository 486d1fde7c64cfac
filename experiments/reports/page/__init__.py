"""The benchmark as one page to look through: python -m experiments.reports page."""
