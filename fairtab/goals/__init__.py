"""Goals: what a classifier trained on the synthetic table is to reach, and the search for the joint that gives it."""
