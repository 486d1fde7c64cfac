"""Metrics: pure functions of tables, labels and predictions. `evaluate` computes all of them for a synthetic table."""
