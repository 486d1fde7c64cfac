"""Differential privacy: what a fit may learn of any one row, and what each look at the rows costs (docs/privacy.md)."""
