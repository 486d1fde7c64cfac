"""Learners: what is trained on a table. `learner` has the contract, each other module one way to learn.

A learner gets the table to learn from and real validation rows. When it predicts, it gets rows without their labels. So
no learner can see the labels of test rows.
"""
