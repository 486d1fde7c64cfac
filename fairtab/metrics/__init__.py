"""Metrics of a synthetic table: pure functions of tables, labels and predictions.

`catalogue` lists every metric in one row each, `inputs` has what they are computed from, and `evaluate` computes all of
them for one synthetic table.
"""
