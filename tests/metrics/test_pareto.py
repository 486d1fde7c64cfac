import numpy as np

from fairtab.metrics.pareto import dominating


def test_domination_by_hand():
    points = np.array([[1, 1, 1], [2, 1, 1], [2, 2, 0], [2, 1, 1], [0, 0, 0]])
    assert dominating(points) == [[1, 3], [], [], [], [0, 1, 2, 3]]
